/* SPDX-License-Identifier: ISC */
#include "notify_set.h"

static const struct {
	const char *name;
	enum notify_event event;
} events[] = {
	{"MessageNew", NOTIFY_MESSAGE_NEW},
	{"MessageExpunge", NOTIFY_MESSAGE_EXPUNGE},
	{"FlagChange", NOTIFY_FLAG_CHANGE},
	{"MailboxName", NOTIFY_MAILBOX_NAME},
	{"SubscriptionChange", NOTIFY_SUBSCRIPTION_CHANGE},
	{"MailboxMetadataChange", NOTIFY_MAILBOX_METADATA},
	{"ServerMetadataChange", NOTIFY_SERVER_METADATA},
};

/* [SP "(" fetch-att *(SP fetch-att) ")"] behind MessageNew */
static bool read_items(struct parser *p, struct notify_group *g)
{
	size_t before = p->at;

	if (!parse_peek(p, ' ') || !parse_space(p) || !parse_peek(p, '(')) {
		p->at = before;
		return true;
	}
	if (!notify_group_is_selected(g))
		return parse_fail(p, "FETCH items are for the selected mailbox");
	return fetch_items_parse(p, &g->items);
}

static bool read_event(struct parser *p, struct notify_set *set, struct notify_group *g)
{
	struct slice name;

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (!parse_word(p, events[i].name))
			continue;
		g->events |= events[i].event;
		return events[i].event != NOTIFY_MESSAGE_NEW || read_items(p, g);
	}
	set->unknown_event = true;
	return parse_atom(p, &name);
}

/* events = ("(" event *(SP event) ")") / "NONE" */
static bool read_events(struct parser *p, struct notify_set *set, struct notify_group *g)
{
	if (parse_word(p, "NONE"))
		return true;
	if (!parse_char(p, '('))
		return parse_fail(p, "Expected events");
	do {
		if (!read_event(p, set, g))
			return false;
	} while (!parse_peek(p, ')') && parse_space(p));
	return parse_char(p, ')');
}

/* What must be asked for together, and what may not (RFC 5465 sections 5 and 6.1). */
static bool is_consistent(struct parser *p, const struct notify_group *g)
{
	bool come = g->events & NOTIFY_MESSAGE_NEW, gone = g->events & NOTIFY_MESSAGE_EXPUNGE;

	if (come != gone || ((g->events & NOTIFY_FLAG_CHANGE) && !come))
		return parse_fail(p, "MessageNew and MessageExpunge belong together, and to FlagChange");
	if (notify_group_is_selected(g) && (g->events & ~(unsigned)NOTIFY_MESSAGE_EVENTS))
		return parse_fail(p, "Only events of messages are for the selected mailbox");
	return true;
}

/* event-group = "(" filter-mailboxes SP events ")" */
static bool read_group(struct parser *p, struct notify_set *set)
{
	struct notify_group *g = &set->groups[set->count];

	if (set->count == NOTIFY_GROUPS_MAX) {
		set->limited = true;
		return parse_fail(p, "Too many groups of events");
	}
	if (!parse_char(p, '(') || !mailbox_filter_parse(p, &g->filter) || !parse_space(p) ||
	    !read_events(p, set, g) || !parse_char(p, ')') || !is_consistent(p, g))
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (notify_group_is_selected(g) && notify_group_is_selected(&set->groups[i]))
			return parse_fail(p, "The selected mailbox is named twice");
	set->count++;
	return true;
}

bool notify_set_parse(struct parser *p, struct notify_set *out)
{
	*out = (struct notify_set){.count = 0};
	if (parse_word(p, "NONE"))
		return parse_end(p);
	if (!parse_word(p, "SET") || !parse_space(p))
		return parse_fail(p, "Expected SET or NONE");
	out->status = parse_word(p, "STATUS");
	if (out->status && !parse_space(p))
		return false;
	do {
		if (!read_group(p, out))
			return false;
	} while (!parse_at_end(p) && parse_space(p));
	return parse_end(p);
}
