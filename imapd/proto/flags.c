/* SPDX-License-Identifier: ISC */
#include "../../store/include/quarantine.h"
#include "parse.h"

static uint64_t system_flag(struct slice name)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} flags[] = {
		{"Answered", QUARANTINE_ANSWERED}, {"Deleted", QUARANTINE_DELETED},
		{"Draft", QUARANTINE_DRAFT},       {"Flagged", QUARANTINE_FLAGGED},
		{"Seen", QUARANTINE_SEEN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (slice_ieq(name, slice_str(flags[i].name)))
			return flags[i].bit;
	return 0;
}

static bool add_keyword(struct parser *p, struct parsed_flags *flags, struct slice keyword)
{
	size_t n = flags->keyword_count;

	for (size_t i = 0; i < n; i++)
		if (slice_ieq(flags->keywords[i], keyword))
			return true;
	if (n == PARSE_FLAGS_MAX)
		return parse_fail(p, "Too many flags");
	if ((n & (n - 1)) == 0) {
		struct slice *grown =
			arena_grow(p->arena, flags->keywords, n, n == 0 ? 1 : 2 * n, sizeof(*grown));

		if (!grown)
			return parse_fail(p, "Command too large");
		flags->keywords = grown;
	}
	flags->keywords[flags->keyword_count++] = keyword;
	return true;
}

/* flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword */
static bool parse_flag(struct parser *p, struct parsed_flags *flags)
{
	bool system = parse_peek(p, '\\');
	struct slice name;
	uint64_t bit;

	p->at += system ? 1 : 0;
	if (!parse_atom(p, &name))
		return parse_fail(p, "Expected a flag");
	if (!system)
		return add_keyword(p, flags, name);
	bit = system_flag(name);
	if (bit == 0)
		return parse_fail(p, "No such system flag, or one that cannot be set");
	flags->system |= bit;
	return true;
}

/* flag-list = "(" [flag *(SP flag)] ")"; STORE also takes flag *(SP flag) */
bool parse_flag_list(struct parser *p, struct parsed_flags *out)
{
	struct parsed_flags flags = {0};
	bool list = parse_peek(p, '(');

	p->at += list ? 1 : 0;
	if (!list || !parse_peek(p, ')')) {
		do {
			if (!parse_flag(p, &flags))
				return false;
		} while (!parse_at_end(p) && !(list && parse_peek(p, ')')) && parse_space(p));
	}
	if (list && !parse_char(p, ')'))
		return false;
	*out = flags;
	return true;
}
