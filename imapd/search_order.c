/* SPDX-License-Identifier: ISC */
#include "search_order.h"

#include <stdlib.h>

#include "pace.h"

enum { PACE_EVERY = 4096, LENGTH_SIZE = 2, START_SIZE = 8 };

static bool make_room(struct search_order *o)
{
	size_t cap = o->cap == 0 ? 64 : 2 * o->cap;
	struct search_order_item *grown;

	if (o->count < o->cap)
		return true;
	grown = reallocarray(o->items, cap, sizeof(*grown));
	if (!grown)
		return false;
	o->items = grown;
	o->cap = cap;
	return true;
}

void search_order_add(struct search_order *o, struct slice key, uint32_t value)
{
	struct slice rest = slice_skip(key, START_SIZE);
	uint64_t start = 0;

	for (size_t i = 0; i < START_SIZE; i++)
		start = start << 8 | (i < key.len ? (unsigned char)key.data[i] : 0);
	if (o->failed || o->rests.len + rest.len > SEARCH_ORDER_KEYS_MAX || !make_room(o)) {
		o->failed = true;
		return;
	}
	o->items[o->count++] = (struct search_order_item){start, value, (uint32_t)o->rests.len};
	buf_add_char(&o->rests, (char)(rest.len >> 8));
	buf_add_char(&o->rests, (char)rest.len);
	buf_add_slice(&o->rests, rest);
	o->failed |= o->rests.failed;
}

static struct slice rest_of(const struct search_order *o, const struct search_order_item *item)
{
	const char *at = o->rests.data + item->rest;

	return slice_of(at + LENGTH_SIZE, (size_t)(unsigned char)at[0] << 8 | (unsigned char)at[1]);
}

static int compare(const struct search_order *o, const struct search_order_item *a,
		   const struct search_order_item *b)
{
	struct slice x, y;
	int order;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	x = rest_of(o, a);
	y = rest_of(o, b);
	order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);
	if (order != 0)
		return order;
	return x.len < y.len ? -1 : x.len > y.len;
}

bool search_order_equal(const struct search_order *o, size_t a, size_t b)
{
	return compare(o, &o->items[a], &o->items[b]) == 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void begin_pair(struct search_order *o, size_t begin)
{
	o->left = o->at = begin;
	o->right = o->left_end = smaller(begin + o->width, o->count);
	o->right_end = smaller(begin + 2 * o->width, o->count);
}

/* Moves at most `most` items of the pair. */
static void move_some(struct search_order *o, size_t most)
{
	const struct search_order_item *items = o->items;
	struct search_order_item *to = o->other + o->at, *end;
	size_t left = o->left, right = o->right;

	end = to + smaller(most, o->right_end - o->at);
	while (to < end && left < o->left_end && right < o->right_end)
		*to++ = items[compare(o, &items[left], &items[right]) <= 0 ? left++ : right++];
	while (to < end)
		*to++ = items[left < o->left_end ? left++ : right++];
	o->left = left;
	o->right = right;
	o->at = (size_t)(to - o->other);
}

static void next_width(struct search_order *o)
{
	struct search_order_item *sorted = o->other;

	o->other = o->items;
	o->items = sorted;
	o->width *= 2;
	begin_pair(o, 0);
}

static bool begin_sort(struct search_order *o)
{
	o->other = calloc(o->count, sizeof(*o->other));
	o->failed = !o->other;
	o->width = 1;
	begin_pair(o, 0);
	return !o->failed;
}

bool search_order_step(struct search_order *o, const struct pace *pace)
{
	if (o->failed || o->count < 2 || (o->width == 0 && !begin_sort(o)))
		return true;
	for (size_t moved = 0; o->width < o->count;) {
		size_t before = o->at;

		move_some(o, PACE_EVERY);
		moved += o->at - before;
		if (o->at == o->count)
			next_width(o);
		else if (o->at == o->right_end)
			begin_pair(o, o->at);
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
	buf_finish(&o->rests);
	*o = (struct search_order){0};
}
