/* SPDX-License-Identifier: ISC
 *
 * The header block of a message or part, read in place (RFC 5322 section 2.2). Nothing here fails or
 * allocates: what is not a field is skipped. Slices point into the caller's bytes. */
#ifndef QUARANTINE_MIME_HEADER_H
#define QUARANTINE_MIME_HEADER_H

#include "../base/buf.h"
#include "../base/slice.h"

enum {
	MIME_HEADER_PARSED_MAX = 1024 * 1024, /* bytes of a header block that are looked at */
	MIME_FIELDS_MAX = 10000,              /* fields of a block that are looked at */
};

struct mime_field {
	struct slice name;  /* without colon and trailing blanks */
	struct slice value; /* raw: folds inside, without the last line end */
	struct slice whole; /* name to line end, as it stands */
};

/* A walk over the fields of one block. Start with {.block = …}. */
struct mime_fields {
	struct slice block;
	size_t at;
	size_t count;
};

/* The next field, or false at the end of the block or at a limit above. */
bool mime_fields_next(struct mime_fields *walk, struct mime_field *field);

/* Bytes of the header block at the start of `message`, its empty line included; all of the message
 * when there is no empty line. Lines end in CRLF, LF. */
size_t mime_header_length(struct slice message);

/* The n-th field of that name from the top, 0 the first; false when there is none. */
bool mime_header_find(struct slice block, struct slice name, size_t n, struct mime_field *field);

/* The lowest field of that name. */
bool mime_header_find_last(struct slice block, struct slice name, struct mime_field *field);

/* Appends the value on one line: line ends dropped, blanks at both ends trimmed, a NUL or a CR that ends
 * no line made a blank. */
void mime_unfold(struct slice value, struct buf *out);

/* Appends the fields whose names are in `names` (or are not, with `except`), as they stand and in
 * their order, then the empty line: what BODY[HEADER.FIELDS (…)] returns (RFC 9051 section 6.4.5.1). */
void mime_header_select(struct slice block, const struct slice *names, size_t count, bool except,
			struct buf *out);

#endif
