/* SPDX-License-Identifier: ISC
 *
 * A search program (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4, RFC 5032) as a tree in the arena.
 * Chains of OR and AND are flattened, so that depth counts parentheses and NOT only. Pure. */
#ifndef IMAPD_PROTO_SEARCH_KEY_H
#define IMAPD_PROTO_SEARCH_KEY_H

#include <stdint.h>

#include "parse.h"
#include "search_name.h"
#include "seqset.h"

enum {
	SEARCH_KEYS_MAX = 1024,  /* keys without children */
	SEARCH_OBJECT_MAX = 255, /* characters of an identifier */
	SEARCH_DEPTH_MAX = 32,   /* of the tree, flattened; parentheses that say nothing do not count */
};

struct search_key {
	enum search_op op;
	struct search_key **children; /* their order is not that of the text */
	size_t count;
	unsigned depth;    /* 1 for a key without children; at most SEARCH_DEPTH_MAX */
	struct seqset set; /* as sent */
	struct seqset
		numbers; /* the same for the mailbox at hand: room for that, filled by search_prepare() */
	uint64_t flags;
	uint64_t number;
	int32_t day;       /* days since 1970 */
	struct slice name; /* SEARCH_HEADER: field name */
	struct slice text; /* needles are UTF-8 in the form of mime_fold(…, true, …) */
	size_t place;      /* for who runs the program: 0, or 1 + where it keeps what belongs to the key */
};

struct search_program {
	struct search_key *root;
	bool charset;     /* CHARSET was given */
	bool bad_charset; /* CHARSET named a set that is not known: NO [BADCHARSET] */
	bool limited;     /* a limit above was met: NO [LIMIT] */
};

/* "[CHARSET x] keys" up to the line's end, which stays. False also with bad_charset or limited. */
bool search_program_parse(struct parser *p, struct search_program *out);

/* "x keys": the character set is always named in SORT and THREAD (RFC 5256). */
bool search_criteria_parse(struct parser *p, struct search_program *out);

#endif
