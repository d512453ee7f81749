/* SPDX-License-Identifier: ISC
 *
 * What SORT compares of a message (RFC 5256, 5957), as bytes that compare as the messages do. Pure. */
#ifndef IMAPD_SEARCH_SORT_KEY_H
#define IMAPD_SEARCH_SORT_KEY_H

#include "../../store/include/quarantine.h"
#include "../proto/sort_order.h"

struct buf;

/* What a cursor is to be asked for, enum quarantine_field; 0: what every row has is enough. */
unsigned search_sort_field(enum sort_by by);

/* The same for a whole order, never 0. */
unsigned search_sort_fields(const struct sort_order *order);

/* Appends what rows are compared by; search_sort_field() was asked for. No such text is the start of another
 * by the same criterion. */
void search_sort_text(enum sort_by by, const struct quarantine_entry *row, struct buf *out);

/* The same for a whole order. */
void search_sort_key(const struct sort_order *order, const struct quarantine_entry *row, struct buf *out);

#endif
