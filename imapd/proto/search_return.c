/* SPDX-License-Identifier: ISC */
#include "search_return.h"

#include "fetch_att.h"

static const struct {
	const char *name;
	enum search_return_option option;
} options[] = {
	{"MIN", SEARCH_RETURN_MIN},         {"MAX", SEARCH_RETURN_MAX},
	{"ALL", SEARCH_RETURN_ALL},         {"COUNT", SEARCH_RETURN_COUNT},
	{"SAVE", SEARCH_RETURN_SAVE},       {"PARTIAL", SEARCH_RETURN_PARTIAL},
	{"CONTEXT", SEARCH_RETURN_CONTEXT}, {"UPDATE", SEARCH_RETURN_UPDATE},
};

bool search_partial_parse(struct parser *p, struct search_partial *out)
{
	struct search_partial range = {.from_end = parse_peek(p, '-')};

	if (range.from_end)
		p->at++;
	if (!parse_nz_number(p, &range.first) || !parse_char(p, ':') ||
	    (range.from_end && !parse_char(p, '-')) || !parse_nz_number(p, &range.last))
		return parse_fail(p, "Invalid range of results");
	*out = range;
	return true;
}

void search_partial_window(const struct search_partial *p, uint64_t count, uint64_t *from, uint64_t *to)
{
	uint64_t low = p->first < p->last ? p->first : p->last;
	uint64_t high = p->first < p->last ? p->last : p->first;

	*from = *to = 0;
	if (high > count)
		high = count;
	if (low > high)
		return;
	*from = p->from_end ? count - high : low - 1;
	*to = p->from_end ? count - low + 1 : high;
}

struct search_limit search_return_limit(const struct search_return *wanted)
{
	const struct search_partial *p = &wanted->partial;
	unsigned sets = wanted->options & ~(unsigned)(SEARCH_RETURN_SAVE | SEARCH_RETURN_CONTEXT);

	if (sets == SEARCH_RETURN_MIN || sets == SEARCH_RETURN_MAX)
		return (struct search_limit){1, sets == SEARCH_RETURN_MAX};
	if ((sets & SEARCH_RETURN_PARTIAL) &&
	    !(sets &
	      ~(unsigned)(SEARCH_RETURN_PARTIAL | (p->from_end ? SEARCH_RETURN_MAX : SEARCH_RETURN_MIN))))
		return (struct search_limit){p->first > p->last ? p->first : p->last, p->from_end};
	return (struct search_limit){UINT64_MAX, false};
}

/* [SP "(" fetch-att *(SP fetch-att) ")"], of what is added to the results (RFC 5465 section 7) */
static bool read_items(struct parser *p, struct search_return *ret)
{
	struct fetch_items items;
	size_t begin = p->at;

	if (!parse_peek(p, ' ') || !parse_space(p) || !parse_peek(p, '(')) {
		p->at = begin;
		return true;
	}
	begin = p->at;
	if (!fetch_items_parse(p, &items))
		return false;
	ret->items = slice_of(p->in.data + begin, p->at - begin);
	return true;
}

static bool read_option(struct parser *p, struct search_return *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!parse_word(p, options[i].name))
			continue;
		if (options[i].option == SEARCH_RETURN_PARTIAL &&
		    ((ret->options & SEARCH_RETURN_PARTIAL) || !parse_space(p) ||
		     !search_partial_parse(p, &ret->partial)))
			return parse_fail(p, "Invalid range of results");
		ret->options |= options[i].option;
		return options[i].option != SEARCH_RETURN_UPDATE || read_items(p, ret);
	}
	return parse_fail(p, "Unknown return option");
}

bool search_return_parse(struct parser *p, struct search_return *out)
{
	const unsigned sets = SEARCH_RETURN_ALL | SEARCH_RETURN_PARTIAL;
	struct search_return ret = {0};

	ret.asked = parse_word(p, "RETURN");
	*out = ret;
	if (!ret.asked)
		return true;
	if (!parse_space(p) || !parse_char(p, '('))
		return parse_fail(p, "Expected return options");
	while (!parse_peek(p, ')'))
		if (!read_option(p, &ret) || (!parse_peek(p, ')') && !parse_space(p)))
			return false;
	p->at++;
	if ((ret.options & sets) == sets)
		return parse_fail(p, "ALL and PARTIAL exclude each other");
	if (ret.options == 0)
		ret.options = SEARCH_RETURN_ALL;
	*out = ret;
	return parse_space(p);
}
