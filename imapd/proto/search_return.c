/* SPDX-License-Identifier: ISC */
#include "search_return.h"

static const struct {
	const char *name;
	enum search_return_option option;
} options[] = {
	{"MIN", SEARCH_RETURN_MIN},     {"MAX", SEARCH_RETURN_MAX},   {"ALL", SEARCH_RETURN_ALL},
	{"COUNT", SEARCH_RETURN_COUNT}, {"SAVE", SEARCH_RETURN_SAVE}, {"PARTIAL", SEARCH_RETURN_PARTIAL},
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
		return true;
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
