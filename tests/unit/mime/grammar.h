/* SPDX-License-Identifier: ISC
 *
 * A strict reader of ENVELOPE and BODYSTRUCTURE by the grammar of RFC 3501 and 9051. It shares no code
 * with what writes them. */
#ifndef QUARANTINE_TESTS_GRAMMAR_H
#define QUARANTINE_TESTS_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

struct grammar {
	const char *start;
	const char *at;
	const char *end;
	const char *error; /* the first, NULL while there is none */
	int depth;
	size_t parts;     /* bodies read */
	size_t addresses; /* in the longest list */
};

/* True when all of the bytes are one envelope; one body, with all of its extension data or none. */
bool grammar_envelope(struct grammar *g, const char *bytes, size_t len);
bool grammar_body(struct grammar *g, const char *bytes, size_t len, bool extended);

#endif
