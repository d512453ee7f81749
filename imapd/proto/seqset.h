/* SPDX-License-Identifier: ISC
 *
 * Sets of sequence numbers or UIDs (RFC 9051, sequence-set): read from text into sorted ranges, never
 * expanded. "*" is kept as SEQSET_STAR until the largest number is known. Pure. */
#ifndef IMAPD_PROTO_SEQSET_H
#define IMAPD_PROTO_SEQSET_H

#include <stdint.h>

#include "../../store/base/buf.h"
#include "parse.h"

enum { SEQSET_RANGES_MAX = 100000 };
#define SEQSET_STAR 0 /* no number of a message is 0 */

struct seqset_range {
	uint32_t first, last;
};

struct seqset {
	struct seqset_range *ranges; /* in the arena */
	size_t count;
	bool saved; /* "$" (RFC 5182) */
};

/* Stops at the first byte that belongs to no set. */
bool seqset_parse(struct parser *p, struct seqset *out);

/* Puts the largest number in place of "*", orders each range, sorts and joins them. In an empty mailbox
 * `largest` is 0 and the set becomes empty. Numbers above `largest` are kept: the caller judges. */
void seqset_resolve(struct seqset *s, uint32_t largest);

bool seqset_contains(const struct seqset *resolved, uint32_t n); /* binary search */

/* Builds sets in ascending order, neighbours joined. A zeroed struct is empty. */
struct seqset_builder {
	struct seqset_range *ranges; /* malloc'd; free by _finish */
	size_t count, cap;
	bool failed;
};
void seqset_add(struct seqset_builder *b, uint32_t first, uint32_t last);
void seqset_finish(struct seqset_builder *b);

/* Takes out what is in `what`, or adds that, which is not in it yet. Both stay ascending. */
void seqset_subtract(struct seqset_builder *b, const struct seqset_builder *what);
void seqset_unite(struct seqset_builder *b, const struct seqset_builder *what);

/* "1:3,7". SEQSET_STAR is printed as "*". */
void seqset_print(const struct seqset_range *ranges, size_t count, struct buf *out);

#endif
