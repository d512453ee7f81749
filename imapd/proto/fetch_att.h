/* SPDX-License-Identifier: ISC
 *
 * What FETCH is asked for (RFC 9051 section 6.4.5, RFC 3501 section 6.4.5): macros expanded, sections
 * taken apart, the label of each item kept as the client wrote it, because some compare it. Pure. */
#ifndef IMAPD_PROTO_FETCH_ATT_H
#define IMAPD_PROTO_FETCH_ATT_H

#include <stdint.h>

#include "../../store/mime/section.h"
#include "parse.h"

enum { FETCH_ITEMS_MAX = 100, FETCH_DEPTH_MAX = 101, FETCH_NAMES_MAX = 256 };

enum fetch_kind {
	FETCH_UID,
	FETCH_FLAGS,
	FETCH_INTERNALDATE,
	FETCH_SIZE, /* RFC822.SIZE */
	FETCH_ENVELOPE,
	FETCH_BODY, /* BODY without section */
	FETCH_BODYSTRUCTURE,
	FETCH_SECTION, /* BODY[…], BODY.PEEK[…], RFC822, RFC822.HEADER, RFC822.TEXT */
	FETCH_MODSEQ,
	FETCH_BINARY, /* BINARY[…], BINARY.PEEK[…] (RFC 3516) */
	FETCH_BINARY_SIZE,
	FETCH_SAVEDATE, /* RFC 8514 */
	FETCH_EMAILID,  /* RFC 8474 */
	FETCH_THREADID,
	FETCH_PREVIEW, /* RFC 8970 */
};

struct fetch_item {
	enum fetch_kind kind;
	/* Answered before the value, complete: "BODY[HEADER.FIELDS (From)]<0>", "RFC822". */
	struct slice label;
	bool sets_seen;
	uint32_t *path; /* part numbers */
	size_t depth;
	enum mime_section_text text;
	bool fields; /* HEADER.FIELDS or HEADER.FIELDS.NOT, with `names` */
	bool fields_not;
	struct slice *names;
	size_t name_count;
	bool partial; /* <offset.size>; the label has <offset> */
	uint64_t offset;
	uint64_t size;
};

struct fetch_items {
	struct fetch_item *list; /* in the arena */
	size_t count;
};

/* "ALL", an item, or a list of items. RFC822.PEEK and HEADER.FIELDS(A) without the blank, which some
 * clients send, are taken. Field names are printable ASCII. */
bool fetch_items_parse(struct parser *p, struct fetch_items *out);

#endif
