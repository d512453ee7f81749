/* SPDX-License-Identifier: ISC
 *
 * Puts numbers in the order of their keys, in steps: a merge sort that can be left at any time. It begins
 * with the runs that were added in order, so that what is sorted already costs nothing. Stable: equal keys
 * stay in the order in which they were added. Memory: 48 bytes a number while sorting. */
#ifndef IMAPD_SEARCH_ORDER_H
#define IMAPD_SEARCH_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../store/base/slice.h"

struct pace;

struct search_order_item {
	uint64_t start; /* the first 8 bytes of the key, as a number */
	const char *key;
	uint32_t length; /* of the key */
	uint32_t value;
};

/* Zeroed it is empty and may be finished. */
struct search_order {
	struct search_order_item *items, *other;
	size_t count, cap;
	size_t *runs; /* where each ends */
	size_t run_count, run_cap;
	bool failed; /* no memory */

	bool begun;
	size_t pair; /* the first of the two runs that are being merged */
	size_t left, left_end, right, right_end;
	size_t at; /* where the next item goes */
};

/* `key` is borrowed, and compared bytewise. */
void search_order_add(struct search_order *o, struct slice key, uint32_t value);

/* False: time is up, call again. Then o->items has the order. */
bool search_order_step(struct search_order *o, const struct pace *pace);

/* Whether two items have equal keys. */
bool search_order_equal(const struct search_order *o, size_t a, size_t b);

void search_order_finish(struct search_order *o);

#endif
