/* SPDX-License-Identifier: ISC */
#include "mailbox_filter.h"

static const struct {
	const char *name;
	bool named;
} kinds[] = {
	[MAILBOX_FILTER_SELECTED] = {"SELECTED", false},
	[MAILBOX_FILTER_SELECTED_DELAYED] = {"SELECTED-DELAYED", false},
	[MAILBOX_FILTER_INBOXES] = {"INBOXES", false},
	[MAILBOX_FILTER_PERSONAL] = {"PERSONAL", false},
	[MAILBOX_FILTER_SUBSCRIBED] = {"SUBSCRIBED", false},
	[MAILBOX_FILTER_SUBTREE] = {"SUBTREE", true},
	[MAILBOX_FILTER_SUBTREE_ONE] = {"SUBTREE-ONE", true},
	[MAILBOX_FILTER_MAILBOXES] = {"MAILBOXES", true},
};

/* The array has room for the next power of two. */
static bool add_name(struct parser *p, struct mailbox_filter *f)
{
	size_t n = f->count;

	if (n == MAILBOX_FILTER_NAMES_MAX)
		return parse_fail(p, "Too many mailboxes");
	if ((n & (n - 1)) == 0) {
		f->names = arena_grow(p->arena, f->names, n, n == 0 ? 1 : 2 * n, sizeof(*f->names));
		if (!f->names)
			return parse_fail(p, "Command too large");
	}
	return parse_mailbox(p, &f->names[f->count++]);
}

/* one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")" */
static bool parse_names(struct parser *p, struct mailbox_filter *f)
{
	if (!parse_peek(p, '('))
		return add_name(p, f);
	p->at++;
	do {
		if (!add_name(p, f))
			return false;
	} while (!parse_peek(p, ')') && parse_space(p));
	return parse_char(p, ')');
}

bool mailbox_filter_parse(struct parser *p, struct mailbox_filter *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!parse_word(p, kinds[i].name))
			continue;
		*out = (struct mailbox_filter){.kind = (enum mailbox_filter_kind)i};
		return !kinds[i].named || (parse_space(p) && parse_names(p, out));
	}
	return parse_fail(p, "Unknown kind of mailboxes");
}
