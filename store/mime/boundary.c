/* SPDX-License-Identifier: ISC */
#include "boundary.h"

static const uint64_t HASH_START = 0xcbf29ce484222325;

static uint64_t hash_add(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * 0x100000001b3;
}

static size_t slot_of(uint64_t hash)
{
	return (hash ^ (hash >> 32)) & 0xff;
}

bool mime_boundary_usable(struct slice text)
{
	return text.len > 0 && text.len <= MIME_BOUNDARY_MAX;
}

void mime_boundary_push(struct mime_boundaries *b, struct slice text, size_t level)
{
	struct mime_boundary *new = &b->open[b->count];
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < text.len; i++)
		hash = hash_add(hash, text.data[i]);
	*new = (struct mime_boundary){text, hash, level, b->slots[slot_of(hash)]};
	b->slots[slot_of(hash)] = (uint8_t)++b->count;
	b->of_length[text.len]++;
}

void mime_boundary_pop(struct mime_boundaries *b)
{
	const struct mime_boundary *last = &b->open[--b->count];

	b->slots[slot_of(last->hash)] = last->older;
	b->of_length[last->text.len]--;
}

/* The innermost boundary that is `text`. */
static const struct mime_boundary *look_up(const struct mime_boundaries *b, struct slice text, uint64_t hash)
{
	for (size_t i = b->slots[slot_of(hash)]; i > 0; i = b->open[i - 1].older) {
		if (b->open[i - 1].hash == hash && slice_eq(b->open[i - 1].text, text))
			return &b->open[i - 1];
	}
	return NULL;
}

bool mime_boundary_find(const struct mime_boundaries *b, struct slice line, size_t *level, bool *closing)
{
	const struct mime_boundary *best = NULL;
	uint64_t hash = HASH_START;

	for (size_t len = 1; len <= line.len && len <= MIME_BOUNDARY_MAX; len++) {
		hash = hash_add(hash, line.data[len - 1]);
		if (b->of_length[len] == 0)
			continue;
		const struct mime_boundary *found = look_up(b, slice_of(line.data, len), hash);
		if (!found)
			continue;
		bool best_closes = best && best->text.len + 2 == line.len &&
				   memcmp(line.data + best->text.len, "--", 2) == 0;
		if (!best_closes || found->level > best->level)
			best = found;
	}
	if (!best)
		return false;
	*level = best->level;
	*closing = slice_starts(slice_skip(line, best->text.len), SLICE("--"));
	return true;
}
