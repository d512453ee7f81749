/* SPDX-License-Identifier: ISC
 *
 * Tells a session what happened to its mailbox. The happy path: the feed's map differs from the view's; the
 * lost UIDs are told as EXPUNGE from the highest down, so that no sequence number shifts under the next;
 * then the view takes the new map, and arrivals and changed flags are told in its numbers.
 * What can go wrong: more news than one step may write. Then `v->sync` keeps the place. */
#include <stdlib.h>

#include "pace.h"
#include "response.h"
#include "view.h"

enum { VANISHED_RUNS = 1000 }; /* runs of UIDs on a line */

void view_own_change(struct view *v, uint64_t modseq, struct quarantine_range uids)
{
	struct view_own *grown = realloc(v->own, (v->own_count + 1) * sizeof(*grown));

	if (!grown)
		return;
	v->own = grown;
	grown[v->own_count++] = (struct view_own){modseq, uids};
}

/* Own changes are made and told in ascending order of modseq. */
static bool view_is_own(const struct view *v, uint32_t uid, uint64_t modseq)
{
	size_t low = 0, high = v->own_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (v->own[middle].modseq < modseq)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < v->own_count && v->own[low].modseq == modseq; low++)
		if (uid >= v->own[low].uids.first && uid <= v->own[low].uids.last)
			return true;
	return false;
}

/* Begins a sync; false when there is nothing to tell. */
static bool sync_begin(struct view *v)
{
	struct view_sync *s = &v->sync;

	*s = (struct view_sync){.below = (uint64_t)UINT32_MAX + 1};
	s->target = feed_map(v->feed, &s->info);
	if (s->target != v->map || s->info.highest_modseq != v->modseq)
		return true;
	uidmap_release(s->target);
	s->target = NULL;
	return false;
}

/* After a failure the flags are told by the next sync. A client must not take the MODSEQ of a FETCH for the
 * place up to which it knows everything, while an EXPUNGE before it waits (RFC 7162 section 3.2). */
static void sync_end(struct view *v, struct response *r, bool told)
{
	v->box = v->sync.info;
	if (v->sync.held && v->enabled & VIEW_CONDSTORE)
		response_untagged(r, "OK [HIGHESTMODSEQ %llu] Expunged messages are still to be told",
				  (unsigned long long)v->complete);
	if (told) {
		v->modseq = v->box.highest_modseq;
		if (!v->sync.held)
			v->complete = v->modseq;
		free(v->own);
		v->own = NULL;
		v->own_count = 0;
	}
	uidmap_release(v->sync.target);
	v->sync = (struct view_sync){.target = NULL};
}

/* UIDs are never given twice and only grow, so what the new map holds of the old UIDs was in the old map. */
static bool sync_lost_any(const struct view *v)
{
	uint64_t end = (uint64_t)uidmap_largest(v->map) + 1;

	return uidmap_below(v->sync.target, end) < uidmap_count(v->map);
}

/* A line of VANISHED with the highest runs that are left; false: there are none. */
static bool sync_vanished_line(struct view *v, struct response *r)
{
	struct view_sync *s = &v->sync;
	struct seqset_range runs[VANISHED_RUNS];
	struct quarantine_range run;
	size_t first = VANISHED_RUNS;

	while (first > 0 && uidmap_lost(v->map, s->target, s->below, &run)) {
		runs[--first] = (struct seqset_range){run.first, run.last};
		s->below = run.first;
	}
	if (first == VANISHED_RUNS)
		return false;
	buf_add_str(&r->out, "* VANISHED ");
	seqset_print(runs + first, VANISHED_RUNS - first, &r->out);
	buf_add_str(&r->out, "\r\n");
	return true;
}

/* False: the response is full. */
static bool sync_vanished(struct view *v, struct response *r)
{
	while (!response_full(r))
		if (!sync_vanished_line(v, r))
			return true;
	return false;
}

/* False: the response is full. */
static bool sync_expunge(struct view *v, struct response *r)
{
	struct view_sync *s = &v->sync;
	struct quarantine_range run;

	if (v->enabled & VIEW_QRESYNC)
		return sync_vanished(v, r);
	while (uidmap_lost(v->map, s->target, s->below, &run)) {
		uint32_t seq = uidmap_seq(v->map, run.last);

		for (s->below = (uint64_t)run.last + 1; s->below > run.first; s->below--) {
			if (response_full(r))
				return false;
			response_untagged(r, "%u EXPUNGE", (unsigned)seq--);
		}
	}
	return true;
}

/* Takes the new map. */
static void sync_exists(struct view *v, struct response *r)
{
	uint32_t largest = uidmap_largest(v->map);
	struct uidmap *old = v->map;

	v->map = uidmap_hold(v->sync.target);
	uidmap_release(old);
	if (uidmap_largest(v->map) <= largest)
		return;
	view_claim_recent(v, v->sync.info.uidnext);
	response_untagged(r, "%u EXISTS", (unsigned)uidmap_count(v->map));
	response_untagged(r, "%u RECENT", (unsigned)view_recent_count(v));
}

static int sync_keywords(struct view *v, struct quarantine *q, struct response *r)
{
	int status;

	if (feed_keyword_count(v->feed) == v->keywords.count)
		return QUARANTINE_OK;
	status = view_read_keywords(v, q);
	if (status == QUARANTINE_OK)
		view_flags_line(v, r);
	return status;
}

static void sync_tell_flags(const struct view *v, const struct feed_flags *f, struct response *r)
{
	struct view_change change = {f->uid, f->modseq, f->flags};

	if (uidmap_seq(v->map, f->uid) == 0 || f->uid >= v->sync.arrivals_from ||
	    view_is_own(v, f->uid, f->modseq))
		return;
	view_tell_change(v, &change, false, true, r);
}

/* Changed flags from the store, on from where the last step stopped. */
static int sync_flags_from_store(struct view *v, struct quarantine *q, struct response *r, bool *more)
{
	struct view_sync *s = &v->sync;
	struct pace pace = pace_start();
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	uint64_t since = s->at_modseq > 0 ? s->at_modseq - 1 : v->modseq;
	int status = quarantine_changes(q, v->box.id, since, &c);

	if (status != QUARANTINE_OK)
		return status;
	while (!*more && (status = quarantine_next(c, &row)) == 1) {
		struct feed_flags f = {row.uid, row.flags, row.modseq};

		if (row.modseq == s->at_modseq && row.uid <= s->at_uid)
			continue;
		if (!row.gone)
			sync_tell_flags(v, &f, r);
		s->at_modseq = row.modseq;
		s->at_uid = row.uid;
		*more = response_full(r) || pace_over(&pace);
	}
	quarantine_cursor_close(c);
	return status < 0 ? status : QUARANTINE_OK;
}

/* A later change of the same message says it all. */
static bool is_outdated(const struct feed_flags *list, size_t count, size_t i)
{
	for (size_t later = i + 1; later < count; later++)
		if (list[later].uid == list[i].uid)
			return true;
	return false;
}

static int sync_flags(struct view *v, struct quarantine *q, struct response *r, bool *more)
{
	struct feed_flags *list;
	size_t count;

	if (v->sync.at_modseq > 0 || !feed_changes(v->feed, v->modseq, &list, &count))
		return sync_flags_from_store(v, q, r, more);
	for (size_t i = 0; i < count; i++)
		if (!is_outdated(list, count, i))
			sync_tell_flags(v, &list[i], r);
	free(list);
	return QUARANTINE_OK;
}

int view_sync(struct view *v, struct quarantine *q, struct response *r, bool hold_expunge, bool *more)
{
	struct view_sync *s = &v->sync;
	int status = QUARANTINE_OK;

	*more = false;
	if (!s->target) {
		status = feed_refresh(v->feed, q);
		if (status != QUARANTINE_OK || !sync_begin(v))
			return status;
		s->arrivals_from = uidmap_largest(v->map) + 1;
		s->held = hold_expunge && sync_lost_any(v);
		s->stage = s->held ? VIEW_SYNC_FLAGS : VIEW_SYNC_EXPUNGE;
	}
	if (s->stage == VIEW_SYNC_EXPUNGE) {
		*more = sync_lost_any(v) && !sync_expunge(v, r);
		if (*more)
			return status;
		sync_exists(v, r);
		s->stage = VIEW_SYNC_FLAGS;
	}
	status = sync_keywords(v, q, r);
	if (status == QUARANTINE_OK)
		status = sync_flags(v, q, r, more);
	if (!*more)
		sync_end(v, r, status == QUARANTINE_OK);
	return status;
}
