/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "mailbox.h"
#include "ranges.h"

enum { FLAGS_ALL_BITS = QUARANTINE_KEYWORD_BIT + QUARANTINE_KEYWORDS_MAX };

/* New flags are (old & keep) | add, for every kind of change. */
struct change {
	int64_t mailbox;
	uint64_t unchanged_since;
	uint64_t keep;
	uint64_t add;
	int64_t modseq;
	struct ranges *refused; /* NULL: nobody asks */
	int64_t changed;        /* entries, unseen and deleted by the change so far */
	int64_t unseen;
	int64_t deleted;
};

static bool may_refuse(const struct change *c)
{
	return c->refused && c->unchanged_since < INT64_MAX;
}

/* Notes which entries are too new, before any is changed. */
static int note_refused(struct quarantine *q, const struct change *c, struct quarantine_range range)
{
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_FLAGS_REFUSED, &stmt, "lllu", c->mailbox, (int64_t)range.first,
			       (int64_t)range.last, c->unchanged_since);

	if (status != QUARANTINE_OK)
		return status;
	while ((status = stmt_step(q, stmt)) > 0) {
		uint32_t uid = (uint32_t)sqlite3_column_int64(stmt, 0);

		status = ranges_add(q, c->refused, uid, uid);
		if (status != QUARANTINE_OK)
			break;
	}
	stmt_done(stmt);
	return status;
}

static int change_range(struct quarantine *q, struct change *c, struct quarantine_range range)
{
	sqlite3_stmt *stmt;
	int64_t count;
	int status = stmt_row(q, QUERY_FLAGS_COUNT, &stmt, "llluuu", c->mailbox, (int64_t)range.first,
			      (int64_t)range.last, c->unchanged_since, c->keep, c->add);

	if (status <= 0)
		return status;
	count = sqlite3_column_int64(stmt, 0);
	c->changed += count;
	c->unseen += sqlite3_column_int64(stmt, 1);
	c->deleted += sqlite3_column_int64(stmt, 2);
	stmt_done(stmt);
	if (count == 0)
		return QUARANTINE_OK;
	return stmt_run(q, QUERY_FLAGS_CHANGE, "llluuul", c->mailbox, (int64_t)range.first,
			(int64_t)range.last, c->unchanged_since, c->keep, c->add, c->modseq);
}

static int change_all(struct quarantine *q, struct change *c, const struct quarantine_range *ranges,
		      size_t count)
{
	struct quarantine_mailbox info;
	int status = mailbox_get(q, c->mailbox, &info);

	if (status != QUARANTINE_OK)
		return status;
	c->modseq = (int64_t)info.highest_modseq + 1;
	for (size_t i = 0; i < count && may_refuse(c) && status == QUARANTINE_OK; i++)
		status = note_refused(q, c, ranges[i]);
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		status = change_range(q, c, ranges[i]);
	if (status != QUARANTINE_OK)
		return status;
	if (c->changed == 0) {
		c->modseq--;
		return QUARANTINE_OK;
	}
	return stmt_run(q, QUERY_MAILBOX_ADJUST, "llllll", c->mailbox, c->modseq, (int64_t)0, c->unseen,
			c->deleted, (int64_t)0);
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

/* Does what is asked in a transaction; change->modseq is the mailbox's highest afterwards. */
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
			asked.refused->count = 0;
		status = write_begin(q);
		if (status == QUARANTINE_OK)
			status = write_end(q, change_all(q, change, ranges, count));
	} while (asked.add & QUARANTINE_DELETED && reserve_yields(q, status)); /* the way to an expunge */
	return status;
}

int quarantine_flags_change(struct quarantine *q, int64_t mailbox, const struct quarantine_range *ranges,
			    size_t count, const struct quarantine_flag_request *request, uint64_t *highest)
{
	struct change change = {.mailbox = mailbox};
	int status = change_flags(q, &change, ranges, count, request);

	if (status == QUARANTINE_OK && highest)
		*highest = (uint64_t)change.modseq;
	return status;
}

int quarantine_flags_change_if(struct quarantine *q, int64_t mailbox, const struct quarantine_range *ranges,
			       size_t count, const struct quarantine_flag_request *request,
			       struct quarantine_flag_result *result)
{
	struct ranges refused = {0};
	struct change change = {.mailbox = mailbox, .refused = &refused};
	int status = change_flags(q, &change, ranges, count, request);

	if (status != QUARANTINE_OK) {
		free(refused.items);
		return status;
	}
	*result = (struct quarantine_flag_result){(uint64_t)change.changed, (uint64_t)change.modseq,
						  refused.items, refused.count};
	return QUARANTINE_OK;
}
