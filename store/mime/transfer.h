/* SPDX-License-Identifier: ISC
 *
 * Content-Transfer-Encoding undone (RFC 2045 section 6). Never fails: bytes outside the alphabet are
 * skipped, a broken escape is kept. */
#ifndef QUARANTINE_MIME_TRANSFER_H
#define QUARANTINE_MIME_TRANSFER_H

#include "../base/buf.h"
#include "../base/slice.h"

enum mime_encoding { MIME_7BIT, MIME_8BIT, MIME_BINARY, MIME_BASE64, MIME_QUOTED_PRINTABLE, MIME_OTHER };

/* By the value of the field; absent (empty) is 7bit. */
enum mime_encoding mime_encoding_of(struct slice value);

/* What is left over between two pieces of one body. Start zeroed. */
struct mime_decoder {
	enum mime_encoding encoding;
	char held[80];
	size_t held_len;
	bool done; /* base64: the padding was seen */
};

/* Appends the decoded form of the next piece. Call once more with an empty slice and `last`. */
void mime_decode(struct mime_decoder *d, struct slice piece, bool last, struct buf *out);

void mime_encode_base64(struct slice bytes, struct buf *out); /* one line, with padding */

#endif
