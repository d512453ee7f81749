/* SPDX-License-Identifier: ISC
 *
 * The happy path: a job waited for the disk; slices are read on a worker until the end of the file, while the
 * job's own steps go on beside them and find what they need in memory.
 *
 * What can go wrong: the store cannot be opened or read (the pass ends, who needs the pages will say so); the
 * database does not fit into memory (others' pages are pushed out: hence the limit, and the rest after a
 * pass). */
#include "ahead.h"

#include <stdlib.h>

#include "../store/include/quarantine_admin.h"
#include "log.h"

enum { SLICE = 4 * 1024 * 1024, REST = 9 /* times as long as it took */, REST_MS_MIN = 1000 };

struct ahead {
	uv_loop_t *loop;
	uint64_t limit;
	struct work_pool *pool;
	struct work work;
	bool at_work;
	bool end;                    /* of the pass */
	uint64_t offset;             /* in the file */
	uint64_t began, rests_until; /* ms of the loop's clock */
	unsigned passes;
};

struct ahead *ahead_create(uv_loop_t *loop, uint64_t limit)
{
	struct ahead *a = calloc(1, sizeof(*a));

	if (a) {
		a->loop = loop;
		a->limit = limit;
	}
	return a;
}

/* On a worker thread. */
static void run(struct work *w, struct quarantine *store)
{
	struct ahead *a = (struct ahead *)((char *)w - offsetof(struct ahead, work));
	struct quarantine_sizes sizes;

	a->end = true;
	if (!store || quarantine_sizes_get(store, &sizes) != QUARANTINE_OK || sizes.file_bytes > a->limit)
		return;
	if (quarantine_read_ahead(store, &a->offset, SLICE, &a->end) != QUARANTINE_OK)
		a->offset = 0;
}

static void done(struct work *w)
{
	struct ahead *a = (struct ahead *)((char *)w - offsetof(struct ahead, work));
	uint64_t took = uv_now(a->loop) - a->began;

	if (!a->end) {
		work_submit(a->pool, w, WORK_LATER);
		return;
	}
	a->at_work = false;
	a->rests_until = uv_now(a->loop) + (took * REST > REST_MS_MIN ? took * REST : REST_MS_MIN);
	if (a->offset == 0)
		return; /* too large, or unreadable */
	a->passes++;
	log_event(LOG_LEVEL_DEBUG, 0, "read-ahead", "bytes", LOG_NUMBER(a->offset), "ms", LOG_NUMBER(took),
		  NULL);
}

void ahead_wanted(void *ahead, struct work_pool *pool)
{
	struct ahead *a = ahead;

	if (a->at_work || uv_now(a->loop) < a->rests_until)
		return;
	a->pool = pool;
	a->offset = 0;
	a->began = uv_now(a->loop);
	a->work.run = run;
	a->work.done = done;
	a->at_work = work_submit(pool, &a->work, WORK_LATER);
}

unsigned ahead_passes(const struct ahead *a)
{
	return a->passes;
}

void ahead_destroy(struct ahead *a)
{
	free(a);
}
