/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "block.h"
#include "mailbox.h"
#include "ranges.h"

enum { FLAGS_ALL_BITS = QUARANTINE_KEYWORD_BIT + QUARANTINE_KEYWORDS_MAX };

struct flag_list {
	struct quarantine_flag_state *items;
	size_t count, room;
};

/* New flags are (old & keep) | add, for every kind of change. */
struct change {
	struct block_marks marks;
	uint64_t unchanged_since;
	uint64_t keep;
	uint64_t add;
	struct ranges *refused;    /* NULL: nobody asks */
	struct flag_list *entries; /* NULL: nobody asks */
	int64_t changed;           /* entries, unseen and deleted by the change so far */
	int64_t unseen;
	int64_t deleted;
};

static int note_entry(struct quarantine *q, struct flag_list *list, struct quarantine_flag_state entry)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		struct quarantine_flag_state *grown = reallocarray(list->items, room, sizeof(*grown));

		if (!grown)
			return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
		list->items = grown;
		list->room = room;
	}
	list->items[list->count++] = entry;
	return QUARANTINE_OK;
}

/* Looks at a present entry before it is changed, or left alone because it is newer than the caller knows; an
 * earlier range of this call may have changed it. *entry becomes what it is afterwards. */
static int look(struct quarantine *q, struct change *c, struct quarantine_flag_state *entry)
{
	uint64_t then = (entry->flags & c->keep) | c->add;

	if (entry->modseq > c->unchanged_since)
		return c->refused && (int64_t)entry->modseq < c->marks.modseq
			       ? ranges_add(q, c->refused, entry->uid, entry->uid)
			       : QUARANTINE_OK;
	if (then == entry->flags)
		return QUARANTINE_OK;
	c->changed++;
	c->unseen += (int64_t)(entry->flags & QUARANTINE_SEEN) - (int64_t)(then & QUARANTINE_SEEN);
	c->deleted += (then & QUARANTINE_DELETED) != 0;
	c->deleted -= (entry->flags & QUARANTINE_DELETED) != 0;
	entry->flags = then;
	entry->modseq = (uint64_t)c->marks.modseq;
	return block_mark(q, &c->marks, entry->uid);
}

static int look_at_range(struct quarantine *q, struct change *c, struct quarantine_range range)
{
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_FLAGS_LIST, &stmt, "lll", c->marks.mailbox, (int64_t)range.first,
			       (int64_t)range.last);

	if (status != QUARANTINE_OK)
		return status;
	while ((status = stmt_step(q, stmt)) > 0) {
		struct quarantine_flag_state entry = {
			.uid = (uint32_t)sqlite3_column_int64(stmt, 0),
			.flags = (uint64_t)sqlite3_column_int64(stmt, 1),
			.modseq = (uint64_t)sqlite3_column_int64(stmt, 2),
		};

		status = look(q, c, &entry);
		if (status == QUARANTINE_OK && c->entries)
			status = note_entry(q, c->entries, entry);
		if (status != QUARANTINE_OK)
			break;
	}
	stmt_done(stmt);
	return status;
}

static int change_range(struct quarantine *q, struct change *c, struct quarantine_range range)
{
	int64_t before = c->changed;
	int status = look_at_range(q, c, range);

	if (status != QUARANTINE_OK || c->changed == before)
		return status;
	return stmt_run(q, QUERY_FLAGS_CHANGE, "llluuul", c->marks.mailbox, (int64_t)range.first,
			(int64_t)range.last, c->unchanged_since, c->keep, c->add, c->marks.modseq);
}

static int change_all(struct quarantine *q, struct change *c, const struct quarantine_range *ranges,
		      size_t count)
{
	struct quarantine_mailbox info;
	int status = mailbox_get(q, c->marks.mailbox, &info);

	if (status != QUARANTINE_OK)
		return status;
	c->marks.modseq = (int64_t)info.highest_modseq + 1;
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		status = change_range(q, c, ranges[i]);
	if (status != QUARANTINE_OK)
		return status;
	if (c->changed == 0) {
		c->marks.modseq--;
		return QUARANTINE_OK;
	}
	return stmt_run(q, QUERY_MAILBOX_ADJUST, "llllll", c->marks.mailbox, c->marks.modseq, (int64_t)0,
			c->unseen, c->deleted, (int64_t)0);
}

static int change_of_request(struct quarantine *q, const struct quarantine_flag_request *request,
			     struct change *out)
{
	const uint64_t all = ((uint64_t)1 << FLAGS_ALL_BITS) - 1;

	if (!request || request->size < sizeof(*request) || (request->flags & ~all))
		return store_fail(q, QUARANTINE_INVALID, "no usable flag request");
	out->unchanged_since = request->unchanged_since > INT64_MAX ? INT64_MAX : request->unchanged_since;
	out->add = request->change == QUARANTINE_FLAGS_REMOVE ? 0 : request->flags;
	switch (request->change) {
	case QUARANTINE_FLAGS_SET:
		out->keep = 0;
		return QUARANTINE_OK;
	case QUARANTINE_FLAGS_ADD:
		out->keep = all;
		return QUARANTINE_OK;
	case QUARANTINE_FLAGS_REMOVE:
		out->keep = all & ~request->flags;
		return QUARANTINE_OK;
	default:
		return store_fail(q, QUARANTINE_INVALID, "unknown kind of flag change");
	}
}

/* Does what is asked in a transaction; change->marks.modseq is the mailbox's highest afterwards. */
static int change_flags(struct quarantine *q, struct change *change, const struct quarantine_range *ranges,
			size_t count, const struct quarantine_flag_request *request)
{
	struct change asked = *change;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = change_of_request(q, request, &asked);
	if (status != QUARANTINE_OK)
		return status;
	do {
		*change = asked;
		if (asked.refused)
			asked.refused->count = asked.entries->count = 0;
		status = write_begin(q);
		if (status == QUARANTINE_OK)
			status = write_end(q, change_all(q, change, ranges, count));
	} while (asked.add & QUARANTINE_DELETED && reserve_yields(q, status)); /* the way to an expunge */
	return status;
}

int quarantine_flags_change(struct quarantine *q, int64_t mailbox, const struct quarantine_range *ranges,
			    size_t count, const struct quarantine_flag_request *request, uint64_t *highest)
{
	struct change change = {.marks = {mailbox, 0, -1}};
	int status = change_flags(q, &change, ranges, count, request);

	if (status == QUARANTINE_OK && highest)
		*highest = (uint64_t)change.marks.modseq;
	return status;
}

int quarantine_flags_change_if(struct quarantine *q, int64_t mailbox, const struct quarantine_range *ranges,
			       size_t count, const struct quarantine_flag_request *request,
			       struct quarantine_flag_result *result)
{
	struct flag_list entries = {.count = 0};
	struct ranges refused = {0};
	struct change change = {.marks = {mailbox, 0, -1}, .refused = &refused, .entries = &entries};
	int status = change_flags(q, &change, ranges, count, request);

	if (status != QUARANTINE_OK) {
		free(refused.items);
		free(entries.items);
		return status;
	}
	*result = (struct quarantine_flag_result){(uint64_t)change.changed,
						  (uint64_t)change.marks.modseq,
						  refused.items,
						  refused.count,
						  entries.items,
						  entries.count};
	return QUARANTINE_OK;
}
