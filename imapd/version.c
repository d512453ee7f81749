/* SPDX-License-Identifier: ISC
 *
 * The happy path: a handle of the store of its own, opened by a worker, is asked for its change token; the
 * version grows when that is not the last one.
 *
 * What can go wrong: the handle is not open yet, or it failed (a worker opens another); the log's index is
 * just being rebuilt (the answer is 0, the next may be better). */
#include "version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "../store/include/quarantine.h"
#include "feed.h"
#include "net/work.h"

struct version {
	struct work_pool *pool;
	struct feeds *feeds;
	const char *path;
	struct quarantine *store;  /* NULL: not open */
	struct quarantine *opened; /* by the job, for the loop */
	struct work work;
	bool at_work;
	uint64_t token; /* as of the last answer */
	uint64_t number;
};

/* Worker thread. Its own handle is not of use: tokens of two handles cannot be compared. */
static void open_store(struct work *w, struct quarantine *store)
{
	struct version *v = (struct version *)((char *)w - offsetof(struct version, work));

	(void)store;
	if (quarantine_open(v->path, QUARANTINE_READ, &v->opened) != QUARANTINE_OK)
		v->opened = NULL;
}

static void store_opened(struct work *w)
{
	struct version *v = (struct version *)((char *)w - offsetof(struct version, work));

	v->at_work = false;
	v->store = v->opened;
	v->opened = NULL;
	v->number++; /* what came meanwhile is not known */
}

static void open_again(struct version *v)
{
	quarantine_close(v->store);
	v->store = NULL;
	if (!v->at_work)
		v->at_work = work_submit(v->pool, &v->work, WORK_LATER);
}

struct version *version_create(struct work_pool *pool, const char *store, struct feeds *feeds)
{
	struct version *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->pool = pool;
	v->path = store;
	v->feeds = feeds;
	v->work.run = open_store;
	v->work.done = store_opened;
	open_again(v);
	return v;
}

uint64_t version_ask(struct version *v)
{
	uint64_t token;
	int status;

	if (!v->store) {
		open_again(v);
		return 0;
	}
	status = quarantine_change_token(v->store, &token);
	if (status == QUARANTINE_BUSY)
		return 0;
	if (status != QUARANTINE_OK) {
		open_again(v);
		return 0;
	}
	v->number += token != v->token;
	v->token = token;
	feeds_see(v->feeds, v->number);
	return v->number;
}

void version_destroy(struct version *v)
{
	if (!v)
		return;
	quarantine_close(v->store);
	quarantine_close(v->opened);
	free(v);
}
