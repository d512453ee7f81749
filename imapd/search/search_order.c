/* SPDX-License-Identifier: ISC */
#include "search_order.h"

#include <stdlib.h>

#include "../../store/base/grow.h"
#include "../pace.h"
#include "column.h"

enum { PACE_EVERY = 4096 };

static int compare(const struct search_order_item *a, const struct search_order_item *b)
{
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->length <= sizeof(a->start) && a->length == b->length)
		return 0;
	return column_text_compare(slice_of(a->key, a->length), slice_of(b->key, b->length));
}

bool search_order_equal(const struct search_order *o, size_t a, size_t b)
{
	return compare(&o->items[a], &o->items[b]) == 0;
}

void search_order_add(struct search_order *o, struct slice key, uint32_t value)
{
	struct search_order_item *item;

	if (o->failed || !grow(&o->items, o->count, &o->cap, sizeof(*o->items)) ||
	    !grow(&o->runs, o->run_count, &o->run_cap, sizeof(*o->runs))) {
		o->failed = true;
		return;
	}
	item = &o->items[o->count];
	*item = (struct search_order_item){column_text_start(key), key.data, (uint32_t)key.len, value};
	if (o->count == 0 || compare(item - 1, item) > 0)
		o->run_count++;
	o->runs[o->run_count - 1] = ++o->count;
}

static void begin_pair(struct search_order *o)
{
	o->left = o->at;
	o->right = o->left_end = o->runs[o->pair];
	o->right_end = o->pair + 1 < o->run_count ? o->runs[o->pair + 1] : o->left_end;
}

/* Moves at most `most` items of the pair. */
static void move_some(struct search_order *o, size_t most)
{
	const struct search_order_item *items = o->items;
	size_t left = o->left, right = o->right, rest = o->right_end - o->at;
	struct search_order_item *to = o->other + o->at, *end = to + (rest < most ? rest : most);

	while (to < end && left < o->left_end && right < o->right_end)
		*to++ = items[compare(&items[left], &items[right]) <= 0 ? left++ : right++];
	while (to < end)
		*to++ = items[left < o->left_end ? left++ : right++];
	o->left = left;
	o->right = right;
	o->at = (size_t)(to - o->other);
}

/* The pair has become one run; behind the last pair, what was merged is merged again. */
static void end_pair(struct search_order *o)
{
	struct search_order_item *merged = o->other;

	o->runs[o->pair / 2] = o->right_end;
	o->pair += 2;
	if (o->pair >= o->run_count) {
		o->other = o->items;
		o->items = merged;
		o->run_count = (o->run_count + 1) / 2;
		o->at = o->pair = 0;
	}
	begin_pair(o);
}

static bool begin_merge(struct search_order *o)
{
	o->other = calloc(o->cap, sizeof(*o->other));
	o->failed = !o->other;
	o->begun = true;
	begin_pair(o);
	return !o->failed;
}

bool search_order_step(struct search_order *o, const struct pace *pace)
{
	if (o->failed || o->run_count < 2 || (!o->begun && !begin_merge(o)))
		return true;
	for (size_t moved = 0; o->run_count > 1;) {
		size_t before = o->at;

		move_some(o, PACE_EVERY);
		moved += o->at - before;
		if (o->at == o->right_end)
			end_pair(o);
		if (moved < PACE_EVERY)
			continue;
		moved = 0;
		if (pace_over(pace))
			return false;
	}
	return true;
}

void search_order_finish(struct search_order *o)
{
	free(o->items);
	free(o->other);
	free(o->runs);
	*o = (struct search_order){0};
}
