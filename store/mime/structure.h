/* SPDX-License-Identifier: ISC
 *
 * The MIME structure of a message (RFC 2045, 2046), found in one pass over its bytes: a flat array of
 * parts in the order of the message, each with its place in the bytes. Linear in time, bounded in
 * depth and number, never fails: what it cannot read, or what lies beyond a limit, is an opaque leaf. */
#ifndef QUARANTINE_MIME_STRUCTURE_H
#define QUARANTINE_MIME_STRUCTURE_H

#include <stdint.h>

#include "../base/buf.h"
#include "../base/slice.h"
#include "limits.h"
#include "transfer.h"

enum mime_part_kind { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

/* parts[0] is the message itself. Children of part p are those whose parent is p, in order; `next`
 * chains them. A MIME_MESSAGE part (message/rfc822, message/global) has one child: the message
 * inside, whose header is at the start of its parent's body. */
struct mime_part {
	uint32_t parent;        /* of parts[0]: itself */
	uint32_t first_child;   /* 0: none */
	uint32_t next;          /* next sibling; 0: none */
	uint8_t kind;           /* enum mime_part_kind */
	uint8_t encoding;       /* enum mime_encoding */
	uint64_t header;        /* offset of the part's header block */
	uint64_t header_length; /* its empty line included */
	uint64_t body;          /* offset of the body */
	uint64_t body_length;   /* without the line end that belongs to the next boundary */
	uint64_t lines;         /* line ends in the body; a last line without does not count */
};

struct mime_structure {
	struct mime_part *parts;
	size_t count;
	bool bounded; /* a limit was met: something lies in an opaque leaf */
};

/* Reads the structure; parts[0] always exists. False only when memory runs out. Free by _finish. */
bool mime_structure_parse(struct slice message, struct mime_structure *out);
void mime_structure_finish(struct mime_structure *s);

/* The part map as bytes to store, and back. _decode treats its input as hostile: false when any
 * number does not fit a message of `message_length` bytes. */
void mime_structure_encode(const struct mime_structure *s, struct buf *out);
bool mime_structure_decode(struct slice map, uint64_t message_length, struct mime_structure *out);

/* A structured field such as Content-Type: "type/subtype; name=value; …" (RFC 2045 section 5.1,
 * RFC 2231 continuations joined, percent encoding kept). Of equal names the first is kept. Slices point
 * into `scratch`. Starts zeroed, and may be read into again and again. */
struct mime_parameter {
	struct slice name;  /* a trailing "*" of RFC 2231 kept */
	struct slice value; /* quoting undone */
};

struct mime_content {
	struct slice type;    /* "text"; of a disposition: the disposition */
	struct slice subtype; /* empty in a disposition */
	struct mime_parameter parameters[MIME_PARAMETERS_MAX];
	size_t count;
	struct buf scratch;
};

/* Always gives a type; content without a readable Content-Type is text/plain as in RFC 2045 section
 * 5.2 (or message/rfc822 inside multipart/digest: the caller says so by `fallback_message`). */
void mime_content_type(struct slice value, bool fallback_message, struct mime_content *out);
void mime_content_disposition(struct slice value, struct mime_content *out);
void mime_content_finish(struct mime_content *c);

/* The value of a parameter by name without regard to case; {NULL, 0} when there is none. */
struct slice mime_parameter(const struct mime_content *c, struct slice name);

#endif
