/* SPDX-License-Identifier: ISC
 *
 * Puts numbers in the order of their keys, in steps: a merge sort that can be left at any time. Stable: equal
 * keys stay in the order in which they were added. Memory: 32 bytes a number while sorting, and of each key
 * what is longer than 8 bytes. */
#ifndef IMAPD_SEARCH_ORDER_H
#define IMAPD_SEARCH_ORDER_H

#include <stdbool.h>

#include "../store/base/buf.h"

enum { SEARCH_ORDER_KEYS_MAX = 512 * 1024 * 1024 }; /* bytes of all keys together */

struct pace;

struct search_order_item {
	uint64_t start; /* the first 8 bytes of the key, as a number */
	uint32_t value;
	uint32_t rest; /* where in `rests` the others are */
};

/* Zeroed it is empty and may be finished. */
struct search_order {
	struct search_order_item *items, *other;
	size_t count, cap;
	struct buf rests; /* for each a length of two bytes, then the bytes */
	bool failed;      /* no memory */

	size_t width;       /* runs of this length are in order; 0: not begun */
	size_t left, right; /* the heads of the two runs that are being merged */
	size_t left_end, right_end;
	size_t at; /* where the next item goes */
};

/* `key` is compared bytewise; no key is the start of another of its order. At most 65,535 bytes. */
void search_order_add(struct search_order *o, struct slice key, uint32_t value);

/* False: time is up, call again. Then o->items has the order. */
bool search_order_step(struct search_order *o, const struct pace *pace);

/* Whether two items have equal keys. */
bool search_order_equal(const struct search_order *o, size_t a, size_t b);

void search_order_finish(struct search_order *o);

#endif
