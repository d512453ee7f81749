/* SPDX-License-Identifier: ISC */
#include "ranges.h"

#include <stdlib.h>

int ranges_add(struct quarantine *q, struct ranges *list, uint32_t first, uint32_t last)
{
	if (list->count > 0 && list->items[list->count - 1].last + 1 == first) {
		list->items[list->count - 1].last = last;
		return QUARANTINE_OK;
	}
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		struct quarantine_range *grown = realloc(list->items, room * sizeof(*grown));

		if (!grown)
			return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
		list->items = grown;
		list->room = room;
	}
	list->items[list->count++] = (struct quarantine_range){first, last};
	return QUARANTINE_OK;
}
