/* SPDX-License-Identifier: ISC
 *
 * Watches what a server sends for answers that would bring the parser behind down: it calls itself for each
 * parenthesis inside another. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_GUARD_H
#define QUARANTINE_TOOLS_RETRIEVE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUARD_DEPTH_MAX = 12 /* parentheses inside one another; what we ask for needs three */ };

/* Zeroed: at the start of a line. */
struct guard {
	unsigned depth;
	bool quoted, escaped;
	bool counting;    /* inside {…} */
	uint64_t number;  /* that stands there */
	uint64_t literal; /* bytes of a literal still to come */
	bool announced;   /* a literal begins behind this line */
};

/* Whether the bytes, which follow those of the calls before, are fine. */
bool guard_pass(struct guard *g, const char *bytes, size_t len);

#endif
