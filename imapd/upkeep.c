/* SPDX-License-Identifier: ISC
 *
 * The happy path: a timer ticks; tasks whose time has come are due; a job does a slice of the first that is
 * due, and while any is left the next job follows after a pause in which deliveries have the lock.
 *
 * What can go wrong: the store cannot be opened, or a task fails (logged; it is due again at its next
 * time); a file of the spool is no message (set aside by spool_take_in(), logged). */
#include "upkeep.h"

#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "../store/include/quarantine.h"
#include "../store/include/quarantine_admin.h"
#include "../store/spool/spool.h"
#include "config.h"
#include "expiry.h"
#include "log.h"
#include "metrics.h"

enum {
	TICK_MS = 5000,
	PAUSE_MS = 5,
	FIRST_EXPIRY = 600,
	PURGE_SLICE = 500,
	SPOOL_SLICE = 16,
	CHECKPOINT_ABOVE = 4 * 1024 * 1024,
	TRIM_AFTER = 64 /* sessions that ended */
};

enum task {
	TASK_SPOOL = 1,
	TASK_PURGE = 2,
	TASK_CHECKPOINT = 4,
	TASK_ROOM = 8,
	TASK_EXPIRE = 16,
	TASK_TRIM = 32,
};

struct upkeep {
	struct work_pool *pool;
	const struct config *config;
	const struct metrics *metrics;
	uint64_t trimmed_at; /* sessions that had ended by then */
	uv_timer_t timer;
	uv_timer_t pause; /* between slices: deliveries wait for the same lock */
	struct expiry expiry;
	uint64_t next_expiry; /* ms of the loop's clock */
	struct work work;
	bool at_work;
	unsigned ticks;
	unsigned due;                  /* enum task bits */
	size_t purged, taken, expired; /* since they became due */
	bool low;                      /* on room on the disk */
};

static struct upkeep *upkeep_of(struct work *w)
{
	return (struct upkeep *)((char *)w - offsetof(struct upkeep, work));
}

/* What follows until done() is on a worker thread. Each task returns whether a slice is left. */

static bool failed(struct work *w, struct quarantine *store, const char *what, int status)
{
	if (status == QUARANTINE_OK || status == QUARANTINE_BUSY)
		return false;
	w->reopen = true;
	log_event(LOG_LEVEL_ERROR, 0, "upkeep-failed", "at", what, "reason", quarantine_strerror(status),
		  "detail", quarantine_errmsg(store), NULL);
	return true;
}

static void report_spooled(void *context, enum spool_event event, const char *name, int64_t message,
			   const char *why)
{
	(void)context;
	if (event == SPOOL_TAKEN)
		log_event(LOG_LEVEL_INFO, 0, "spool-taken", "file", name, "message", LOG_NUMBER(message),
			  NULL);
	else
		log_event(LOG_LEVEL_ERROR, 0, event == SPOOL_BAD ? "spool-set-aside" : "spool-kept", "file",
			  name, "reason", why, NULL);
}

static bool take_spool(struct upkeep *u, struct work *w, struct quarantine *store)
{
	size_t taken = 0;
	int status = spool_take_in(u->config->spool, store, SPOOL_SLICE, report_spooled, NULL, &taken);

	u->taken += taken;
	return !failed(w, store, "spool", status) && taken == SPOOL_SLICE;
}

static bool purge(struct upkeep *u, struct work *w, struct quarantine *store)
{
	int64_t before = (int64_t)time(NULL) - u->config->purge_after;
	size_t done = 0;
	int status = quarantine_purge(store, before, PURGE_SLICE, &done);

	u->purged += done;
	return !failed(w, store, "purge", status) && done == PURGE_SLICE;
}

/* On a full disk what was expunged is purged at once, and pages that nothing uses go back to the disk. */
static bool make_room(struct upkeep *u, struct work *w, struct quarantine *store)
{
	size_t done = 0;
	bool low = false;
	int status = quarantine_tend(store, &low);

	if (status == QUARANTINE_OK && low != u->low) {
		u->low = low;
		log_event(low ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, 0, low ? "disk-low" : "disk-has-room",
			  NULL);
	}
	if (status == QUARANTINE_OK && low)
		status = quarantine_purge(store, (int64_t)time(NULL), PURGE_SLICE, &done);
	if (status == QUARANTINE_OK && low)
		status = quarantine_checkpoint(store, 0);
	u->purged += done;
	return !failed(w, store, "room", status) && done == PURGE_SLICE;
}

static bool expire(struct upkeep *u, struct work *w, struct quarantine *store)
{
	size_t done = 0;
	int status;
	bool more = expiry_slice(&u->expiry, store, &done, &status);

	u->expired += done;
	return !failed(w, store, "expire", status) && more;
}

static bool checkpoint(struct upkeep *u, struct work *w, struct quarantine *store)
{
	(void)u;
	failed(w, store, "checkpoint", quarantine_checkpoint(store, CHECKPOINT_ABOVE));
	return false;
}

/* What many sessions had lies between what others still have; malloc alone keeps it. */
static bool trim(struct upkeep *u, struct work *w, struct quarantine *store)
{
	(void)u, (void)w, (void)store;
	malloc_trim(0);
	return false;
}

/* The first that is due is done first. */
static const struct {
	enum task task;
	unsigned every; /* ticks; 0: by its own clock */
	bool (*slice)(struct upkeep *u, struct work *w, struct quarantine *store);
} tasks[] = {
	{TASK_ROOM, 1, make_room}, {TASK_SPOOL, 1, take_spool}, {TASK_CHECKPOINT, 6, checkpoint},
	{TASK_EXPIRE, 0, expire},  {TASK_PURGE, 720, purge},    {TASK_TRIM, 0, trim},
};

static void run(struct work *w, struct quarantine *store)
{
	struct upkeep *u = upkeep_of(w);
	size_t i = 0;

	if (!store) {
		u->due = 0;
		return;
	}
	while (i < ARRAY_SIZE(tasks) && !(u->due & tasks[i].task))
		i++;
	if (i < ARRAY_SIZE(tasks) && !tasks[i].slice(u, w, store))
		u->due &= ~(unsigned)tasks[i].task;
}

static void submit(struct upkeep *u);

static void on_pause_over(uv_timer_t *timer)
{
	submit(timer->data);
}

static void done(struct work *w)
{
	struct upkeep *u = upkeep_of(w);

	u->at_work = false;
	if (uv_is_closing((uv_handle_t *)&u->timer))
		return;
	if (u->due) {
		uv_timer_start(&u->pause, on_pause_over, PAUSE_MS, 0);
		return;
	}
	if (u->purged + u->taken + u->expired > 0)
		log_event(LOG_LEVEL_INFO, 0, "upkeep", "purged", LOG_NUMBER(u->purged), "taken",
			  LOG_NUMBER(u->taken), "expired", LOG_NUMBER(u->expired), NULL);
	u->purged = u->taken = u->expired = 0;
}

static void submit(struct upkeep *u)
{
	u->work.run = run;
	u->work.done = done;
	u->at_work = work_submit(u->pool, &u->work, WORK_LATER);
}

/* A jump of the clock must not expire everything. */
static bool clock_is_steady(struct upkeep *u)
{
	struct timespec boot;
	enum expiry_clock now;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = expiry_watch_clock(&u->expiry, (int64_t)time(NULL), boot.tv_sec);
	if (now == EXPIRY_CLOCK_JUMPED)
		log_event(LOG_LEVEL_ERROR, 0, "clock-jumped", "effect", "nothing expires for a day", NULL);
	return now == EXPIRY_CLOCK_STEADY;
}

static void watch_expiry(struct upkeep *u)
{
	bool steady = clock_is_steady(u);

	if (!steady || uv_now(u->timer.loop) < u->next_expiry || u->due & TASK_EXPIRE)
		return;
	u->next_expiry = uv_now(u->timer.loop) + (uint64_t)u->config->expire_every * 1000;
	expiry_begin(&u->expiry, (int64_t)time(NULL));
	u->due |= TASK_EXPIRE;
}

static void on_tick(uv_timer_t *timer)
{
	struct upkeep *u = timer->data;

	if (u->at_work || uv_is_active((uv_handle_t *)&u->pause))
		return;
	watch_expiry(u);
	if (u->metrics->ended - u->trimmed_at >= TRIM_AFTER) {
		u->trimmed_at = u->metrics->ended;
		u->due |= TASK_TRIM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++) {
		if (tasks[i].every > 0 && u->ticks % tasks[i].every == 0 &&
		    (tasks[i].task != TASK_SPOOL || u->config->spool))
			u->due |= tasks[i].task;
	}
	u->ticks++;
	if (u->due)
		submit(u);
}

struct upkeep *upkeep_create(uv_loop_t *loop, struct work_pool *pool, const struct config *config,
			     const struct metrics *metrics)
{
	struct upkeep *u = calloc(1, sizeof(*u));
	long first = config->expire_every < FIRST_EXPIRY ? config->expire_every : FIRST_EXPIRY;

	if (!u || !expiry_init(&u->expiry, &config->keep)) {
		free(u);
		return NULL;
	}
	/* Not at once: who sees that he set it wrongly can still stop it. */
	u->next_expiry = uv_now(loop) + (uint64_t)first * 1000;
	uv_timer_init(loop, &u->pause);
	u->pause.data = u;
	u->pool = pool;
	u->config = config;
	u->metrics = metrics;
	uv_timer_init(loop, &u->timer);
	u->timer.data = u;
	uv_timer_start(&u->timer, on_tick, 0, TICK_MS);
	return u;
}

void upkeep_stop(struct upkeep *u)
{
	if (u && !uv_is_closing((uv_handle_t *)&u->timer)) {
		uv_close((uv_handle_t *)&u->timer, NULL);
		uv_close((uv_handle_t *)&u->pause, NULL);
	}
}

void upkeep_destroy(struct upkeep *u)
{
	if (u)
		expiry_finish(&u->expiry);
	free(u);
}
