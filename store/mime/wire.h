/* SPDX-License-Identifier: ISC
 *
 * What IMAP says of a message, in wire form (RFC 9051 section 7.5.2, RFC 3501 section 7.4.2). The
 * output is valid by the grammar whatever the message holds: eight-bit text goes as a literal, CR,
 * LF and NUL never stand in a quoted string, no multipart is empty. */
#ifndef QUARANTINE_MIME_WIRE_H
#define QUARANTINE_MIME_WIRE_H

#include "../base/buf.h"
#include "../base/slice.h"
#include "fields.h"
#include "structure.h"

enum {
	MIME_WIRE_TEXT_MAX = 8192,          /* bytes of one string in an ENVELOPE or BODYSTRUCTURE */
	MIME_WIRE_DETAIL_MAX = 1024 * 1024, /* bytes of a structure; parts beyond are told without details */
};

/* Appends NIL for {NULL, 0}, else a quoted string, or a literal where quoting is not possible. NUL
 * is dropped. Longer text is cut at `max` bytes (0: no limit). */
void mime_wire_nstring(struct slice text, size_t max, struct buf *out);

/* Appends "(date subject from …)" of a header block, or of its fields where they were read already. */
void mime_wire_envelope(struct slice header, struct buf *out);
void mime_wire_envelope_of(const struct mime_field_list *fields, struct buf *out);

/* Appends the body structure; with `extended` as in BODYSTRUCTURE, else as in BODY. */
void mime_wire_structure(struct slice message, const struct mime_structure *s, bool extended,
			 struct buf *out);

#endif
