/* SPDX-License-Identifier: ISC
 *
 * Tells a session what happened to its mailbox. The happy path: the feed's map differs from the view's; the
 * lost UIDs are told as EXPUNGE from the highest down, so that no sequence number shifts under the next;
 * then the view takes the new map, and arrivals and changed flags are told in its numbers.
 * What can go wrong: more news than one step may write. Then `v->sync` keeps the place. */
#include "sync.h"

#include <stdlib.h>

#include "arrivals.h"
#include "metadata.h"
#include "notify.h"
#include "pace.h"
#include "response.h"
#include "search/search_context.h"
#include "state.h"
#include "view.h"

enum {
	VANISHED_RUNS = 1000, /* runs of UIDs on a line */
	LIGHT = 100,          /* changes that are told without a worker */
};

void view_own_change(struct view *v, uint64_t modseq, struct quarantine_range uids)
{
	struct view_own *grown = realloc(v->own, (v->own_count + 1) * sizeof(*grown));

	if (!grown)
		return;
	v->own = grown;
	grown[v->own_count++] = (struct view_own){modseq, uids};
}

bool view_tells_next(struct view *v, uint64_t modseq)
{
	if (modseq != v->modseq + 1)
		return false;
	if (v->complete == v->modseq)
		v->complete = modseq;
	v->modseq = modseq;
	return true;
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
 * place up to which it knows everything, while an EXPUNGE before it waits (RFC 7162 section 3.2), or a
 * change. */
static void sync_end(struct view *v, struct response *r, bool told)
{
	v->box = v->sync.info;
	if ((v->sync.held || !told) && v->enabled & VIEW_CONDSTORE)
		response_untagged(r, "OK [HIGHESTMODSEQ %llu] %s still to be told",
				  (unsigned long long)v->complete,
				  told ? "Expunged messages are" : "Changes are");
	if (told) {
		v->modseq = v->box.highest_modseq;
		if (!v->sync.held)
			v->complete = v->modseq;
		free(v->own);
		v->own = NULL;
		v->own_count = 0;
		seqset_finish(&v->own_arrivals);
	}
	uidmap_release(v->seen);
	v->seen = v->sync.target;
	v->sync = (struct view_sync){.target = NULL};
}

/* UIDs are never given twice and only grow, so what the new map holds of the old UIDs was in the old map. */
static uint32_t sync_lost(const struct view *v)
{
	uint64_t end = (uint64_t)uidmap_largest(v->map) + 1;

	return uidmap_count(v->map) - uidmap_below(v->sync.target, end);
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

/* "* 7 EXPUNGE". By the thousand: without printf. */
static void tell_expunged(uint32_t seq, struct response *r)
{
	buf_add_str(&r->out, "* ");
	buf_add_uint(&r->out, seq);
	buf_add_str(&r->out, " EXPUNGE\r\n");
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
			tell_expunged(seq--, r);
		}
	}
	return true;
}

/* Takes the new map; while EXPUNGE waits, only what came is taken from it. */
static int sync_exists(struct view *v, struct response *r)
{
	uint32_t largest = uidmap_largest(v->map);
	struct uidmap *target = v->sync.target;
	struct uidmap *map = v->sync.held ? uidmap_extend(v->map, target) : uidmap_hold(target);

	if (!map)
		return QUARANTINE_NO_MEMORY;
	uidmap_release(v->map);
	v->map = map;
	if (uidmap_largest(map) <= largest)
		return QUARANTINE_OK;
	view_claim_recent(v, v->sync.info.uidnext);
	response_untagged(r, "%u EXISTS", (unsigned)uidmap_count(map));
	if (!(v->enabled & VIEW_REV2))
		response_untagged(r, "%u RECENT", (unsigned)view_recent_count(v));
	return QUARANTINE_OK;
}

static int sync_keywords(struct view *v, struct response *r)
{
	int status;

	if (feed_keyword_count(v->feed) <= v->keywords.count) /* its own may not be in the feed yet */
		return QUARANTINE_OK;
	status = view_read_keywords(v, NULL);
	if (status == QUARANTINE_OK)
		view_new_keywords(v, r);
	return status;
}

static void sync_tell_flags(struct imap_state *state, const struct quarantine_flag_state *f,
			    struct response *r)
{
	const struct view *v = state->view;
	struct view_change change = {f->uid, f->modseq, f->flags};

	if (uidmap_seq(v->map, f->uid) == 0 || f->uid >= v->sync.arrivals_from)
		return;
	contexts_note(state->contexts, f->uid);
	if (!view_is_own(v, f->uid, f->modseq) && (v->sync.events & NOTIFY_FLAG_CHANGE))
		view_tell_change(v, &change, state->notify != NULL, true, r);
}

/* Changed flags from the store, on from where the last step stopped. What is changed meanwhile has a higher
 * modseq than `info`, and is for the next sync: a client whose connection breaks takes the highest MODSEQ
 * that it heard for the place up to which it knows everything. */
static int sync_flags_from_store(struct imap_state *state, struct quarantine *q, struct response *r,
				 bool *more)
{
	struct view *v = state->view;
	struct view_sync *s = &v->sync;
	struct pace pace = pace_start();
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	int status = quarantine_changes(q, v->box.id, s->at_uid + 1, s->arrivals_from - 1, v->modseq, &c);

	if (status != QUARANTINE_OK)
		return status;
	while (!*more && (status = quarantine_next(c, &row)) == 1) {
		struct quarantine_flag_state f = {row.uid, row.modseq, row.flags};

		if (!row.gone && row.modseq <= s->info.highest_modseq)
			sync_tell_flags(state, &f, r);
		s->at_uid = row.uid;
		*more = response_full(r) || pace_over(&pace);
	}
	quarantine_cursor_close(c);
	return status < 0 ? status : QUARANTINE_OK;
}

/* A later change of the same message says it all. */
static bool is_outdated(const struct quarantine_flag_state *list, size_t count, size_t i)
{
	for (size_t later = i + 1; later < count; later++)
		if (list[later].uid == list[i].uid)
			return true;
	return false;
}

static int sync_flags(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	struct view *v = state->view;
	struct quarantine_flag_state *list;
	size_t count;

	if (v->sync.at_uid > 0 || !feed_changes(v->feed, v->modseq, &list, &count)) {
		*more = !q;
		return q ? sync_flags_from_store(state, q, r, more) : QUARANTINE_OK;
	}
	if (!q && count > LIGHT) {
		free(list);
		*more = true;
		return QUARANTINE_OK;
	}
	for (size_t i = 0; i < count; i++)
		if (list[i].modseq <= v->sync.info.highest_modseq && !is_outdated(list, count, i))
			sync_tell_flags(state, &list[i], r);
	free(list);
	return QUARANTINE_OK;
}

/* What was expunged leaves the results of searches at once, also while EXPUNGE waits (RFC 5267 appendix A.3).
 */
static int stage_lose(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	(void)q;
	(void)r;
	(void)more;
	if (sync_lost(state->view) > 0)
		contexts_lose(state->contexts, state->view->sync.target);
	return QUARANTINE_OK;
}

static int stage_contexts(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	return contexts_tell(state->contexts, state->view, q, r, more);
}

static int stage_expunge(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	struct view *v = state->view;
	uint32_t lost = v->sync.held ? 0 : sync_lost(v);

	*more = (!q && lost > LIGHT) || (lost > 0 && !sync_expunge(v, r));
	return *more ? QUARANTINE_OK : sync_exists(v, r);
}

static int stage_flags(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	int status = sync_keywords(state->view, r);

	return status == QUARANTINE_OK ? sync_flags(state, q, r, more) : status;
}

static int stage_judge(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	(void)r;
	return contexts_judge(state->contexts, state->view, q, more);
}

static int stage_arrivals(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	const struct notify *n = state->notify;
	struct view *v = state->view;
	const struct arrivals_of of = {
		.range = {v->sync.arrivals_from, uidmap_largest(v->map)},
		.items = n && n->selected ? &n->selected->items : NULL,
		.contexts = state->contexts,
	};

	return arrivals_tell(&state->arrivals, v, &of, q, r, more);
}

/* One after the other. Results that shrink by an expunge are told before it, with the numbers from before;
 * what else changes in them is told behind its cause (RFC 5267 section 4.3, RFC 5465 section 7). */
static int (*const stages[])(struct imap_state *state, struct quarantine *q, struct response *r,
			     bool *more) = {
	stage_lose, stage_contexts, stage_expunge, stage_flags, stage_judge, stage_arrivals, stage_contexts,
};

/* False: there is nothing to tell of the selected mailbox. */
static bool begin_selected(struct imap_state *state, unsigned how)
{
	struct view *v = state->view;
	unsigned events = how & SYNC_ALL ? NOTIFY_MESSAGE_EVENTS : notify_selected_events(state->notify);

	if (!sync_begin(v))
		return false;
	v->sync.events = events;
	v->sync.arrivals_from = uidmap_largest(v->map) + 1;
	v->sync.held = (how & SYNC_HOLDS_EXPUNGE) && sync_lost(v) > 0;
	return true;
}

static int tell_selected(struct imap_state *state, struct quarantine *q, struct response *r, unsigned how,
			 bool *more)
{
	struct view *v = state->view;
	struct view_sync *s = &v->sync;
	int status = QUARANTINE_OK;

	if (!s->target) {
		if (!(how & SYNC_ALL) && notify_selected_events(state->notify) == 0)
			return status;
		status = q ? feed_refresh(v->feed, q) : QUARANTINE_OK;
		if (status != QUARANTINE_OK || !begin_selected(state, how))
			return status;
	}
	for (; s->stage < ARRAY_SIZE(stages); s->stage++) {
		status = stages[s->stage](state, q, r, more);
		if (*more && status == QUARANTINE_OK)
			return status;
		if (status != QUARANTINE_OK)
			break;
	}
	*more = false;
	sync_end(v, r, status == QUARANTINE_OK);
	return status;
}

/* Changes of metadata are told to who enabled that, or watches them by NOTIFY. */
static bool hears_metadata(const struct imap_state *state)
{
	return state->notify ? notify_watches_metadata(state->notify) : (state->enabled & VIEW_METADATA) != 0;
}

bool sync_is_told(const struct imap_state *state, unsigned how, uint64_t version)
{
	const struct view *v = state->view;

	if (hears_metadata(state) || (state->notify && state->notify->watches))
		return false;
	if (!v || (how & SYNC_OTHERS))
		return true;
	return !v->sync.target && feed_is_known(v->feed, version, v->map, v->modseq);
}

int sync_tell(struct imap_state *state, struct quarantine *q, struct response *r, unsigned how, bool *more)
{
	struct notify_to to = {.selected = state->view ? state->view->box.id : 0, .enabled = state->enabled};
	int status = QUARANTINE_OK;

	*more = false;
	if (hears_metadata(state))
		status = metadata_sync(state, q, r, more);
	if (status == QUARANTINE_OK && !*more && state->view && !(how & SYNC_OTHERS))
		status = tell_selected(state, q, r, how, more);
	if (*more || status != QUARANTINE_OK)
		return status;
	return notify_tell(state->notify, &to, q, r);
}
