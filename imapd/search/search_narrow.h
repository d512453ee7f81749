/* SPDX-License-Identifier: ISC
 *
 * Who wants the first results only, of what is sorted, need not have all sorted. */
#ifndef IMAPD_SEARCH_NARROW_H
#define IMAPD_SEARCH_NARROW_H

#include <stdbool.h>
#include <stdint.h>

struct search_table;

/* Leaves of the messages of a table those that may be among the `most` with the lowest texts of that kind, or
 * with the highest; some more may stay. Where `most` is more than a stretch has, all stay. */
void search_narrow(struct search_table *t, unsigned kind, bool lowest, uint64_t most);

#endif
