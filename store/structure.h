/* SPDX-License-Identifier: ISC
 *
 * Where the parts of a stored message lie. Part maps are kept with offsets from the body, so that
 * messages whose heads differ share them. */
#ifndef QUARANTINE_STORE_STRUCTURE_H
#define QUARANTINE_STORE_STRUCTURE_H

#include "internal.h"
#include "mime/structure.h"

/* From offsets in the message to offsets from its body, and back. */
void structure_to_body(struct mime_structure *s, uint64_t header_length);
void structure_to_message(struct mime_structure *s, uint64_t header_length);

/* A stored part map as one of the message, in place of what is in *out. A QUARANTINE_ status. */
int structure_place(struct quarantine *q, struct slice parts, uint64_t header_length, uint64_t length,
		    struct buf *out);

/* Inside a transaction: the id of the row with these bytes, made when it is new, one user more. */
int structure_use(struct quarantine *q, struct slice bodystructure, struct slice parts, int64_t *id);

/* One user fewer; the row goes with the last. */
int structure_release(struct quarantine *q, int64_t id);

#endif
