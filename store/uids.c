/* SPDX-License-Identifier: ISC
 *
 * The ranges of UIDs that are there, and of those that are gone. */
#include <stdlib.h>

#include "mailbox.h"
#include "ranges.h"

/* What was given and is not gone: takes time by what is gone, not by what is there. *total becomes the
 * number of UIDs found. */
static int collect_around_gone(struct quarantine *q, const struct quarantine_mailbox *row,
			       struct ranges *list, uint64_t *total)
{
	uint32_t next = 1;
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_UIDS_GONE, &stmt, "l", row->id);

	if (status != QUARANTINE_OK)
		return status;
	*total = 0;
	while ((status = stmt_step(q, stmt)) > 0) {
		uint32_t first = (uint32_t)sqlite3_column_int64(stmt, 0);
		uint32_t last = (uint32_t)sqlite3_column_int64(stmt, 1);

		if (first > next) {
			*total += first - next;
			status = ranges_add(q, list, next, first - 1);
			if (status != QUARANTINE_OK)
				break;
		}
		if (last >= next)
			next = last + 1;
	}
	stmt_done(stmt);
	if (status == QUARANTINE_OK && row->uidnext > next) {
		*total += row->uidnext - next;
		status = ranges_add(q, list, next, row->uidnext - 1);
	}
	return status;
}

/* Looks at every entry. */
static int collect_present(struct quarantine *q, int64_t mailbox, struct ranges *list)
{
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_UIDS, &stmt, "l", mailbox);

	if (status != QUARANTINE_OK)
		return status;
	list->count = 0;
	while ((status = stmt_step(q, stmt)) > 0) {
		uint32_t uid = (uint32_t)sqlite3_column_int64(stmt, 0);

		status = ranges_add(q, list, uid, uid);
		if (status != QUARANTINE_OK)
			break;
	}
	stmt_done(stmt);
	return status;
}

static int collect_uids(struct quarantine *q, const struct quarantine_mailbox *row, struct ranges *list)
{
	uint64_t total;
	int status = collect_around_gone(q, row, list, &total);

	if (status == QUARANTINE_OK && total != row->messages)
		status = collect_present(q, row->id, list);
	return status;
}

int quarantine_uids(struct quarantine *q, int64_t mailbox, struct quarantine_mailbox *info,
		    struct quarantine_range **ranges, size_t *count)
{
	struct quarantine_mailbox row;
	struct ranges list = {0};
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = read_begin(q);
	if (status != QUARANTINE_OK)
		return status;
	status = mailbox_get(q, mailbox, &row);
	if (status == QUARANTINE_OK)
		status = collect_uids(q, &row, &list);
	read_end(q);
	if (status != QUARANTINE_OK) {
		free(list.items);
		return status;
	}
	*info = row;
	*ranges = list.items;
	*count = list.count;
	return QUARANTINE_OK;
}

static int collect_vanished(struct quarantine *q, int64_t mailbox, uint64_t since, struct ranges *list)
{
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_VANISHED, &stmt, "lu", mailbox, since);

	if (status != QUARANTINE_OK)
		return status;
	while ((status = stmt_step(q, stmt)) > 0) {
		status = ranges_add(q, list, (uint32_t)sqlite3_column_int64(stmt, 0),
				    (uint32_t)sqlite3_column_int64(stmt, 1));
		if (status != QUARANTINE_OK)
			break;
	}
	stmt_done(stmt);
	return status;
}

int quarantine_vanished(struct quarantine *q, int64_t mailbox, uint64_t since,
			struct quarantine_range **ranges, size_t *count)
{
	struct ranges list = {0};
	int status = store_enter(q);

	if (since > INT64_MAX)
		since = INT64_MAX;
	if (status == QUARANTINE_OK)
		status = collect_vanished(q, mailbox, since, &list);
	if (status != QUARANTINE_OK) {
		free(list.items);
		return status;
	}
	*ranges = list.items;
	*count = list.count;
	return QUARANTINE_OK;
}
