/* SPDX-License-Identifier: ISC
 *
 * SORT (RFC 5256, 5957): puts the messages found in order, in steps, by what the store keeps for that. */
#ifndef IMAPD_SEARCH_SORT_H
#define IMAPD_SEARCH_SORT_H

#include <stdbool.h>

#include "../store/include/quarantine.h"
#include "proto/seqset.h"
#include "proto/sort_order.h"

struct buf;
struct search_sort;
struct view;

/* All is borrowed. NULL when memory runs out. */
struct search_sort *search_sort_create(const struct view *view, const struct sort_order *order,
				       const struct seqset_builder *found);
void search_sort_destroy(struct search_sort *s); /* NULL is fine */

/* *more: call again. A QUARANTINE_ status. */
int search_sort_step(struct search_sort *s, struct quarantine *q, bool *more);

/* The UIDs in order. */
const struct seqset_builder *search_sort_result(const struct search_sort *s);

/* What a cursor is to be asked for, enum quarantine_field. */
unsigned search_sort_fields(const struct sort_order *order);

/* Appends what rows are compared by, bytewise; search_sort_fields() were asked for. */
void search_sort_key(const struct sort_order *order, const struct quarantine_entry *row, struct buf *key);

/* The sent date of RFC 5256 section 2.2, as 8 bytes that compare as it does. */
void search_sort_date(const struct quarantine_entry *row, char out[8]);

#endif
