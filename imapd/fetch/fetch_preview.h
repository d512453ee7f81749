/* SPDX-License-Identifier: ISC
 *
 * PREVIEW (RFC 8970): the first words of the first part that has some. Made when it is asked for; costs
 * little enough that LAZY changes nothing. */
#ifndef IMAPD_FETCH_PREVIEW_H
#define IMAPD_FETCH_PREVIEW_H

#include "fetch_section.h"

enum {
	PREVIEW_PARTS_MAX = 16,          /* parts that are looked at */
	PREVIEW_HEADER_MAX = 64 * 1024,  /* bytes of the header of each */
	PREVIEW_CONTENT_MAX = 128 * 1024 /* bytes of their contents together */
};

/* Writes label and value; the source has its part map. What cannot be read is "", and s->status says why. */
void preview_write(struct section_stream *s, const struct section_source *source,
		   const struct fetch_item *item, struct quarantine *q, struct response *r);

#endif
