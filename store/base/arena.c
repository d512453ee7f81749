/* SPDX-License-Identifier: ISC */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 4096, ARENA_BLOCK_KEPT = 64 * 1024 };

struct arena_block {
	struct arena_block *older;
	size_t size;
	size_t used;
	alignas(max_align_t) char bytes[];
};

static struct arena_block *add_block(struct arena *a, size_t size)
{
	size_t want = a->blocks ? a->blocks->size * 2 : ARENA_BLOCK;
	if (want > ARENA_BLOCK_KEPT)
		want = ARENA_BLOCK_KEPT;
	if (want < size)
		want = size;
	struct arena_block *block = malloc(sizeof(*block) + want);
	if (!block)
		return NULL;
	block->older = a->blocks;
	block->size = want;
	block->used = 0;
	a->blocks = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);

	if (size > SIZE_MAX / 4)
		return NULL;
	size = (size + align - 1) / align * align;
	if (a->limit > 0 && (size > a->limit || a->used > a->limit - size))
		return NULL;
	struct arena_block *block = a->blocks;
	if (!block || block->size - block->used < size)
		block = add_block(a, size);
	if (!block)
		return NULL;
	void *bytes = block->bytes + block->used;
	block->used += size;
	a->used += size;
	return memset(bytes, 0, size);
}

char *arena_strndup(struct arena *a, struct slice s)
{
	if (s.len == SIZE_MAX)
		return NULL;
	char *copy = arena_alloc(a, s.len + 1);
	if (copy && s.len > 0)
		memcpy(copy, s.data, s.len);
	return copy;
}

void *arena_grow(struct arena *a, const void *old, size_t count, size_t want, size_t element)
{
	if (want < count || (element > 0 && want > SIZE_MAX / element))
		return NULL;
	void *array = arena_alloc(a, want * element);
	if (array && count > 0)
		memcpy(array, old, count * element);
	return array;
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = NULL;

	while (a->blocks) {
		struct arena_block *block = a->blocks;
		a->blocks = block->older;
		if (!kept && block->size <= ARENA_BLOCK_KEPT)
			kept = block;
		else
			free(block);
	}
	if (kept) {
		kept->older = NULL;
		kept->used = 0;
	}
	a->blocks = kept;
	a->used = 0;
}

void arena_wipe(struct arena *a)
{
	for (struct arena_block *block = a->blocks; block; block = block->older)
		explicit_bzero(block->bytes, block->used);
	arena_reset(a);
}

void arena_finish(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *block = a->blocks;
		a->blocks = block->older;
		free(block);
	}
	a->used = 0;
}
