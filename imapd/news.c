/* SPDX-License-Identifier: ISC
 *
 * The happy path: a writer commits and rings; announce() counts the ring and has a worker read what is new
 * into the feeds, once for all; then spread() tells the sessions that wait for it, in slices, between which
 * the loop serves others.
 *
 * What can go wrong: the doorbell cannot be opened or a ring is lost (the version is asked for every
 * ASKING_MS); it rings faster than the sessions can be told (rings are taken together, and telling takes half
 * of the loop's time at most, but for the first moments); it rings while a session is in a step (that sees
 * that `bells` has moved on, and hears again); the store cannot be read (logged, and tried again when the
 * version is asked for). */
#include "news.h"

#include <stdio.h>
#include <stdlib.h>

#include "../store/include/quarantine.h"
#include "config.h"
#include "feed.h"
#include "log.h"
#include "session_run.h"
#include "version.h"

enum {
	ROUND_MIN_MS = 10, /* what a round of telling counts as, at least and at most */
	ROUND_MAX_MS = 500,
	CREDIT_MS = 200, /* of telling, for which no rest is taken */
	ASKING_MS = 2000,
	SLICE_NS = 1000 * 1000,
	MS = 1000 * 1000
};

struct news {
	struct session_env *env;
	struct session_list *sessions;
	struct quarantine_watch *watch; /* NULL: only asking */
	uv_poll_t bell;
	uv_timer_t pause; /* runs: there was much to tell */
	uv_idle_t spread; /* runs: sessions are being told */
	uv_timer_t asking;
	struct work work;
	bool at_work;
	bool rung;        /* since the last announcement */
	int status;       /* of reading */
	uint64_t version; /* of the last announcement; 0: it is to be made again */
	uint64_t began;   /* ns; when the first was told */
	uint64_t ended;   /* ns; when the last was */
	uint64_t debt;    /* ms of telling that no rest has made up for */
};

static void announce(struct news *n);

static void on_pause_over(uv_timer_t *timer)
{
	struct news *n = timer->data;

	if (n->rung)
		announce(n);
}

static void end_spread(struct news *n)
{
	uint64_t now = uv_hrtime(), took = (now - n->began) / MS, rest = (n->began - n->ended) / MS;

	uv_idle_stop(&n->spread);
	took = took > ROUND_MAX_MS ? ROUND_MAX_MS : took;
	n->debt = (n->debt > rest ? n->debt - rest : 0) + (took > ROUND_MIN_MS ? took : ROUND_MIN_MS);
	n->ended = now;
	if (n->debt > CREDIT_MS)
		uv_timer_start(&n->pause, on_pause_over, n->debt - CREDIT_MS, 0);
	else if (n->rung)
		announce(n);
}

/* A slice of it. */
static void on_spread(uv_idle_t *idle)
{
	struct news *n = idle->data;
	uint64_t until = uv_hrtime() + SLICE_NS;
	struct session *s;

	while ((s = TAILQ_FIRST(n->sessions)) && s->heard != n->env->bells) {
		if (uv_hrtime() > until)
			return;
		s->heard = n->env->bells;
		TAILQ_REMOVE(n->sessions, s, link);
		TAILQ_INSERT_TAIL(n->sessions, s, link);
		session_hear(s);
	}
	end_spread(n);
}

/* Worker thread. */
static void read_news(struct work *w, struct quarantine *store)
{
	struct news *n = (struct news *)((char *)w - offsetof(struct news, work));

	n->status = store ? feeds_refresh(n->env->services->feeds, store) : QUARANTINE_IO;
	w->reopen = store && n->status != QUARANTINE_OK && n->status != QUARANTINE_NOT_FOUND;
}

static void news_read(struct work *w)
{
	struct news *n = (struct news *)((char *)w - offsetof(struct news, work));

	n->at_work = false;
	if (uv_is_closing((uv_handle_t *)&n->pause))
		return;
	if (n->status != QUARANTINE_OK && n->status != QUARANTINE_NOT_FOUND) {
		log_event(LOG_LEVEL_ERROR, 0, "news-failed", "reason", quarantine_strerror(n->status), NULL);
		n->version = 0;
	}
	n->env->bells++;
	n->began = uv_hrtime();
	uv_idle_start(&n->spread, on_spread);
	on_spread(&n->spread);
}

static void announce(struct news *n)
{
	n->rung = false;
	n->version = version_ask(n->env->version);
	n->work.run = read_news;
	n->work.done = news_read;
	n->at_work = work_submit(n->env->pool, &n->work, WORK_QUICK);
}

static void ring(struct news *n)
{
	n->rung = true;
	if (!n->at_work && !uv_is_active((uv_handle_t *)&n->spread) &&
	    !uv_is_active((uv_handle_t *)&n->pause))
		announce(n);
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

static void on_asking(uv_timer_t *timer)
{
	struct news *n = timer->data;

	if (!TAILQ_EMPTY(n->sessions) && version_ask(n->env->version) != n->version)
		ring(n);
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
	uv_idle_init(loop, &n->spread);
	uv_timer_init(loop, &n->asking);
	n->pause.data = n->spread.data = n->asking.data = n;
	status = watch(n, env->config->store);
	if (status < 0)
		log_event(LOG_LEVEL_ERROR, 0, "no-doorbell", "reason", uv_strerror(status), NULL);
	uv_timer_start(&n->asking, on_asking, ASKING_MS, ASKING_MS);
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
