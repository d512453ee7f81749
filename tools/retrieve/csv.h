/* SPDX-License-Identifier: ISC
 *
 * Lines of CSV (RFC 4180) made of text that somebody hostile wrote. One record is one line whatever the
 * cells hold, a spreadsheet takes no cell for a formula, and a terminal shows the line and does nothing else.
 */
#ifndef QUARANTINE_TOOLS_RETRIEVE_CSV_H
#define QUARANTINE_TOOLS_RETRIEVE_CSV_H

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

enum { CSV_CELL_MAX = 32000 }; /* bytes of a cell that are shown; a spreadsheet takes 32,767 characters */

/* Appends a cell, after a comma unless it is the first of the line. */
void csv_cell(struct slice text, bool first, struct buf *out);

#endif
