/* SPDX-License-Identifier: ISC
 *
 * Rows as a table for people. The first rows are held back until the widths of the columns are known; what
 * comes after them is cut to those. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_TABLE_H
#define QUARANTINE_TOOLS_RETRIEVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

enum {
	TABLE_COLUMNS_MAX = 72,
	TABLE_HELD = 100,     /* rows that the widths are taken from */
	TABLE_WIDTH_MAX = 40, /* of a column */
};

struct table {
	size_t count; /* of columns */
	size_t widths[TABLE_COLUMNS_MAX];
	struct buf held; /* clean cells, each with its end */
	size_t held_rows;
	bool flowing; /* the widths stand */
};

/* Appends the lines that can be written now, each with a line feed. */
void table_row(struct table *t, const struct slice *cells, struct buf *out);
void table_flush(struct table *t, struct buf *out);
void table_finish(struct table *t);

/* How many places of a terminal the text takes. */
size_t table_width(struct slice text);

#endif
