/* SPDX-License-Identifier: ISC */
#include "sort_order.h"

static const char *const names[SORT_BY_COUNT] = {
	[SORT_BY_ARRIVAL] = "ARRIVAL",
	[SORT_BY_CC] = "CC",
	[SORT_BY_DATE] = "DATE",
	[SORT_BY_DISPLAYFROM] = "DISPLAYFROM",
	[SORT_BY_DISPLAYTO] = "DISPLAYTO",
	[SORT_BY_FROM] = "FROM",
	[SORT_BY_SIZE] = "SIZE",
	[SORT_BY_SUBJECT] = "SUBJECT",
	[SORT_BY_TO] = "TO",
};

static void add(struct sort_order *order, enum sort_by by, bool reverse)
{
	for (size_t i = 0; i < order->count; i++)
		if (order->list[i].by == by)
			return;
	order->list[order->count].by = by;
	order->list[order->count++].reverse = reverse;
}

/* sort-criterion = ["REVERSE" SP] sort-key */
static bool read_criterion(struct parser *p, struct sort_order *order)
{
	bool reverse = parse_word(p, "REVERSE");

	if (reverse && !parse_space(p))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!parse_word(p, names[i]))
			continue;
		add(order, (enum sort_by)i, reverse);
		return true;
	}
	return parse_fail(p, "Unknown sort key");
}

bool sort_order_parse(struct parser *p, struct sort_order *out)
{
	*out = (struct sort_order){.count = 0};
	if (!parse_char(p, '('))
		return parse_fail(p, "Expected sort keys");
	do {
		if (!read_criterion(p, out))
			return false;
	} while (!parse_peek(p, ')') && parse_space(p));
	return parse_char(p, ')');
}
