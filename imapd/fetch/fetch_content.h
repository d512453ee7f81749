/* SPDX-License-Identifier: ISC
 *
 * The items of a FETCH that need a message's content: sections, and parts decoded, streamed; previews. */
#ifndef IMAPD_FETCH_CONTENT_H
#define IMAPD_FETCH_CONTENT_H

#include "fetch_binary.h"
#include "fetch_section.h"

/* Zeroed at first. */
struct content_stream {
	bool separate; /* something stands before the next item */
	bool begun;    /* the item is in the middle of its answer */
	size_t item;
	struct section_stream sections;
	struct binary_stream binary;
};

static inline bool content_needed(const struct fetch_item *item)
{
	return item->kind == FETCH_SECTION || item->kind == FETCH_BINARY || item->kind == FETCH_BINARY_SIZE ||
	       item->kind == FETCH_PREVIEW;
}

/* Whether the item gives text of the message, more than header fields. */
static inline bool content_reads(const struct fetch_item *item)
{
	return item->kind == FETCH_BINARY || item->kind == FETCH_PREVIEW ||
	       (item->kind == FETCH_SECTION && item->text != MIME_SECTION_HEADER &&
		item->text != MIME_SECTION_MIME);
}

/* Whether the header block is all that the item gives of the message. */
static inline bool content_is_header(const struct fetch_item *item)
{
	return item->kind == FETCH_SECTION && item->depth == 0 && item->text == MIME_SECTION_HEADER;
}

/* Begins a message; `separate`: something stands before its items. */
void content_begin(struct content_stream *c, bool separate);

/* Goes on with the message's items. False: the step is over, or the response full; call again. */
bool content_write(struct content_stream *c, const struct section_source *source,
		   const struct fetch_items *items, struct quarantine *q, struct response *r,
		   const struct pace *pace);

void content_finish(struct content_stream *c);

#endif
