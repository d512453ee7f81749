/* SPDX-License-Identifier: ISC
 *
 * The first words of a part, for a list of messages (RFC 8970). Pure. */
#ifndef QUARANTINE_MIME_PREVIEW_H
#define QUARANTINE_MIME_PREVIEW_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/slice.h"
#include "transfer.h"

enum { MIME_PREVIEW_MAX = 200 }; /* characters */

/* Appends the start of the text of a part: text/plain, or text/html as its text, that is no attachment. Valid
 * UTF-8 on one line, blanks joined, without controls and invisible marks that turn the direction of writing.
 * `body` may be cut anywhere. False, and nothing is appended, where there is no such text. */
bool mime_preview(struct slice header, struct slice body, enum mime_encoding encoding, struct buf *out);

#endif
