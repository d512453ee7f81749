/* SPDX-License-Identifier: ISC
 *
 * A message leaves in two steps. Expunged, its entry stays as a row that is `gone`, so that views that
 * still name it can read it. Purged, only its UID is left, in a tombstone that covers a range. */
#include <stdlib.h>

#include "block.h"
#include "include/quarantine_admin.h"
#include "mailbox.h"
#include "message.h"

struct expunge {
	struct quarantine_mailbox info;
	uint64_t flags;
	enum quarantine_reason reason;
	const char *by;
	int64_t now;
	struct block_marks marks;
	int64_t left;                          /* entries that may still go */
	int64_t count, unseen, deleted, bytes; /* that went */
};

/* Counts what of the range goes; *last becomes its last UID, 0: nothing. */
static int look_at_range(struct quarantine *q, struct expunge *e, struct quarantine_range range,
			 int64_t *last)
{
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_EXPUNGE_LIST, &stmt, "lllul", e->info.id, (int64_t)range.first,
			       (int64_t)range.last, e->flags, e->left);

	*last = 0;
	if (status != QUARANTINE_OK)
		return status;
	while ((status = stmt_step(q, stmt)) > 0) {
		uint64_t flags = (uint64_t)sqlite3_column_int64(stmt, 1);

		*last = sqlite3_column_int64(stmt, 0);
		e->unseen += (flags & QUARANTINE_SEEN) == 0;
		e->deleted += (flags & QUARANTINE_DELETED) != 0;
		e->bytes += sqlite3_column_int64(stmt, 2);
		e->count++;
		e->left--;
		status = block_mark(q, &e->marks, *last);
		if (status != QUARANTINE_OK)
			break;
	}
	stmt_done(stmt);
	return status;
}

static int expunge_range(struct quarantine *q, struct expunge *e, struct quarantine_range range)
{
	int64_t last;
	int status = look_at_range(q, e, range, &last);

	if (status != QUARANTINE_OK || last == 0)
		return status;
	return stmt_run(q, QUERY_EXPUNGE, "lllulllt", e->info.id, (int64_t)range.first, last, e->flags,
			(int64_t)e->reason, e->now, e->marks.modseq, e->by);
}

static int expunge_all(struct quarantine *q, struct expunge *e, const struct quarantine_range *ranges,
		       size_t count)
{
	int status = mailbox_get(q, e->info.id, &e->info);

	e->marks = (struct block_marks){e->info.id, (int64_t)e->info.highest_modseq + 1, -1};
	for (size_t i = 0; i < count && status == QUARANTINE_OK && e->left > 0; i++)
		status = expunge_range(q, e, ranges[i]);
	if (status != QUARANTINE_OK || e->count == 0)
		return status;
	return stmt_run(q, QUERY_MAILBOX_ADJUST, "llllll", e->info.id, e->marks.modseq, e->count, -e->unseen,
			-e->deleted, e->bytes);
}

int mailbox_expunge_one(struct quarantine *q, int64_t mailbox, uint32_t uid, enum quarantine_reason reason)
{
	struct quarantine_range range = {uid, uid};
	struct expunge e = {.info.id = mailbox, .reason = reason, .now = store_now(), .left = 1};
	int status = expunge_all(q, &e, &range, 1);

	if (status == QUARANTINE_OK && e.count == 0)
		return store_fail(q, QUARANTINE_NOT_FOUND, "%s: no such message", q->path);
	return status;
}

int quarantine_expunge(struct quarantine *q, int64_t mailbox, const struct quarantine_range *ranges,
		       size_t count, const struct quarantine_expunge_request *request, size_t *done)
{
	struct expunge e;
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (!request || request->size < sizeof(*request) || request->reason < QUARANTINE_REMOVED ||
	    request->reason > QUARANTINE_RELEASED || request->flags > INT64_MAX)
		return store_fail(q, QUARANTINE_INVALID, "no usable request to expunge");
	do {
		e = (struct expunge){
			.info.id = mailbox,
			.flags = request->flags,
			.reason = request->reason,
			.by = request->by,
			.now = store_now(),
			.left = request->max > INT64_MAX ? INT64_MAX : (int64_t)request->max,
		};
		status = write_begin(q);
		if (status == QUARANTINE_OK)
			status = write_end(q, expunge_all(q, &e, ranges, count));
	} while (reserve_yields(q, status));
	if (status == QUARANTINE_OK)
		*done = (size_t)e.count;
	return status;
}

/* An entry to be purged, and the tombstone it becomes. */
struct gone {
	int64_t mailbox;
	int64_t uid;
	int64_t message;
	int64_t modseq;
	int64_t reason;
	int64_t at;
};

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Lets the tombstone of one UID grow into its neighbours where the reason is the same. */
static int tombstone_add(struct quarantine *q, const struct gone *g)
{
	int64_t first = g->uid, last = g->uid, modseq = g->modseq, at = g->at;
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_TOMBSTONE_BEFORE, &stmt, "lll", g->mailbox, g->uid, g->reason);

	if (status > 0) {
		first = sqlite3_column_int64(stmt, 0);
		modseq = larger(modseq, sqlite3_column_int64(stmt, 1));
		at = larger(at, sqlite3_column_int64(stmt, 2));
		stmt_done(stmt);
	}
	if (status >= 0)
		status = stmt_row(q, QUERY_TOMBSTONE_AFTER, &stmt, "lll", g->mailbox, g->uid, g->reason);
	if (status < 0)
		return status;
	if (status > 0) {
		last = sqlite3_column_int64(stmt, 0);
		modseq = larger(modseq, sqlite3_column_int64(stmt, 1));
		at = larger(at, sqlite3_column_int64(stmt, 2));
		stmt_done(stmt);
		status = stmt_run(q, QUERY_TOMBSTONE_DELETE, "ll", g->mailbox, g->uid + 1);
	}
	if (status != QUARANTINE_OK)
		return status;
	return stmt_run(q, QUERY_TOMBSTONE_SET, "llllll", g->mailbox, first, last, modseq, g->reason, at);
}

static int purge_one(struct quarantine *q, const struct gone *g)
{
	int status = tombstone_add(q, g);

	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_ENTRY_DELETE, "ll", g->mailbox, g->uid);
	return status == QUARANTINE_OK ? message_release(q, g->message) : status;
}

/* The list is read to its end before anything is changed. */
static int list_gone(struct quarantine *q, int64_t before, struct gone *list, size_t max, size_t *count)
{
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_PURGE_LIST, &stmt, "lu", before, (uint64_t)max);

	if (status != QUARANTINE_OK)
		return status;
	*count = 0;
	while (*count < max && (status = stmt_step(q, stmt)) > 0) {
		list[(*count)++] = (struct gone){
			.mailbox = sqlite3_column_int64(stmt, 0),
			.uid = sqlite3_column_int64(stmt, 1),
			.message = sqlite3_column_int64(stmt, 2),
			.modseq = sqlite3_column_int64(stmt, 3),
			.reason = sqlite3_column_int64(stmt, 4),
			.at = sqlite3_column_int64(stmt, 5),
		};
	}
	stmt_done(stmt);
	return status < 0 ? status : QUARANTINE_OK;
}

/* What is in a deleted mailbox goes as if it were expunged. */
static int empty_deleted(struct quarantine *q, size_t max, size_t *count)
{
	struct quarantine_range all = {1, UINT32_MAX};
	struct expunge e = {.reason = QUARANTINE_REMOVED, .now = store_now(), .left = (int64_t)max};
	int status = stmt_int64(q, QUERY_MAILBOX_NAMELESS, 0, &e.info.id, "");

	if (status == QUARANTINE_OK && e.info.id > 0)
		status = expunge_all(q, &e, &all, 1);
	*count = (size_t)e.count;
	return status;
}

/* Pages that nothing uses leave the file with the next checkpoint. */
static int shrink(struct quarantine *q)
{
	int code = sqlite3_exec(q->db, query_text[QUERY_SHRINK], NULL, NULL, NULL);

	return code == SQLITE_OK ? QUARANTINE_OK : store_fail_sqlite(q, code, "shrink");
}

static bool is_same_block(const struct gone *a, const struct gone *b)
{
	return a->mailbox == b->mailbox && a->uid >> BLOCK_BITS == b->uid >> BLOCK_BITS;
}

static int purge(struct quarantine *q, int64_t before, struct gone *list, size_t max, size_t *count)
{
	int status = list_gone(q, before, list, max, count);

	for (size_t i = 0; i < *count && status == QUARANTINE_OK; i++) {
		status = purge_one(q, &list[i]);
		if (status == QUARANTINE_OK && (i + 1 == *count || !is_same_block(&list[i], &list[i + 1])))
			status = block_drop(q, list[i].mailbox, list[i].uid);
	}
	if (status == QUARANTINE_OK && reserve_is_low(q))
		status = shrink(q);
	return status;
}

int quarantine_purge(struct quarantine *q, int64_t before, size_t max, size_t *done)
{
	enum { MOST = 10000 };
	struct gone *list;
	size_t count = 0, emptied = 0;
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (max > MOST)
		max = MOST;
	list = calloc(max > 0 ? max : 1, sizeof(*list));
	if (!list)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	do {
		count = emptied = 0;
		status = write_begin(q);
		if (status == QUARANTINE_OK) {
			status = empty_deleted(q, max, &emptied);
			if (status == QUARANTINE_OK)
				status = purge(q, before, list, max - emptied, &count);
			status = write_end(q, status);
		}
	} while (reserve_yields(q, status));
	free(list);
	if (status == QUARANTINE_OK)
		*done = count + emptied;
	return status;
}
