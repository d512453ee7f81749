/* SPDX-License-Identifier: ISC
 *
 * SORT (RFC 5256, 5957): puts the messages found in order, in steps, by columns of what they are compared by.
 */
#ifndef IMAPD_SEARCH_SORT_H
#define IMAPD_SEARCH_SORT_H

#include <stdbool.h>

#include "../../store/include/quarantine.h"
#include "../proto/search_return.h"
#include "../proto/seqset.h"
#include "../proto/sort_order.h"

struct search_sort;
struct view;

/* All is borrowed. With a limit the result has so many from that end, or some more. NULL when memory runs
 * out. */
struct search_sort *search_sort_create(const struct view *view, const struct sort_order *order,
				       const struct seqset_builder *found, struct search_limit limit);
void search_sort_destroy(struct search_sort *s); /* NULL is fine */

/* *more: call again. A QUARANTINE_ status. */
int search_sort_step(struct search_sort *s, struct quarantine *q, bool *more);

/* The UIDs in order. */
const struct seqset_builder *search_sort_result(const struct search_sort *s);

#endif
