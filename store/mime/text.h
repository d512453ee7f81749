/* SPDX-License-Identifier: ISC
 *
 * The text of a message as a person would read it, for search: transfer encodings and character sets
 * undone, HTML as its text, always valid UTF-8. */
#ifndef QUARANTINE_MIME_TEXT_H
#define QUARANTINE_MIME_TEXT_H

#include "../base/buf.h"
#include "../base/slice.h"
#include "structure.h"

/* Appends the text of all text and message parts, folded for search by mime_fold (blanks joined), each
 * part ended by a line feed, which no needle holds. The header fields of a message inside belong to
 * the text; with `headers`, so do those of the message itself and of its parts, decoded, one a line
 * ("name: value"). Stops at `max` bytes of output, and reads no more than some times that of a part. */
void mime_search_text(struct slice message, const struct mime_structure *s, bool headers, size_t max,
		      struct buf *out);

#endif
