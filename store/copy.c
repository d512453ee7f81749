/* SPDX-License-Identifier: ISC
 *
 * Copying and moving: another entry for the same message. A move out of a mailbox of filters remembers it as
 * the entry's home; only there the message may go back. */
#include <stdlib.h>

#include "block.h"
#include "mailbox.h"

enum { COPY_MOST = 10000, KEYWORDS_END = QUARANTINE_KEYWORD_BIT + QUARANTINE_KEYWORDS_MAX };

struct copied {
	int64_t uid, message, received, length, header_length, home;
	uint64_t flags;
};

struct copy {
	struct quarantine_mailbox from, to;
	bool move;
	struct copied *rows;
	size_t max, count;
	int64_t unseen, deleted, bytes; /* sums of the rows */
};

/* What is to be copied is read before anything is changed. */
static int read_range(struct quarantine *q, struct copy *c, struct quarantine_range range)
{
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_COPY_LIST, &stmt, "lllu", c->from.id, (int64_t)range.first,
			       (int64_t)range.last, (uint64_t)(c->max - c->count));

	if (status != QUARANTINE_OK)
		return status;
	while (c->count < c->max && (status = stmt_step(q, stmt)) > 0) {
		struct copied *row = &c->rows[c->count++];

		*row = (struct copied){
			.uid = sqlite3_column_int64(stmt, 0),
			.message = sqlite3_column_int64(stmt, 1),
			.flags = (uint64_t)sqlite3_column_int64(stmt, 2),
			.received = sqlite3_column_int64(stmt, 3),
			.length = sqlite3_column_int64(stmt, 4),
			.header_length = sqlite3_column_int64(stmt, 5),
			.home = sqlite3_column_int64(stmt, 6),
		};
		c->unseen += (row->flags & QUARANTINE_SEEN) == 0;
		c->deleted += (row->flags & QUARANTINE_DELETED) != 0;
		c->bytes += row->length;
	}
	stmt_done(stmt);
	return status < 0 ? status : QUARANTINE_OK;
}

/* A copy has no home: what it was made from is still there. */
static int settle_homes(struct quarantine *q, struct copy *c)
{
	for (size_t i = 0; i < c->count; i++) {
		int64_t home = c->from.kind == QUARANTINE_KIND_LOG ? c->from.id : c->rows[i].home;

		if (c->to.kind == QUARANTINE_KIND_LOG &&
		    (!c->move || c->from.id == c->to.id || home != c->to.id))
			return store_fail(q, QUARANTINE_INVALID, "%s: only filters put messages there",
					  c->to.name);
		c->rows[i].home = c->move && home != c->to.id ? home : 0;
	}
	return QUARANTINE_OK;
}

/* bits[i] becomes what stands for bit i in the target. */
static int map_keywords(struct quarantine *q, const struct copy *c, uint64_t *bits)
{
	struct quarantine_keywords names = {0};
	uint64_t used = 0;
	int status = quarantine_keywords_get(q, c->from.id, &names);

	for (size_t i = 0; i < c->count; i++)
		used |= c->rows[i].flags;
	for (int i = 0; i < KEYWORDS_END && status == QUARANTINE_OK; i++) {
		const char *name = i < QUARANTINE_KEYWORD_BIT ? NULL : names.name[i - QUARANTINE_KEYWORD_BIT];
		int64_t bit = i;

		if (name && used >> i & 1)
			status = mailbox_keyword(q, c->to.id, name, &bit);
		bits[i] = (uint64_t)1 << bit;
	}
	quarantine_keywords_free(&names);
	return status;
}

/* The flags with the target's bits. */
static uint64_t map_flags(uint64_t flags, const uint64_t *bits)
{
	uint64_t mapped = 0;

	for (int bit = 0; flags >> bit != 0 && bit < KEYWORDS_END; bit++)
		if (flags >> bit & 1)
			mapped |= bits[bit];
	return mapped;
}

/* The rows from `at` on whose UIDs follow each other: the first one that is not among them. */
static size_t run_end(const struct copy *c, size_t at)
{
	size_t end = at + 1;

	while (end < c->count && c->rows[end].uid == c->rows[end - 1].uid + 1)
		end++;
	return end;
}

static int put_rows(struct quarantine *q, const struct copy *c, const uint64_t *bits)
{
	struct block_marks marks = {c->to.id, (int64_t)c->to.highest_modseq + 1, -1};
	int64_t now = store_now();
	int status = QUARANTINE_OK;

	if (c->count >= UINT32_MAX - c->to.uidnext)
		return store_fail(q, QUARANTINE_LIMIT, "%s: %s has no UID left", q->path, c->to.name);
	for (size_t i = 0; i < c->count && status == QUARANTINE_OK; i++) {
		const struct copied *row = &c->rows[i];
		int64_t uid = (int64_t)(c->to.uidnext + i);

		status = stmt_run(q, QUERY_COPY_INSERT, "lllullllll", c->to.id, uid, row->message,
				  map_flags(row->flags, bits), marks.modseq, row->received, row->length,
				  row->header_length, row->home, now);
		if (status == QUARANTINE_OK)
			status = block_mark_arrival(q, &marks, uid);
		if (status == QUARANTINE_OK)
			status = stmt_run(q, QUERY_MESSAGE_SHARE, "l", row->message);
	}
	if (status != QUARANTINE_OK)
		return status;
	return stmt_run(q, QUERY_MAILBOX_GROW, "llllll", c->to.id, (int64_t)c->count, marks.modseq, c->unseen,
			c->deleted, c->bytes);
}

static int leave_rows(struct quarantine *q, const struct copy *c)
{
	struct quarantine_mailbox now; /* source and target may be one */
	struct block_marks marks = {c->from.id, 0, -1};
	int64_t at = store_now();
	int status = mailbox_get(q, c->from.id, &now);

	if (status == QUARANTINE_OK)
		marks.modseq = (int64_t)now.highest_modseq + 1;
	for (size_t i = 0, end; i < c->count && status == QUARANTINE_OK; i = end) {
		end = run_end(c, i);
		status = stmt_run(q, QUERY_COPY_LEAVE, "llllll", c->from.id, c->rows[i].uid,
				  c->rows[end - 1].uid, (int64_t)QUARANTINE_MOVED, at, marks.modseq);
		for (size_t k = i; k < end && status == QUARANTINE_OK; k++)
			status = block_mark(q, &marks, c->rows[k].uid);
	}
	if (status != QUARANTINE_OK)
		return status;
	return stmt_run(q, QUERY_MAILBOX_ADJUST, "llllll", c->from.id, marks.modseq, (int64_t)c->count,
			-c->unseen, -c->deleted, c->bytes);
}

static int copy_all(struct quarantine *q, struct copy *c, const struct quarantine_range *ranges, size_t count)
{
	uint64_t bits[KEYWORDS_END] = {0};
	int status = mailbox_get(q, c->from.id, &c->from);

	if (status == QUARANTINE_OK)
		status = mailbox_get(q, c->to.id, &c->to);
	if (status == QUARANTINE_OK && c->to.name[0] == '\0')
		return mailbox_not_found(q);
	for (size_t i = 0; i < count && status == QUARANTINE_OK && c->count < c->max; i++)
		status = read_range(q, c, ranges[i]);
	if (status != QUARANTINE_OK || c->count == 0)
		return status;
	status = settle_homes(q, c);
	if (status == QUARANTINE_OK)
		status = map_keywords(q, c, bits);
	if (status != QUARANTINE_OK)
		return status;
	status = put_rows(q, c, bits);
	return status == QUARANTINE_OK && c->move ? leave_rows(q, c) : status;
}

int quarantine_copy(struct quarantine *q, const struct quarantine_copy_request *request,
		    const struct quarantine_range *ranges, size_t count, struct quarantine_copied *done,
		    size_t *done_count)
{
	struct copy c = {0};
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (!request || request->size < sizeof(*request) || request->max > COPY_MOST)
		return store_fail(q, QUARANTINE_INVALID, "no usable request to copy");
	c = (struct copy){.from.id = request->from, .to.id = request->to, .max = request->max};
	c.move = request->how == QUARANTINE_MOVE;
	c.rows = calloc(c.max + 1, sizeof(*c.rows));
	if (!c.rows)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	status = write_begin(q);
	if (status == QUARANTINE_OK)
		status = write_end(q, copy_all(q, &c, ranges, count));
	for (size_t i = 0; i < c.count && status == QUARANTINE_OK; i++)
		done[i] = (struct quarantine_copied){(uint32_t)c.rows[i].uid, (uint32_t)(c.to.uidnext + i)};
	if (status == QUARANTINE_OK)
		*done_count = c.count;
	free(c.rows);
	return status;
}
