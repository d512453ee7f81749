/* SPDX-License-Identifier: ISC
 *
 * In each stretch the text is found at which there are enough. The best of these texts is a bound: what is
 * worse is not wanted. A stretch whose best text is worse is not looked at, which is the case for nearly all
 * where the order is that of arrival. */
#include "search_narrow.h"

#include "search_table.h"

struct narrow {
	bool lowest;
	uint64_t most;
	struct slice bound;
	bool bounded;
};

static bool is_worse(const struct narrow *n, struct slice text, struct slice than)
{
	int order = column_text_compare(text, than);

	return n->lowest ? order > 0 : order < 0;
}

/* The text at this place, counted from the best, which is 0. */
static struct slice text_at(const struct narrow *n, const struct column *c, unsigned at)
{
	return column_text(c, n->lowest ? at + 1 : c->count - at);
}

static bool is_beyond(const struct narrow *n, const struct column *c)
{
	return !c || (n->bounded && is_worse(n, text_at(n, c, 0), n->bound));
}

static void look_at(struct narrow *n, const struct search_table_stretch *s, const struct column *c)
{
	uint16_t count[COLUMN_UIDS + 1] = {0}; /* messages by place */
	uint64_t sum = 0;
	unsigned at = 0;
	struct slice text;

	for (uint32_t i = column_bit_next(&s->found, 0); i < COLUMN_UIDS;
	     i = column_bit_next(&s->found, i + 1))
		count[c->place[i]]++;
	while (at < c->count && (sum += count[n->lowest ? at + 1 : c->count - at]) < n->most)
		at++;
	if (at == c->count)
		return;
	text = text_at(n, c, at);
	if (!n->bounded || is_worse(n, n->bound, text))
		n->bound = text;
	n->bounded = true;
}

/* Leaves in a stretch what is not worse than the bound. */
static void cut(const struct narrow *n, struct search_table_stretch *s, const struct column *c)
{
	bool keep[COLUMN_UIDS + 1] = {false}; /* by place */

	for (unsigned at = 0; at < c->count && !is_worse(n, text_at(n, c, at), n->bound); at++)
		keep[n->lowest ? at + 1 : c->count - at] = true;
	for (uint32_t i = column_bit_next(&s->found, 0); i < COLUMN_UIDS;
	     i = column_bit_next(&s->found, i + 1))
		if (!keep[c->place[i]])
			column_bit_clear(&s->found, i);
}

void search_narrow(struct search_table *t, unsigned kind, bool lowest, uint64_t most)
{
	struct narrow n = {.lowest = lowest, .most = most};

	if (most == 0 || most > COLUMN_UIDS)
		return;
	for (size_t i = 0; i < t->count; i++) {
		const struct search_table_stretch *s = &t->list[lowest ? i : t->count - 1 - i];

		if (!is_beyond(&n, s->column[kind]))
			look_at(&n, s, s->column[kind]);
	}
	for (size_t i = 0; n.bounded && i < t->count; i++) {
		struct search_table_stretch *s = &t->list[i];

		if (is_beyond(&n, s->column[kind]))
			s->found = (struct column_bits){{0}};
		else
			cut(&n, s, s->column[kind]);
	}
}
