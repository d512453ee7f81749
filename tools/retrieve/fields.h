/* SPDX-License-Identifier: ISC
 *
 * The fields of one header block, and the brands of the filters that the message passed. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_FIELDS_H
#define QUARANTINE_TOOLS_RETRIEVE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"
#include "../../store/mime/header.h"

enum { FIELDS_BRANDS_MAX = 16 };

struct fields {
	struct mime_field *list;
	size_t count;
	struct slice brands[FIELDS_BRANDS_MAX]; /* of filters, the lowest first */
	size_t brand_count;
};

/* Reads a header block; what follows its empty line is not looked at. The names and values are the block's.
 * On lack of memory: what fitted. */
struct fields fields_read(struct slice block);
void fields_finish(struct fields *f);

/* Whether a field's name is `pattern`: a name, compared without regard to case, or X-*-…, where * stands for
 * the brand of a filter. */
bool fields_match(const struct fields *f, size_t i, struct slice pattern);

/* A value as people read it: decoded, on one line, each run of blanks one blank. Replaces what `text` held.
 */
void fields_value(const struct fields *f, size_t i, struct buf *text);

/* Where a message came into the qmail host that we got it from: the lowest qmail line above the hop from
 * another host. Lines below that hop are another host's, or forged. `count` when there is none. `text` is
 * for use meanwhile. */
size_t fields_qmail_origin(const struct fields *f, struct buf *text);

#endif
