/* SPDX-License-Identifier: ISC
 *
 * The fields of a header block, read once for all who ask for some of them by name. */
#ifndef QUARANTINE_MIME_FIELDS_H
#define QUARANTINE_MIME_FIELDS_H

#include "../base/arena.h"
#include "header.h"

/* Zeroed it has no fields. */
struct mime_field_list {
	struct mime_field *fields; /* from the top; bounded as mime_fields_next() is */
	unsigned char *marks;      /* of each name, so that most others are passed at a glance */
	size_t count;
};

/* Reads the block, which is borrowed; the list lives in the arena. False when memory runs out. */
bool mime_field_list_read(struct slice block, struct arena *arena, struct mime_field_list *out);

/* The next field of that name below `after` (NULL: from the top); NULL when there is none. */
const struct mime_field *mime_field_list_find(const struct mime_field_list *list, struct slice name,
					      const struct mime_field *after);

#endif
