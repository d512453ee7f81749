/* SPDX-License-Identifier: ISC
 *
 * A set that was read and printed reads the same again; a resolved one holds what was named, in order. */
#include <stdint.h>
#include <stdlib.h>

#include "../../imapd/proto/seqset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct seqset *a, const struct seqset *b)
{
	return a->count == b->count && a->saved == b->saved &&
	       (a->count == 0 || memcmp(a->ranges, b->ranges, a->count * sizeof(*a->ranges)) == 0);
}

static void check_print(const struct seqset *set, struct arena *arena)
{
	struct buf text = {0};
	struct parser p = {.arena = arena};
	struct seqset again;

	if (set->saved || set->count == 0)
		return;
	seqset_print(set->ranges, set->count, &text);
	p.in = buf_slice(&text);
	if (!seqset_parse(&p, &again) || p.at != p.in.len || !same(set, &again))
		abort();
	buf_finish(&text);
}

static void check_resolved(struct seqset *set, uint32_t first, uint32_t largest)
{
	seqset_resolve(set, largest);
	if (largest > 0 && set->count > 0 && !seqset_contains(set, first == SEQSET_STAR ? largest : first))
		abort();
	for (size_t i = 0; i < set->count; i++) {
		struct seqset_range r = set->ranges[i];

		if (r.first == 0 || r.first > r.last || !seqset_contains(set, r.first) ||
		    !seqset_contains(set, r.last))
			abort();
		if (i > 0 && set->ranges[i - 1].last + 1ull >= r.first)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct parser p = {.in = slice_of((const char *)data, size), .arena = &arena};
	struct seqset set;

	if (seqset_parse(&p, &set)) {
		uint32_t first = set.count > 0 ? set.ranges[0].first : 0;

		check_print(&set, &arena);
		check_resolved(&set, first, (uint32_t)size % 16);
		check_print(&set, &arena);
	}
	arena_finish(&arena);
	return 0;
}
