/* SPDX-License-Identifier: ISC
 *
 * The boundaries of the multiparts that are open, innermost last. Looking up a line costs no more than
 * reading it, however many boundaries are open. */
#ifndef QUARANTINE_MIME_BOUNDARY_H
#define QUARANTINE_MIME_BOUNDARY_H

#include <stdint.h>

#include "../base/slice.h"
#include "limits.h"

struct mime_boundary {
	struct slice text;
	uint64_t hash;
	size_t level;  /* of the multipart it belongs to; grows inwards */
	uint8_t older; /* next in the same slot: its index + 1 */
};

/* A zeroed struct has none open. */
struct mime_boundaries {
	struct mime_boundary open[MIME_DEPTH_MAX];
	size_t count;
	uint8_t slots[256];                       /* by hash: index + 1 of the innermost */
	uint8_t of_length[MIME_BOUNDARY_MAX + 1]; /* how many are open */
};

/* Whether a boundary= parameter can be one. */
bool mime_boundary_usable(struct slice text);

/* `text` is usable and stays where it is until the pop. At most MIME_DEPTH_MAX are open. */
void mime_boundary_push(struct mime_boundaries *b, struct slice text, size_t level);
void mime_boundary_pop(struct mime_boundaries *b);

/* Finds whose delimiter `line` is (what follows "--", without its line end). RFC 2046 section 5.1.1: a
 * boundary matches the beginning of the line. Where several do, the longest is meant; of "a" closed by
 * "a--" and a boundary that is longer, the inner one. False when none does. */
bool mime_boundary_find(const struct mime_boundaries *b, struct slice line, size_t *level, bool *closing);

#endif
