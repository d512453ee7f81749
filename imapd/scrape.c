/* SPDX-License-Identifier: ISC
 *
 * The happy path: a reader asks; a worker reads the store's figures, in slices; the page goes out.
 *
 * What can go wrong: there is no store (its figures are left out, quarantine_store_up is 0). */
#include "scrape.h"

#include <stdio.h>
#include <stdlib.h>

#include "metrics.h"
#include "net/page.h"
#include "net/work.h"
#include "seats.h"
#include "session.h"
#include "session_state.h"

struct scrape {
	struct page *page;
	struct work work;
	struct metrics_now now;
	struct metrics_oldest oldest[METRICS_MAILBOXES];
	bool unfinished; /* a part of the store's figures is left */
	struct session_env *env;
	const struct seats *seats;
};

static struct scrape *scrape_of(struct work *w)
{
	return (struct scrape *)((char *)w - offsetof(struct scrape, work));
}

/* Worker thread. */
static void run(struct work *w, struct quarantine *store)
{
	struct scrape *s = scrape_of(w);

	s->unfinished = store && metrics_read(&s->now, s->oldest, store);
}

static void done(struct work *w)
{
	struct scrape *s = scrape_of(w);
	struct buf out = {0};

	if (s->unfinished) {
		work_submit(s->env->pool, &s->work, WORK_LATER);
		return;
	}
	s->now.waiting = (unsigned)s->seats->waiting_count;
	s->now.logged_in = (unsigned)s->seats->logged_in_count;
	s->now.store_queue = work_waiting(s->env->pool, WORK_LATER);
	s->now.login_queue = work_waiting(s->env->pool, WORK_AUTH);
	metrics_print(&s->env->metrics, &s->now, s->oldest, &out);
	page_answer(s->page, out.failed ? "" : out.data, out.failed ? 0 : out.len);
	buf_finish(&out);
}

static void asked(void *owner)
{
	struct scrape *s = owner;

	s->now = (struct metrics_now){0};
	s->work.run = run;
	s->work.done = done;
	work_submit(s->env->pool, &s->work, WORK_FIRST);
}

struct scrape *scrape_open(uv_loop_t *loop, const char *where, struct session_env *env,
			   const struct seats *seats, char *why, size_t why_size)
{
	struct scrape *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	s->env = env;
	s->seats = seats;
	s->page = page_open(loop, where, asked, s, why, why_size);
	if (s->page)
		return s;
	free(s);
	return NULL;
}

const char *scrape_name(const struct scrape *s)
{
	return page_name(s->page);
}

void scrape_close(struct scrape *s)
{
	if (!s)
		return;
	page_close(s->page);
	s->page = NULL;
}

void scrape_destroy(struct scrape *s)
{
	free(s);
}
