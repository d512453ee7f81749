/* SPDX-License-Identifier: ISC
 *
 * Writes the decoded content of a part (BINARY of RFC 3516, RFC 9051 section 6.4.5) and its size. It is
 * decoded twice, in pieces: once to know the size and whether it holds NUL, then to be written. What is
 * broken in the encoding is decoded as store/mime/transfer.h says. A whole message and a part with parts
 * stand as they are. */
#ifndef IMAPD_FETCH_BINARY_H
#define IMAPD_FETCH_BINARY_H

#include "../../store/mime/transfer.h"
#include "fetch_section.h"

struct pace;

enum binary_stage {
	BINARY_BEGIN,
	BINARY_MEASURE, /* the content is decoded to know what it is */
	BINARY_READY,
	BINARY_WRITE,   /* in the literal */
	BINARY_UNKNOWN, /* the encoding is none of MIME's */
	BINARY_LOST,    /* the content cannot be read */
};

/* A place in the encoded content. */
struct binary_place {
	uint64_t read;    /* bytes of it so far */
	uint64_t decoded; /* to so many */
	struct mime_decoder decoder;
};

/* Zeroed at first; _next after each item. */
struct binary_stream {
	enum binary_stage stage;
	struct mime_range range; /* the encoded content */
	uint64_t from, to;       /* which bytes of the decoded are asked for */
	uint64_t size;           /* how many of these there are */
	bool has_nul;
	uint64_t left; /* still to be written */
	struct binary_place now, start;
	struct buf raw, decoded;
	bool unknown; /* an encoding was unknown; kept over items */
};

/* Goes on to decode the item's content, to know its size. False: the step is over, call again with the same.
 */
bool binary_measure(struct binary_stream *b, struct section_stream *s, const struct section_source *source,
		    const struct fetch_item *item, struct quarantine *q, const struct pace *pace);

/* After binary_measure(): whether there is an answer. Where the encoding is unknown there is none, so that
 * Roundcube asks for BODY[…] instead; a size that cannot be read has none either. */
bool binary_has_answer(const struct binary_stream *b, const struct fetch_item *item);

/* Goes on with that answer, label and value. False: the step is over, or the response full; call again with
 * the same. */
bool binary_write(struct binary_stream *b, struct section_stream *s, const struct section_source *source,
		  const struct fetch_item *item, struct quarantine *q, struct response *r,
		  const struct pace *pace);

void binary_next(struct binary_stream *b);

#endif
