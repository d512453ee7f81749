/* SPDX-License-Identifier: ISC
 *
 * Lists of UID ranges that grow at their end, neighbours joined. */
#ifndef QUARANTINE_RANGES_H
#define QUARANTINE_RANGES_H

#include "internal.h"

/* A zeroed struct is empty; `items` is freed by free(). */
struct ranges {
	struct quarantine_range *items;
	size_t count;
	size_t room;
};

/* `first` is above all that is in the list. A QUARANTINE_ status. */
int ranges_add(struct quarantine *q, struct ranges *list, uint32_t first, uint32_t last);

#endif
