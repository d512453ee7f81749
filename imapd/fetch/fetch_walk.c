/* SPDX-License-Identifier: ISC */
#include "fetch_walk.h"

#include "../pace.h"
#include "../view.h"

/* The part of the place's range that is still to be walked; false when there is none. */
static bool walk_rest(const struct fetch_walk *w, struct quarantine_range *rest)
{
	const struct uidmap *map = w->view->map;
	struct quarantine_range run;

	*rest = w->ranges[w->place.range];
	if (w->place.uid > rest->first)
		rest->first = w->place.uid;
	if (!uidmap_run(map, rest->first, &run))
		return false;
	rest->first = run.first;
	if (rest->last > uidmap_largest(map))
		rest->last = uidmap_largest(map);
	return rest->first <= rest->last;
}

static void walk_behind(struct fetch_walk *w, uint32_t uid)
{
	if (uid < w->ranges[w->place.range].last)
		w->place.uid = uid + 1;
	else
		w->place = (struct fetch_place){w->place.range + 1, 0};
}

static int walk_rows(struct fetch_walk *w, struct quarantine *q, struct quarantine_range rest)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	uint32_t rows = 0;
	int status = quarantine_list(q, w->view->box.id, rest.first, rest.last, w->fields, true, &c);

	if (status != QUARANTINE_OK)
		return status;
	while (!w->stopped && (status = quarantine_next(c, &row)) == 1) {
		if (uidmap_seq(w->view->map, row.uid) == 0)
			continue;
		rows++;
		if (row.modseq <= w->since || (w->since > 0 && row.gone))
			continue;
		w->stopped = !w->take(&row, w->context);
		if (w->stopped)
			rest.last = row.uid;
	}
	quarantine_cursor_close(c);
	if (status < 0)
		return status;
	w->missed |= rows < uidmap_between(w->view->map, rest.first, rest.last);
	walk_behind(w, rest.last);
	return QUARANTINE_OK;
}

int fetch_walk_on(struct fetch_walk *w, struct quarantine *q)
{
	struct quarantine_range rest;
	int status = QUARANTINE_OK;

	while (status == QUARANTINE_OK && !w->stopped && w->place.range < w->count) {
		if (!walk_rest(w, &rest)) {
			w->place = (struct fetch_place){w->place.range + 1, 0};
			continue;
		}
		if (rest.first > w->up_to)
			break;
		if (rest.last > w->up_to)
			rest.last = w->up_to;
		status = walk_rows(w, q, rest);
		if (w->pace && pace_over(w->pace))
			break;
	}
	return status;
}
