/* SPDX-License-Identifier: ISC
 *
 * The happy path: a writer commits and rings; announce() counts the ring and wakes one idling session for
 * each feed, and those that watch other mailboxes (NOTIFY); its step refreshes the feed; news_refreshed()
 * and, before the loop sleeps again, spread() wakes the others whose view has news.
 *
 * What can go wrong: the doorbell cannot be opened or a ring is lost (the change token is compared every
 * TOKEN_MS); it rings faster than the sessions can be served (rings within PAUSE_MS are taken together); it
 * rings while the only session of a feed is in a step (the session sees that `bells` has moved on and steps
 * again). */
#include "news.h"

#include <stdio.h>
#include <stdlib.h>

#include "../store/include/quarantine.h"
#include "config.h"
#include "log.h"
#include "session_run.h"

enum { PAUSE_MS = 10, TOKEN_MS = 2000, FEEDS_MAX = 16 };

struct news {
	struct session_env *env;
	struct session_list *sessions;
	struct quarantine_watch *watch; /* NULL: only asking */
	uv_poll_t bell;
	uv_timer_t pause;  /* runs: a ring was just passed on */
	uv_timer_t spread; /* runs: others are to be woken */
	uv_timer_t asking;
	bool rung; /* during the pause */
	struct work work;
	bool at_work;
	uint64_t token, last_token;
};

static bool add_feed(const struct feed **seen, size_t *count, const struct feed *feed)
{
	for (size_t i = 0; i < *count; i++) {
		if (seen[i] == feed)
			return false;
	}
	if (*count < FEEDS_MAX)
		seen[(*count)++] = feed;
	return true;
}

static void announce(struct news *n)
{
	const struct feed *seen[FEEDS_MAX];
	size_t count = 0;
	struct session *s;

	n->env->bells++;
	TAILQ_FOREACH(s, n->sessions, link)
	{
		const struct feed *feed = session_feed(s);

		if ((feed && add_feed(seen, &count, feed)) || session_watches(s))
			session_wake(s);
	}
}

static void on_pause_over(uv_timer_t *timer)
{
	struct news *n = timer->data;

	if (!n->rung)
		return;
	n->rung = false;
	announce(n);
	uv_timer_start(&n->pause, on_pause_over, PAUSE_MS, 0);
}

static void ring(struct news *n)
{
	if (uv_is_active((uv_handle_t *)&n->pause)) {
		n->rung = true;
		return;
	}
	announce(n);
	uv_timer_start(&n->pause, on_pause_over, PAUSE_MS, 0);
}

static void on_bell(uv_poll_t *poll, int status, int events)
{
	struct news *n = poll->data;

	(void)events;
	if (status < 0)
		return;
	quarantine_watch_clear(n->watch);
	ring(n);
}

static void on_spread(uv_timer_t *timer)
{
	struct news *n = timer->data;
	struct session *s;

	TAILQ_FOREACH(s, n->sessions, link)
	session_wake_for_news(s);
}

void news_refreshed(struct news *n)
{
	if (!uv_is_active((uv_handle_t *)&n->spread) && !uv_is_closing((uv_handle_t *)&n->spread))
		uv_timer_start(&n->spread, on_spread, 0, 0);
}

/* Worker thread. */
static void read_token(struct work *w, struct quarantine *store)
{
	struct news *n = (struct news *)((char *)w - offsetof(struct news, work));

	if (store)
		w->reopen = quarantine_change_token(store, &n->token) != QUARANTINE_OK;
}

static void token_read(struct work *w)
{
	struct news *n = (struct news *)((char *)w - offsetof(struct news, work));

	n->at_work = false;
	if (n->token == n->last_token || uv_is_closing((uv_handle_t *)&n->pause))
		return;
	n->last_token = n->token;
	ring(n);
}

static void on_asking(uv_timer_t *timer)
{
	struct news *n = timer->data;

	if (n->at_work || TAILQ_EMPTY(n->sessions))
		return;
	n->work.run = read_token;
	n->work.done = token_read;
	n->at_work = work_submit(n->env->pool, &n->work, WORK_LATER);
}

static int watch(struct news *n, const char *store)
{
	int status = quarantine_watch_open(store, &n->watch);

	if (status != QUARANTINE_OK) {
		log_event(LOG_LEVEL_ERROR, 0, "no-doorbell", "reason", quarantine_strerror(status), NULL);
		return 0;
	}
	status = uv_poll_init(n->env->hub->loop, &n->bell, quarantine_watch_fd(n->watch));
	n->bell.data = n;
	return status < 0 ? status : uv_poll_start(&n->bell, UV_READABLE, on_bell);
}

struct news *news_create(struct session_env *env, struct session_list *sessions, char *why, size_t why_size)
{
	uv_loop_t *loop = env->hub->loop;
	struct news *n = calloc(1, sizeof(*n));
	int status;

	snprintf(why, why_size, "out of memory");
	if (!n)
		return NULL;
	n->env = env;
	n->sessions = sessions;
	uv_timer_init(loop, &n->pause);
	uv_timer_init(loop, &n->spread);
	uv_timer_init(loop, &n->asking);
	n->pause.data = n->spread.data = n->asking.data = n;
	status = watch(n, env->config->store);
	if (status < 0)
		log_event(LOG_LEVEL_ERROR, 0, "no-doorbell", "reason", uv_strerror(status), NULL);
	uv_timer_start(&n->asking, on_asking, TOKEN_MS, TOKEN_MS);
	return n;
}

void news_stop(struct news *n)
{
	if (!n || uv_is_closing((uv_handle_t *)&n->pause))
		return;
	uv_close((uv_handle_t *)&n->pause, NULL);
	uv_close((uv_handle_t *)&n->spread, NULL);
	uv_close((uv_handle_t *)&n->asking, NULL);
	if (n->bell.data)
		uv_close((uv_handle_t *)&n->bell, NULL);
}

void news_destroy(struct news *n)
{
	if (!n)
		return;
	quarantine_watch_close(n->watch);
	free(n);
}
