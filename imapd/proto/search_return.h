/* SPDX-License-Identifier: ISC
 *
 * What an extended SEARCH or SORT wants told (RFC 4731, 5182, 5267, 9394). Pure. */
#ifndef IMAPD_PROTO_SEARCH_RETURN_H
#define IMAPD_PROTO_SEARCH_RETURN_H

#include <stdint.h>

#include "parse.h"

enum search_return_option {
	SEARCH_RETURN_MIN = 1,
	SEARCH_RETURN_MAX = 2,
	SEARCH_RETURN_ALL = 4,
	SEARCH_RETURN_COUNT = 8,
	SEARCH_RETURN_SAVE = 16,
	SEARCH_RETURN_PARTIAL = 32,
	SEARCH_RETURN_CONTEXT = 64, /* a hint: the search will come again */
	SEARCH_RETURN_UPDATE = 128, /* tell later changes of the results */
};

/* Places among the results, 1 the first or, with `from_end`, the last; in the order as sent. */
struct search_partial {
	uint32_t first, last;
	bool from_end;
};

struct search_return {
	bool asked;       /* the answer is ESEARCH */
	unsigned options; /* enum search_return_option; "()" is ALL */
	struct search_partial partial;
	struct slice items; /* of UPDATE: its FETCH items as sent, with their parentheses; data NULL: none */
};

/* ["RETURN" SP "(" … ")" SP]; without it *out is zeroed. */
bool search_return_parse(struct parser *p, struct search_return *out);

/* partial-range = nz-number ":" nz-number / "-" nz-number ":" "-" nz-number */
bool search_partial_parse(struct parser *p, struct search_partial *out);

/* How many results from one end, in mailbox order, are all that can be told or saved; others need not be
 * looked for. */
struct search_limit {
	uint64_t count; /* UINT64_MAX: all are needed */
	bool from_end;  /* the last ones */
};
struct search_limit search_return_limit(const struct search_return *wanted);

/* Which of `count` results it means: [*from, *to), counted from 0. */
void search_partial_window(const struct search_partial *p, uint64_t count, uint64_t *from, uint64_t *to);

#endif
