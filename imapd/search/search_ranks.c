/* SPDX-License-Identifier: ISC */
#include "search_ranks.h"

#include <stdlib.h>

#include "../pace.h"

/* Adds the texts of a stretch that its messages have. A message has the number of its text for the time
 * being. */
static void add_stretch(struct search_ranks *r, const struct search_table_stretch *s, const struct column *c)
{
	uint32_t number[COLUMN_UIDS + 1] = {0}; /* by place */
	uint32_t i;

	if (!c)
		return;
	for (i = column_bit_next(&s->found, 0); i < COLUMN_UIDS; i = column_bit_next(&s->found, i + 1))
		number[c->place[i]] = 1;
	for (unsigned place = 1; place <= c->count; place++) {
		if (number[place] == 0)
			continue;
		number[place] = (uint32_t)r->order.count;
		search_order_add(&r->order, column_text(c, place), number[place]);
	}
	for (i = column_bit_next(&s->found, 0); i < COLUMN_UIDS; i = column_bit_next(&s->found, i + 1))
		r->of[r->at++] = number[c->place[i]];
}

/* From numbers of texts to their ranks. */
static bool number_ranks(struct search_ranks *r)
{
	const struct search_order *o = &r->order;
	uint32_t *rank = calloc(o->count + 1, sizeof(*rank));

	if (!rank)
		return false;
	for (size_t i = 0; i < o->count; i++) {
		r->count += i == 0 || !search_order_equal(o, i - 1, i);
		rank[o->items[i].value] = r->count - 1;
	}
	for (size_t i = 0; i < r->messages; i++)
		r->of[i] = rank[r->of[i]];
	if (o->count > 0)
		r->lowest = slice_of(o->items[0].key, o->items[0].length);
	free(rank);
	return true;
}

static bool begin(struct search_ranks *r, const struct search_table *t)
{
	r->messages = search_table_messages(t);
	r->of = calloc(r->messages + 1, sizeof(*r->of));
	return r->of;
}

bool search_ranks_step(struct search_ranks *r, const struct search_table *t, unsigned kind,
		       const struct pace *pace)
{
	r->failed |= !r->of && !begin(r, t);
	while (!r->failed && r->stretch < t->count) {
		const struct search_table_stretch *s = &t->list[r->stretch++];

		add_stretch(r, s, s->column[kind]);
		r->failed |= r->order.failed;
		if (pace_over(pace))
			return r->failed;
	}
	if (r->failed)
		return true;
	if (!search_order_step(&r->order, pace))
		return false;
	r->failed = r->order.failed || !number_ranks(r);
	search_order_finish(&r->order);
	return true;
}

bool search_ranks_order(const struct search_ranks *r, bool reverse, const uint32_t *messages, uint32_t *into)
{
	uint32_t *place = calloc((size_t)r->count + 1, sizeof(*place)); /* of the next one of a rank */
	uint32_t last = r->count - 1, sum = 0;

	if (!place)
		return false;
	for (size_t i = 0; i < r->messages; i++)
		place[reverse ? last - r->of[i] : r->of[i]]++;
	for (uint32_t rank = 0; rank < r->count; rank++) {
		uint32_t many = place[rank];

		place[rank] = sum;
		sum += many;
	}
	for (size_t i = 0; i < r->messages; i++) {
		uint32_t rank = r->of[messages[i]];

		into[place[reverse ? last - rank : rank]++] = messages[i];
	}
	free(place);
	return true;
}

void search_ranks_finish(struct search_ranks *r)
{
	search_order_finish(&r->order);
	free(r->of);
	*r = (struct search_ranks){0};
}
