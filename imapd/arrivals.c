/* SPDX-License-Identifier: ISC
 *
 * The happy path: messages for which the same is asked are taken together, their items joined, and FETCH runs
 * over them in steps. What can go wrong: a message cannot be read. Its answer has NIL, as that of FETCH. */
#include "arrivals.h"

#include <stdlib.h>

#include "fetch/fetch.h"
#include "pace.h"
#include "search/search_context.h"
#include "view.h"

enum { TOGETHER_MAX = 256 };

struct arrivals {
	struct arena arena;
	struct fetch_items items;
	struct fetch *fetch; /* of the messages in work */
	uint64_t next;       /* UIDs from here on are to be looked at */
};

void arrivals_destroy(struct arrivals *a)
{
	if (!a)
		return;
	fetch_destroy(a->fetch);
	arena_finish(&a->arena);
	free(a);
}

static bool asks_anything(const struct arrivals_of *of)
{
	bool asks = of->items && of->items->count > 0;

	for (size_t i = 0; of->contexts && i < of->contexts->count; i++)
		asks |= of->contexts->list[i]->items.count > 0;
	return asks;
}

/* Who asks for something of this message: a bit each, the lowest for NOTIFY. */
static unsigned askers(const struct arrivals_of *of, const struct view *v, uint32_t uid)
{
	unsigned bits = of->items && of->items->count > 0 ? 1 : 0;

	if (view_is_own_arrival(v, uid))
		return 0;
	for (size_t i = 0; of->contexts && i < of->contexts->count; i++) {
		const struct context *c = of->contexts->list[i];
		struct seqset come = {.ranges = c->come.ranges, .count = c->come.count};

		if (c->items.count > 0 && seqset_contains(&come, uid))
			bits |= 2u << i;
	}
	return bits;
}

/* What several ask for is told once. */
static bool add_items(struct arrivals *a, const struct fetch_items *items)
{
	size_t count = a->items.count;
	struct fetch_item *list =
		arena_grow(&a->arena, a->items.list, count, count + items->count, sizeof(*list));

	if (!list)
		return false;
	for (size_t i = 0; i < items->count; i++) {
		const struct fetch_item *item = &items->list[i];
		size_t k = 0;

		while (k < count && !(list[k].kind == item->kind && slice_ieq(list[k].label, item->label)))
			k++;
		if (k == count)
			list[count++] = *item;
	}
	a->items = (struct fetch_items){list, count};
	return true;
}

static bool join_items(struct arrivals *a, const struct arrivals_of *of, unsigned bits)
{
	bool ok = !(bits & 1) || add_items(a, of->items);

	for (size_t i = 0; of->contexts && i < of->contexts->count; i++)
		if (bits & 2u << i)
			ok = ok && add_items(a, &of->contexts->list[i]->items);
	return ok;
}

/* Begins with the next messages; false: there are none, or no memory. */
static bool begin(struct arrivals *a, struct view *v, const struct arrivals_of *of)
{
	struct quarantine_range *range = calloc(1, sizeof(*range));
	struct quarantine_range run;
	unsigned bits = 0;

	while (range && bits == 0 && a->next <= of->range.last &&
	       uidmap_run(v->map, (uint32_t)a->next, &run) && run.first <= of->range.last) {
		bits = askers(of, v, run.first);
		a->next = (uint64_t)run.first + 1;
	}
	if (!range || bits == 0) {
		free(range);
		return false;
	}
	*range = (struct quarantine_range){run.first, run.first};
	while (a->next <= run.last && a->next <= of->range.last && a->next - range->first < TOGETHER_MAX &&
	       askers(of, v, (uint32_t)a->next) == bits)
		range->last = (uint32_t)a->next++;
	arena_reset(&a->arena);
	a->items = (struct fetch_items){NULL, 0};
	if (!join_items(a, of, bits)) {
		free(range);
		return false;
	}
	a->fetch = fetch_create(v, &a->items, false, range, 1);
	return a->fetch;
}

int arrivals_tell(struct arrivals **place, struct view *v, const struct arrivals_of *of, struct quarantine *q,
		  struct response *r, bool *more)
{
	struct pace pace = pace_start();
	struct arrivals *a = *place;
	int status = QUARANTINE_OK;

	*more = false;
	if (!a && (of->range.first > of->range.last || !asks_anything(of)))
		return status;
	if (!a)
		*place = a = calloc(1, sizeof(*a));
	if (!a)
		return QUARANTINE_NO_MEMORY;
	if (a->next == 0)
		a->next = of->range.first;
	while (!*more && status == QUARANTINE_OK && (a->fetch || begin(a, v, of))) {
		status = fetch_step(a->fetch, q, r, more);
		if (*more || status != QUARANTINE_OK)
			break;
		fetch_destroy(a->fetch);
		a->fetch = NULL;
		*more = pace_over(&pace);
	}
	if (*more && status == QUARANTINE_OK)
		return status;
	arrivals_destroy(a);
	*place = NULL;
	return status;
}
