/* SPDX-License-Identifier: ISC
 *
 * Which bytes of a message a section names (RFC 9051 section 6.4.5.1): BODY[1.2.HEADER] and so on. */
#ifndef QUARANTINE_MIME_SECTION_H
#define QUARANTINE_MIME_SECTION_H

#include <stdint.h>

#include "structure.h"

enum mime_section_text {
	MIME_SECTION_ALL,    /* [] or [1.2]: the whole, or the body of a part */
	MIME_SECTION_HEADER, /* [HEADER], [1.HEADER]; also the base of HEADER.FIELDS */
	MIME_SECTION_TEXT,   /* [TEXT], [1.TEXT] */
	MIME_SECTION_MIME,   /* [1.MIME] */
};

struct mime_range {
	uint64_t offset;
	uint64_t length;
};

/* False when the message has no such part (the answer is then an empty string). `path` holds part
 * numbers from 1; the single part of a message that is no multipart is [1]. *part, when not NULL,
 * becomes the index of the part. */
bool mime_section_find(const struct mime_structure *s, const uint32_t *path, size_t depth,
		       enum mime_section_text text, struct mime_range *out, size_t *part);

#endif
