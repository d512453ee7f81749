/* SPDX-License-Identifier: ISC
 *
 * Groups as rows: count, first and last time, values, and for people a bar. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_CHART_H
#define QUARANTINE_TOOLS_RETRIEVE_CHART_H

#include "groups.h"
#include "rows.h"

/* Sets the titles: those before the values, then `names`, then one for the bar if `bars`. */
void chart_titles(struct rows *rows, const struct slice *names, size_t count, bool bars);

/* Sorts the groups and writes the `top` largest (0: all); a last row counts those left out. */
bool chart_write(struct groups *groups, size_t top, bool bars, struct rows *rows);

#endif
