/* SPDX-License-Identifier: ISC
 *
 * The happy path: the store's list of what vanished is cut to what was asked for and is not in the view, and
 * told in lines; then the store's changes since the modseq are read, and those asked for become the ranges.
 * What the view still names is never told as vanished here: its sync tells it. */
#include "fetch_since.h"

#include <stdlib.h>

#include "../pace.h"
#include "../response.h"
#include "../view.h"

enum {
	LINE_RUNS = 1000, /* runs of UIDs on a line of VANISHED */
	FEW = 1000,       /* messages that are looked at sooner than the changes are read */
	STEP_ROWS = 1000, /* changes between two looks at the clock */
};

void since_begin(struct fetch_since *s, const struct view *view, uint64_t modseq, bool vanished)
{
	*s = (struct fetch_since){
		.view = view, .modseq = modseq, .stage = vanished ? SINCE_READ : SINCE_NARROW};
}

void since_finish(struct fetch_since *s)
{
	seqset_finish(&s->vanished);
	seqset_finish(&s->changed);
	*s = (struct fetch_since){.stage = SINCE_DONE};
}

/* Notes what of first..last is not in the view. */
static void add_vanished(struct fetch_since *s, uint32_t first, uint32_t last)
{
	struct quarantine_range run;
	uint64_t from = first;

	while (from <= last && uidmap_run(s->view->map, (uint32_t)from, &run) && run.first <= last) {
		if (run.first > from)
			seqset_add(&s->vanished, (uint32_t)from, run.first - 1);
		from = (uint64_t)run.last + 1;
	}
	if (from <= last)
		seqset_add(&s->vanished, (uint32_t)from, last);
}

static int read_vanished(struct fetch_since *s, struct quarantine *q, const struct quarantine_range *asked,
			 size_t asked_count)
{
	struct quarantine_range *gone;
	size_t count, i = 0, k = 0;
	int status = quarantine_vanished(q, s->view->box.id, s->modseq, &gone, &count);

	if (status != QUARANTINE_OK)
		return status;
	while (i < count && k < asked_count) {
		uint32_t first = gone[i].first > asked[k].first ? gone[i].first : asked[k].first;
		uint32_t last = gone[i].last < asked[k].last ? gone[i].last : asked[k].last;

		if (first <= last)
			add_vanished(s, first, last);
		if (gone[i].last < asked[k].last)
			i++;
		else
			k++;
	}
	free(gone);
	return s->vanished.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

/* False: the response is full. */
static bool tell_vanished(struct fetch_since *s, struct response *r)
{
	while (s->told < s->vanished.count) {
		size_t runs = s->vanished.count - s->told;

		if (response_full(r))
			return false;
		if (runs > LINE_RUNS)
			runs = LINE_RUNS;
		buf_add_str(&r->out, "* VANISHED (EARLIER) ");
		seqset_print(s->vanished.ranges + s->told, runs, &r->out);
		buf_add_str(&r->out, "\r\n");
		s->told += runs;
	}
	return true;
}

static bool is_asked(const struct quarantine_range *asked, size_t count, uint32_t uid)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (asked[middle].last < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && asked[low].first <= uid;
}

/* Reads changes on from where the last step stopped. What is changed meanwhile is told by the sync at the
 * end. */
static int read_changes(struct fetch_since *s, struct quarantine *q, const struct quarantine_range *asked,
			size_t asked_count, bool *more)
{
	struct pace pace = pace_start();
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	uint32_t last = asked[asked_count - 1].last;
	int status;

	if (s->at_uid < asked[0].first)
		s->at_uid = asked[0].first - 1;
	status = quarantine_changes(q, s->view->box.id, s->at_uid + 1, last, s->modseq, &c);
	if (status != QUARANTINE_OK)
		return status;
	for (unsigned n = 1; !*more && (status = quarantine_next(c, &row)) == 1; n++) {
		s->at_uid = row.uid;
		if (!row.gone && uidmap_seq(s->view->map, row.uid) > 0 &&
		    is_asked(asked, asked_count, row.uid))
			seqset_add(&s->changed, row.uid, row.uid);
		*more = n % STEP_ROWS == 0 && pace_over(&pace);
	}
	quarantine_cursor_close(c);
	if (status < 0)
		return status;
	return s->changed.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

/* The UIDs that changed, as ranges. */
static int put_ranges(struct fetch_since *s, struct quarantine_range **ranges, size_t *count)
{
	struct quarantine_range *list = calloc(s->changed.count + 1, sizeof(*list));

	if (!list)
		return QUARANTINE_NO_MEMORY;
	for (size_t i = 0; i < s->changed.count; i++)
		list[i] = (struct quarantine_range){s->changed.ranges[i].first, s->changed.ranges[i].last};
	free(*ranges);
	*ranges = list;
	*count = s->changed.count;
	return QUARANTINE_OK;
}

/* Whether so few messages are asked for that it does not pay to look for the changed ones among them. */
static bool are_few(const struct fetch_since *s, const struct quarantine_range *asked, size_t count)
{
	uint64_t messages = 0;

	for (size_t i = 0; i < count && messages <= FEW; i++)
		messages += uidmap_between(s->view->map, asked[i].first, asked[i].last);
	return messages <= FEW;
}

int since_step(struct fetch_since *s, struct quarantine *q, struct response *r,
	       struct quarantine_range **ranges, size_t *count, bool *more)
{
	int status = QUARANTINE_OK;

	*more = false;
	if (s->stage == SINCE_READ) {
		status = read_vanished(s, q, *ranges, *count);
		s->stage = SINCE_TELL;
	}
	if (status == QUARANTINE_OK && s->stage == SINCE_TELL) {
		*more = !tell_vanished(s, r);
		if (*more)
			return status;
		s->stage = SINCE_NARROW;
	}
	if (status == QUARANTINE_OK && s->stage == SINCE_NARROW) {
		bool all;

		if (s->partial)
			view_narrow(s->view, s->partial, *ranges, count);
		s->partial = NULL;
		all = s->modseq == 0 || are_few(s, *ranges, *count);
		if (!all)
			status = read_changes(s, q, *ranges, *count, more);
		if (status == QUARANTINE_OK && !all && !*more)
			status = put_ranges(s, ranges, count);
	}
	if (!*more)
		s->stage = SINCE_DONE;
	return status;
}
