/* SPDX-License-Identifier: ISC
 *
 * Rows in one of the forms that the report is written in. Each row is one line, whatever its cells hold. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_FORMAT_H
#define QUARANTINE_TOOLS_RETRIEVE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

enum format {
	FORMAT_CSV,   /* RFC 4180 */
	FORMAT_TSV,   /* as CSV, with tabs and without quotes: no cell holds a tab */
	FORMAT_JSON,  /* an object a line, whose members are the titles */
	FORMAT_TABLE, /* for people; see table.h for the widths */
};

/* Reads "csv", "tsv", "json", "table"; the name for one. */
bool format_parse(const char *name, enum format *format);
const char *format_name(enum format format);

/* Whether the form's first line is the titles. */
static inline bool format_has_titles(enum format format)
{
	return format != FORMAT_JSON;
}

/* Appends a row of CSV, TSV or JSON without a line end. `raw`: formulas stay. */
void format_row(enum format format, bool raw, const struct slice *titles, const struct slice *cells,
		size_t count, struct buf *out);

#endif
