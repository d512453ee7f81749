/* SPDX-License-Identifier: ISC
 *
 * Header text for people and for search: encoded words (RFC 2047) undone, folding undone, always
 * valid UTF-8 without NUL. */
#ifndef QUARANTINE_MIME_WORD_H
#define QUARANTINE_MIME_WORD_H

#include "../base/buf.h"
#include "../base/slice.h"
#include "charset.h"

/* Appends the decoded value. What cannot be decoded is kept as it stands, bytes that are not UTF-8
 * become U+FFFD. Reads at most 64 KiB of `value` and writes at most four times what it read. */
void mime_decode_words_with(struct mime_charsets *sets, struct slice value, struct buf *out);

/* The same for a single value. */
void mime_decode_words(struct slice value, struct buf *out);

#endif
