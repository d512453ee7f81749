/* SPDX-License-Identifier: ISC
 *
 * Memory that is given back all at once: what one command parses, what one message's structure
 * needs. A zeroed struct is a valid empty arena. Allocations are aligned for any type. */
#ifndef QUARANTINE_BASE_ARENA_H
#define QUARANTINE_BASE_ARENA_H

#include <stddef.h>

#include "slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used;  /* bytes handed out since the last reset */
	size_t limit; /* bytes that may be handed out; 0: no limit */
};

/* Zeroed memory that lives until the reset, or NULL when memory or the limit is exhausted. */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of s, NUL-terminated. NULL as above. */
char *arena_strndup(struct arena *a, struct slice s);

/* An array of `count` elements grown to at least `want`; the old one is not freed before the reset.
 * Returns NULL as above. Doubling is the caller's choice of `want`. */
void *arena_grow(struct arena *a, const void *old, size_t count, size_t want, size_t element);

/* Takes back all allocations; keeps one block for the next use. */
void arena_reset(struct arena *a);

/* The same, after overwriting what was handed out: for passwords. */
void arena_wipe(struct arena *a);

/* Frees everything. The arena is empty and usable afterwards. */
void arena_finish(struct arena *a);

#endif
