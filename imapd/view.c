/* SPDX-License-Identifier: ISC */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "response.h"

static const struct {
	uint64_t bit;
	const char *name;
} system_flags[] = {
	{QUARANTINE_ANSWERED, "\\Answered"}, {QUARANTINE_FLAGGED, "\\Flagged"},
	{QUARANTINE_DELETED, "\\Deleted"},   {QUARANTINE_SEEN, "\\Seen"},
	{QUARANTINE_DRAFT, "\\Draft"},
};

void view_claim_recent(struct view *v, uint32_t uidnext)
{
	uint32_t from = feed_recent(v->feeds, v->box.id, uidnext, v->read_only);
	struct quarantine_range *top = v->recent_count > 0 ? &v->recent[v->recent_count - 1] : NULL;

	if (top && from <= top->last)
		from = top->last + 1;
	if (from >= uidnext)
		return;
	if (top && from == top->last + 1) {
		top->last = uidnext - 1;
		return;
	}
	if (v->recent_count == VIEW_RECENT_RANGES)
		memmove(v->recent, v->recent + 1, --v->recent_count * sizeof(*v->recent));
	v->recent[v->recent_count++] = (struct quarantine_range){from, uidnext - 1};
}

enum { EXPUNGE_RUNS = 256 }; /* runs of UIDs that one transaction names */

struct expunge_list {
	struct quarantine_range runs[EXPUNGE_RUNS];
	size_t count;
	uint32_t uids;
};

int view_create(struct feeds *feeds, struct feed *feed, const char *name, bool read_only, struct view **out)
{
	struct view *v = calloc(1, sizeof(*v));
	int status = QUARANTINE_NO_MEMORY;

	if (!v) {
		feed_leave(feed);
		return status;
	}
	v->feeds = feeds;
	v->feed = feed;
	v->read_only = read_only;
	v->map = feed_map(feed, &v->box);
	v->seen = uidmap_hold(v->map);
	v->name = strdup(name);
	v->audit.mailbox = v->name;
	if (v->name)
		status = feed_keywords(feed, &v->keywords);
	if (status != QUARANTINE_OK) {
		view_close(v);
		return status;
	}
	v->modseq = v->complete = v->box.highest_modseq;
	view_claim_recent(v, v->box.uidnext);
	*out = v;
	return QUARANTINE_OK;
}

int view_open(struct feeds *feeds, struct quarantine *q, int64_t mailbox, const char *name, bool read_only,
	      struct view **out)
{
	struct feed *feed = NULL;
	int status = feed_join(feeds, q, mailbox, &feed);

	return status == QUARANTINE_OK ? view_create(feeds, feed, name, read_only, out) : status;
}

void view_close(struct view *v)
{
	if (!v)
		return;
	audit_say(&v->audit);
	uidmap_release(v->map);
	uidmap_release(v->seen);
	uidmap_release(v->sync.target);
	feed_leave(v->feed);
	quarantine_keywords_free(&v->keywords);
	free(v->own);
	seqset_finish(&v->own_arrivals);
	seqset_finish(&v->saved);
	free(v->name);
	free(v);
}

bool view_has_news(const struct view *v)
{
	return feed_has_news(v->feed, v->seen, v->modseq);
}

void view_own_arrivals(struct view *v, struct quarantine_range uids)
{
	seqset_add(&v->own_arrivals, uids.first, uids.last);
}

bool view_is_own_arrival(const struct view *v, uint32_t uid)
{
	struct seqset own = {.ranges = v->own_arrivals.ranges, .count = v->own_arrivals.count};

	return seqset_contains(&own, uid);
}

int view_select(const struct view *v, struct seqset *set, bool uid, struct quarantine_range **ranges,
		size_t *count)
{
	uint32_t largest = uid ? uidmap_largest(v->map) : uidmap_count(v->map);
	struct quarantine_range *list;

	if (set->saved) {
		*set = (struct seqset){.ranges = v->saved.ranges, .count = v->saved.count};
		uid = true;
	} else {
		seqset_resolve(set, largest);
	}
	if (!uid && set->count > 0 && set->ranges[set->count - 1].last > largest)
		return 0;
	list = calloc(set->count + 1, sizeof(*list));
	if (!list)
		return QUARANTINE_NO_MEMORY;
	for (size_t i = 0; i < set->count; i++) {
		struct seqset_range r = set->ranges[i];

		if (uid)
			list[i] = (struct quarantine_range){r.first, r.last};
		else
			list[i] = (struct quarantine_range){uidmap_uid(v->map, r.first),
							    uidmap_uid(v->map, r.last)};
	}
	*ranges = list;
	*count = set->count;
	return 1;
}

int view_select_given(const struct view *v, struct seqset *set, struct quarantine_range **ranges,
		      size_t *count)
{
	struct quarantine_range *list = calloc(set->count + 1, sizeof(*list));

	if (!list)
		return QUARANTINE_NO_MEMORY;
	seqset_resolve(set, v->box.uidnext - 1);
	for (size_t i = 0; i < set->count; i++)
		list[i] = (struct quarantine_range){set->ranges[i].first, set->ranges[i].last};
	*ranges = list;
	*count = set->count;
	return 1;
}

void view_narrow(const struct view *v, const struct search_partial *partial, struct quarantine_range *ranges,
		 size_t *count)
{
	uint64_t total = 0, from, to, at = 0;
	size_t used = 0;

	for (size_t i = 0; i < *count; i++)
		total += uidmap_between(v->map, ranges[i].first, ranges[i].last);
	search_partial_window(partial, total, &from, &to);
	for (size_t i = 0; i < *count; i++) {
		uint32_t before = uidmap_below(v->map, ranges[i].first);
		uint64_t here = uidmap_between(v->map, ranges[i].first, ranges[i].last);
		uint64_t first = from > at ? from - at : 0;
		uint64_t end = to > at ? to - at : 0;

		end = end < here ? end : here;
		if (first < end)
			ranges[used++] =
				(struct quarantine_range){uidmap_uid(v->map, before + (uint32_t)first + 1),
							  uidmap_uid(v->map, before + (uint32_t)end)};
		at += here;
	}
	*count = used;
}

bool view_run(const struct view *v, const struct quarantine_range *ranges, size_t count, size_t *at,
	      uint32_t *uid, uint32_t max, struct quarantine_range *run)
{
	for (; *at < count; (*at)++, *uid = 0) {
		struct quarantine_range want = ranges[*at];
		uint32_t from = *uid > want.first ? *uid : want.first;

		if (from > want.last || !uidmap_run(v->map, from, run) || run->first > want.last)
			continue;
		if (run->last > want.last)
			run->last = want.last;
		if (run->last - run->first >= max)
			run->last = run->first + max - 1;
		if (run->last == want.last) {
			(*at)++;
			*uid = 0;
		} else {
			*uid = run->last + 1;
		}
		return true;
	}
	return false;
}

bool view_recent(const struct view *v, uint32_t uid)
{
	for (size_t i = 0; i < v->recent_count; i++)
		if (uid >= v->recent[i].first && uid <= v->recent[i].last)
			return true;
	return false;
}

uint32_t view_recent_count(const struct view *v)
{
	uint32_t n = 0;

	for (size_t i = 0; i < v->recent_count; i++)
		n += uidmap_between(v->map, v->recent[i].first, v->recent[i].last);
	return n;
}

/* Adds what is \Deleted in a range, as runs, to at most `max` UIDs. */
static int find_deleted(const struct view *v, struct quarantine *q, struct quarantine_range range,
			struct expunge_list *list)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	int status =
		quarantine_list(q, v->box.id, range.first, range.last, QUARANTINE_FIELD_FLAGS, false, &c);

	if (status != QUARANTINE_OK)
		return status;
	while (list->uids < VIEW_SLICE && list->count < EXPUNGE_RUNS &&
	       (status = quarantine_next(c, &row)) == 1) {
		struct quarantine_range *top = list->count > 0 ? &list->runs[list->count - 1] : NULL;

		if (!(row.flags & QUARANTINE_DELETED))
			continue;
		list->uids++;
		if (top && top->last + 1 == row.uid)
			top->last = row.uid;
		else
			list->runs[list->count++] = (struct quarantine_range){row.uid, row.uid};
	}
	quarantine_cursor_close(c);
	return status < 0 ? status : QUARANTINE_OK;
}

int view_expunge(struct view *v, struct quarantine *q, const struct quarantine_range *ranges, size_t count,
		 bool *more)
{
	struct expunge_list list = {.count = 0};
	const struct quarantine_expunge_request request = {
		.size = sizeof(request),
		.flags = QUARANTINE_DELETED,
		.reason = QUARANTINE_REMOVED,
		.by = v->audit.user,
		.max = VIEW_SLICE,
	};
	struct quarantine_mailbox box;
	size_t done = 0;
	int status = quarantine_mailbox_get(q, v->box.id, &box);

	*more = false;
	if (status != QUARANTINE_OK || box.deleted == 0)
		return status;
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		status = find_deleted(v, q, ranges[i], &list);
	if (status == QUARANTINE_OK && list.count > 0)
		status = quarantine_expunge(q, v->box.id, list.runs, list.count, &request, &done);
	for (size_t i = 0; i < list.count && status == QUARANTINE_OK; i++)
		audit_add(&v->audit, "expunge", NULL, list.runs[i]);
	*more = status == QUARANTINE_OK && (list.uids == VIEW_SLICE || list.count == EXPUNGE_RUNS);
	return status;
}

int view_read_keywords(struct view *v, struct quarantine *q)
{
	struct quarantine_keywords fresh = {0};
	int status = q ? quarantine_keywords_get(q, v->box.id, &fresh) : feed_keywords(v->feed, &fresh);

	if (status != QUARANTINE_OK)
		return status;
	quarantine_keywords_free(&v->keywords);
	v->keywords = fresh;
	return QUARANTINE_OK;
}

uint64_t view_keyword(const struct quarantine_keywords *keywords, struct slice name)
{
	for (size_t i = 0; i < QUARANTINE_KEYWORDS_MAX; i++)
		if (keywords->name[i] && slice_ieq(slice_str(keywords->name[i]), name))
			return (uint64_t)1 << (QUARANTINE_KEYWORD_BIT + i);
	return 0;
}

static void add_flag(const char *name, bool *separate, struct buf *out)
{
	if (*separate)
		buf_add_char(out, ' ');
	*separate = true;
	buf_add_str(out, name);
}

/* Appends the names of the flags, with `separate` before the first as between all. */
static void flag_names(const struct view *v, uint64_t flags, bool separate, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(system_flags); i++) {
		if (!(flags & system_flags[i].bit))
			continue;
		add_flag(system_flags[i].name, &separate, out);
	}
	for (size_t i = 0; i < QUARANTINE_KEYWORDS_MAX && flags >> (QUARANTINE_KEYWORD_BIT + i); i++) {
		if (!(flags >> (QUARANTINE_KEYWORD_BIT + i) & 1) || !v->keywords.name[i])
			continue;
		add_flag(v->keywords.name[i], &separate, out);
	}
}

void view_flags(const struct view *v, uint32_t uid, uint64_t flags, struct buf *out)
{
	bool recent = !(v->enabled & VIEW_REV2) && view_recent(v, uid);

	buf_add_str(out, recent ? "(\\Recent" : "(");
	flag_names(v, flags, recent, out);
	buf_add_char(out, ')');
}

void view_flag_names(const struct view *v, struct buf *out)
{
	flag_names(v, UINT64_MAX, false, out);
}

void view_tell_change(const struct view *v, const struct view_change *c, bool uid, bool flags,
		      struct response *r)
{
	bool modseq = v->enabled & VIEW_CONDSTORE;

	uid |= modseq || v->enabled & VIEW_REV2;
	buf_add_str(&r->out, "* ");
	buf_add_uint(&r->out, uidmap_seq(v->map, c->uid));
	buf_add_str(&r->out, " FETCH (");
	if (uid) {
		buf_add_str(&r->out, "UID ");
		buf_add_uint(&r->out, c->uid);
	}
	if (flags) {
		buf_add_str(&r->out, uid ? " FLAGS " : "FLAGS ");
		view_flags(v, c->uid, c->flags, &r->out);
	}
	if (modseq) {
		buf_add_str(&r->out, " MODSEQ (");
		buf_add_uint(&r->out, c->modseq);
		buf_add_char(&r->out, ')');
	}
	buf_add_str(&r->out, ")\r\n");
}

void view_flags_line(const struct view *v, struct response *r)
{
	buf_add_str(&r->out, "* FLAGS (");
	view_flag_names(v, &r->out);
	buf_add_str(&r->out, ")\r\n");
}

void view_permanent_flags(const struct view *v, struct response *r)
{
	buf_add_str(&r->out, "* OK [PERMANENTFLAGS (");
	if (!v->read_only) {
		view_flag_names(v, &r->out);
		buf_add_str(&r->out, v->keywords.count < QUARANTINE_KEYWORDS_MAX ? " \\*" : "");
	}
	buf_add_str(&r->out, v->read_only ? ")] Read-only\r\n" : ")] Flags permitted\r\n");
}

void view_new_keywords(const struct view *v, struct response *r)
{
	view_flags_line(v, r);
	if (v->keywords.count == QUARANTINE_KEYWORDS_MAX && !v->read_only)
		view_permanent_flags(v, r);
}
