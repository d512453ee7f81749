/* SPDX-License-Identifier: ISC
 *
 * The form of a near copy: where its bytes stand in its exemplar, and those that stand there not. It has no
 * entropy coding and so no tables to be built: reading one costs what copying its bytes costs.
 *
 * Four bytes, the lowest of XXH3 of the plain bytes, the lowest first; then a block of LZ4 with the exemplar
 * as dictionary. Pure functions over bytes; an encoder belongs to one thread at a time. */
#ifndef QUARANTINE_NEAR_H
#define QUARANTINE_NEAR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

enum {
	NEAR_CHECKSUM_SIZE = 4,
	NEAR_EXEMPLAR_MAX = 65535, /* LZ4 looks no further back */
};

struct near_encoder; /* a quarter of a MiB */

/* NULL when memory runs out. */
struct near_encoder *near_encoder_create(void);
void near_encoder_destroy(struct near_encoder *encoder); /* NULL is fine */

/* Appends the form where it is at most half as long as `bytes`; else, or when memory runs out, nothing, and
 * false. A quick way is tried first, and taken where it makes them `clearly` times smaller. */
bool near_encode(struct near_encoder *encoder, struct slice bytes, struct slice exemplar, int clearly,
		 struct buf *out);

/* Writes exactly `size` bytes to `into`. False when `form` is damaged, or the exemplar is not its own; what
 * stands in `into` is then not to be used. */
bool near_decode(struct slice form, struct slice exemplar, char *into, size_t size);

#endif
