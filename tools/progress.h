/* SPDX-License-Identifier: ISC
 *
 * A progress line on standard error: a bar, the share done, the rate and the time left. Shown only when
 * standard error is a terminal; redrawn ten times a second at most. */
#ifndef QUARANTINE_TOOLS_PROGRESS_H
#define QUARANTINE_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* what is counted: "messages" */
	uint64_t total;   /* what `done` grows to; 0: not known, then no bar and no time left */
	bool shown;
	bool drawn; /* there is a line to wipe */
	double started, last;
};

void progress_start(struct progress *p, const char *what, uint64_t total);

/* `done` of `total` (any unit) is done, and `count` of `what`. */
void progress_show(struct progress *p, uint64_t done, uint64_t count);

/* Wipes the line. */
void progress_finish(struct progress *p);

/* The line without wiping or moving, for any width of at least 40 columns; `seconds` since the start. */
void progress_line(const struct progress *p, uint64_t done, uint64_t count, double seconds, int columns,
		   char *into, unsigned long size);

#endif
