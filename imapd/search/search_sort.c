/* SPDX-License-Identifier: ISC
 *
 * The happy path: a table has what messages are compared by; they are put in order by the last criterion,
 * then by the one before it, and so on, equal ones staying as they are; the UIDs are taken in that order.
 * What can go wrong: there is no memory for all. */
#include "search_sort.h"

#include <stdlib.h>

#include "../pace.h"
#include "search_narrow.h"
#include "search_ranks.h"
#include "search_table.h"

struct search_sort {
	const struct sort_order *wanted;
	struct search_limit limit;
	struct search_table table;
	struct search_ranks ranks;
	size_t left; /* criteria to sort by */
	uint32_t *messages,
		*into; /* numbers of messages of the table, in order; NULL: the table is not full */
	size_t count;
	struct seqset_builder result;
};

struct search_sort *search_sort_create(const struct view *view, const struct sort_order *order,
				       const struct seqset_builder *found, struct search_limit limit)
{
	struct search_sort *s = calloc(1, sizeof(*s));
	unsigned kinds = 0;

	if (!s)
		return NULL;
	for (size_t i = 0; i < order->count; i++)
		kinds |= 1U << order->list[i].by;
	s->wanted = order;
	s->limit = limit;
	s->left = order->count;
	search_table_begin(&s->table, view, found, kinds);
	return s;
}

void search_sort_destroy(struct search_sort *s)
{
	if (!s)
		return;
	search_table_finish(&s->table);
	search_ranks_finish(&s->ranks);
	free(s->messages);
	free(s->into);
	seqset_finish(&s->result);
	free(s);
}

static int begin_sort(struct search_sort *s)
{
	bool lowest = s->wanted->list[0].reverse == s->limit.from_end;

	search_narrow(&s->table, s->wanted->list[0].by, lowest, s->limit.count);
	s->count = search_table_messages(&s->table);
	s->messages = calloc(s->count + 1, sizeof(*s->messages));
	s->into = calloc(s->count + 1, sizeof(*s->into));
	if (!s->messages || !s->into)
		return QUARANTINE_NO_MEMORY;
	for (size_t i = 0; i < s->count; i++)
		s->messages[i] = (uint32_t)i;
	return QUARANTINE_OK;
}

/* By the last criterion that is left; false: time is up. */
static bool sort_by_next(struct search_sort *s, const struct pace *pace)
{
	size_t i = s->left - 1;
	uint32_t *sorted = s->into;

	if (!search_ranks_step(&s->ranks, &s->table, s->wanted->list[i].by, pace))
		return false;
	if (s->ranks.failed ||
	    !search_ranks_order(&s->ranks, s->wanted->list[i].reverse, s->messages, s->into)) {
		s->result.failed = true;
		return true;
	}
	s->into = s->messages;
	s->messages = sorted;
	s->left--;
	search_ranks_finish(&s->ranks);
	return true;
}

static void take_result(struct search_sort *s)
{
	uint32_t *uids = s->into;
	size_t count = 0;

	for (size_t i = 0; i < s->table.count; i++) {
		const struct search_table_stretch *stretch = &s->table.list[i];
		uint32_t at = column_bit_next(&stretch->found, 0);

		for (; at < COLUMN_UIDS; at = column_bit_next(&stretch->found, at + 1))
			uids[count++] = stretch->number * COLUMN_UIDS + at;
	}
	for (size_t i = 0; i < count; i++)
		seqset_add(&s->result, uids[s->messages[i]], uids[s->messages[i]]);
}

int search_sort_step(struct search_sort *s, struct quarantine *q, bool *more)
{
	struct pace pace = pace_start();
	int status = QUARANTINE_OK;

	*more = false;
	if (!s->messages) {
		status = search_table_step(&s->table, q, &pace, more);
		if (status == QUARANTINE_OK && !*more)
			status = begin_sort(s);
		if (status != QUARANTINE_OK || *more)
			return status;
	}
	while (s->left > 0 && !s->result.failed && !*more)
		*more = !sort_by_next(s, &pace);
	if (!*more && !s->result.failed)
		take_result(s);
	return s->result.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

const struct seqset_builder *search_sort_result(const struct search_sort *s)
{
	return &s->result;
}
