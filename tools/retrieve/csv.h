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

/* Appends the text cut to CSV_CELL_MAX, in the form that a terminal bears, and unless `raw` in the one that a
 * spreadsheet takes for a text. */
void csv_clean(struct slice text, bool raw, struct buf *out);

/* Appends it as a cell: in quotes where it needs them. */
void csv_cell(struct slice text, bool raw, struct buf *out);

#endif
