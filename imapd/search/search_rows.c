/* SPDX-License-Identifier: ISC */
#include "search_rows.h"

#include "../pace.h"

enum { GAP_MAX = 64 }; /* so many rows are sooner read past than looked up anew */

/* Whether the row is wanted; moves to its range or the one behind it. */
static bool is_wanted(struct search_rows *rows, uint32_t uid)
{
	while (rows->at < rows->uids->count && rows->uids->ranges[rows->at].last < uid)
		rows->at++;
	return rows->at < rows->uids->count && rows->uids->ranges[rows->at].first <= uid;
}

/* Reads on until time is up, the end, or a gap that is better jumped. */
static int read_run(struct search_rows *rows, struct quarantine *q, const struct pace *pace,
		    search_row_fn *take, void *context)
{
	const struct seqset_builder *uids = rows->uids;
	uint32_t last = uids->ranges[uids->count - 1].last;
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	unsigned looked = 0;
	int status = quarantine_list(q, rows->mailbox, rows->next, last, rows->fields, true, &c);

	if (status != QUARANTINE_OK)
		return status;
	while ((status = quarantine_next(c, &row)) == 1) {
		rows->next = row.uid + 1;
		if (is_wanted(rows, row.uid))
			take(context, &row);
		if (rows->at == uids->count || uids->ranges[rows->at].first > rows->next + GAP_MAX ||
		    (++looked % PACE_ROWS == 0 && pace_over(pace)))
			break;
	}
	if (status == 0)
		rows->at = uids->count;
	quarantine_cursor_close(c);
	return status < 0 ? status : QUARANTINE_OK;
}

int search_rows_step(struct search_rows *rows, struct quarantine *q, const struct pace *pace,
		     search_row_fn *take, void *context, bool *more)
{
	int status = QUARANTINE_OK;

	while (status == QUARANTINE_OK && rows->at < rows->uids->count) {
		if (rows->next < rows->uids->ranges[rows->at].first)
			rows->next = rows->uids->ranges[rows->at].first;
		status = read_run(rows, q, pace, take, context);
		if (pace_over(pace))
			break;
	}
	*more = status == QUARANTINE_OK && rows->at < rows->uids->count;
	return status;
}
