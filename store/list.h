/* SPDX-License-Identifier: ISC
 *
 * A cursor over entries, and the row on which its statement stands. */
#ifndef QUARANTINE_LIST_H
#define QUARANTINE_LIST_H

#include "stmt.h"

struct quarantine_cursor {
	struct quarantine *q;
	enum query query;
	sqlite3_stmt *stmt;
	unsigned fields;
	struct buf parts, header; /* of the row */
	sqlite3_stmt *blocks;     /* of QUERY_CHANGES */
	bool in_block;            /* and `stmt` reads one of them */
	uint32_t first, last;
};

/* Fills *row from the columns of the cursor's query, as far as its fields ask for them. Borrowed until the
 * next step. 1 or a status. */
int list_row_read(struct quarantine_cursor *c, struct quarantine_entry *row);

#endif
