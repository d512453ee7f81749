/* SPDX-License-Identifier: ISC
 *
 * Writes sections of a message ("BODY[1.2]<0> {2048}…"), streamed in pieces as far as the response has
 * room. A section that the message does not have is "", an empty one too: iOS waits for ever behind {0}. */
#ifndef IMAPD_FETCH_SECTION_H
#define IMAPD_FETCH_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"
#include "../../store/include/quarantine.h"
#include "../../store/mime/structure.h"
#include "../proto/fetch_att.h"

struct response;

struct section_source {
	int64_t message;
	uint64_t length;
	uint64_t header_length;
	struct slice parts;  /* its part map, where an item names a part */
	struct slice header; /* its header block; absent: it has to be read */
};

enum { SECTION_PIECE = 64 * 1024 }; /* bytes of a message that are read at once */

/* Zeroed at first; _next after each message, _finish at the end. */
struct section_stream {
	bool in_literal;
	uint64_t offset, left; /* of the message, still to be written */
	bool has_structure;
	struct mime_structure structure;
	struct buf block, fields; /* of HEADER.FIELDS; their memory is kept over messages */
	int status;               /* why content could not be read: the last failure, kept over messages */
};

/* The message's structure, from its part map; valid until _next. NULL when it cannot be had. */
const struct mime_structure *section_structure(struct section_stream *s, const struct section_source *source);

/* The bytes of the message that the item names, before <partial> is applied; false when there are none.
 * *part, when not NULL, becomes the part that an item with numbers names, else NULL; valid until _next. */
bool section_find(struct section_stream *s, const struct section_source *source,
		  const struct fetch_item *item, struct mime_range *out, const struct mime_part **part);

/* Applies the item's <partial>, if it has one. */
void section_cut(const struct fetch_item *item, struct mime_range *range);

/* Appends exactly `size` bytes of a message; a QUARANTINE_ status, and nothing appended, when they cannot be
 * had. */
int section_read(int64_t message, uint64_t offset, size_t size, struct quarantine *q, struct buf *out);

/* Goes on with an item: label and value. False: the response is full, call again with the same. */
bool section_write(struct section_stream *s, const struct section_source *source,
		   const struct fetch_item *item, struct quarantine *q, struct response *r);
void section_next(struct section_stream *s);
void section_finish(struct section_stream *s);

#endif
