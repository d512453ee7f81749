/* SPDX-License-Identifier: ISC
 *
 * The rows of a report on their way out: titles, then rows, in the form that was asked for. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_ROWS_H
#define QUARANTINE_TOOLS_RETRIEVE_ROWS_H

#include "format.h"
#include "output.h"
#include "table.h"

enum { ROWS_COLUMNS_MAX = TABLE_COLUMNS_MAX };

struct rows {
	enum format format;
	bool raw; /* formulas stay as they are */
	struct output *out;
	struct slice titles[ROWS_COLUMNS_MAX];
	size_t count; /* of columns */
	struct table table;
	struct buf text;
	bool begun;
};

/* All functions return whether all went well so far; out->error says what did not. */
bool rows_begin(struct rows *r); /* the titles; a second call does nothing */
bool rows_add(struct rows *r, const struct slice *cells);
bool rows_end(struct rows *r); /* what was held back */
void rows_finish(struct rows *r);

#endif
