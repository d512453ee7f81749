/* SPDX-License-Identifier: ISC */
#include "expiry.h"

#include <stdlib.h>

#include "config.h"

enum { JUMP_SECONDS = 3600, PAUSE_SECONDS = 86400, ABSENCE_SECONDS = 86400 };

bool expiry_init(struct expiry *e, const struct config_list *periods)
{
	*e = (struct expiry){.keep = calloc(periods->count + 1, sizeof(*e->keep))};
	if (!e->keep)
		return false;
	for (size_t i = 0; i < periods->count; i++)
		e->count += quarantine_keep_read(periods->item[i], &e->keep[e->count]);
	return true;
}

void expiry_finish(struct expiry *e)
{
	free(e->keep);
	e->keep = NULL;
}

void expiry_begin(struct expiry *e, int64_t now)
{
	e->pass = (struct quarantine_expiry){.keep = e->keep, .count = e->count, .now = now};
}

/* The clock may have been wrong before this server began to watch it. Then it is as if it had jumped since
 * the last pass, which expiry_watch_clock() will see. */
static bool may_begin(struct expiry *e, struct quarantine *store, int *status)
{
	int64_t last = 0;

	if (e->compared)
		return true;
	*status = quarantine_expired_at(store, &last);
	e->compared = *status == QUARANTINE_OK;
	if (!e->compared || last == 0 || e->pass.now - last <= ABSENCE_SECONDS)
		return e->compared;
	e->offset -= e->pass.now - last;
	return false;
}

bool expiry_slice(struct expiry *e, struct quarantine *store, size_t *done, int *status)
{
	if (!may_begin(e, store, status))
		return false;
	*status = quarantine_expire(store, &e->pass, done);
	return *status == QUARANTINE_OK && !e->pass.finished;
}

enum expiry_clock expiry_watch_clock(struct expiry *e, int64_t calendar, int64_t since_boot)
{
	int64_t offset = calendar - since_boot;
	bool jumped = e->offset != 0 && llabs(offset - e->offset) > JUMP_SECONDS;

	if (!jumped || (e->paused && since_boot - e->paused >= PAUSE_SECONDS)) {
		e->offset = offset;
		e->paused = 0;
		return EXPIRY_CLOCK_STEADY;
	}
	if (e->paused)
		return EXPIRY_CLOCK_PAUSED;
	e->paused = since_boot > 0 ? since_boot : 1;
	return EXPIRY_CLOCK_JUMPED;
}
