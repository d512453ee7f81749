/* SPDX-License-Identifier: ISC
 *
 * Reads the rows of given UIDs in steps, however they are scattered: what SORT and THREAD do with the
 * messages that were found. Holds nothing of the store between two steps. */
#ifndef IMAPD_SEARCH_ROWS_H
#define IMAPD_SEARCH_ROWS_H

#include <stdbool.h>

#include "../../store/include/quarantine.h"
#include "../proto/seqset.h"

struct pace;

struct search_rows {
	const struct seqset_builder *uids; /* ascending */
	int64_t mailbox;
	unsigned fields;
	size_t at;     /* the range where the next UID is */
	uint32_t next; /* UIDs below were read */
};

typedef void search_row_fn(void *context, const struct quarantine_entry *row);

/* Calls `take` for each row; messages that were purged meanwhile have none. *more: call again. A QUARANTINE_
 * status. */
int search_rows_step(struct search_rows *rows, struct quarantine *q, const struct pace *pace,
		     search_row_fn *take, void *context, bool *more);

#endif
