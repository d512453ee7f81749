/* SPDX-License-Identifier: ISC
 *
 * What NOTIFY asks for (RFC 5465 section 8). Pure. */
#ifndef IMAPD_PROTO_NOTIFY_SET_H
#define IMAPD_PROTO_NOTIFY_SET_H

#include "fetch_att.h"
#include "mailbox_filter.h"
#include "parse.h"

enum { NOTIFY_GROUPS_MAX = 32 };

enum notify_event {
	NOTIFY_MESSAGE_NEW = 1,
	NOTIFY_MESSAGE_EXPUNGE = 2,
	NOTIFY_FLAG_CHANGE = 4,
	NOTIFY_MAILBOX_NAME = 8,
	NOTIFY_SUBSCRIPTION_CHANGE = 16,
	NOTIFY_MAILBOX_METADATA = 32,
	NOTIFY_SERVER_METADATA = 64,
	NOTIFY_MESSAGE_EVENTS = NOTIFY_MESSAGE_NEW | NOTIFY_MESSAGE_EXPUNGE | NOTIFY_FLAG_CHANGE,
};

/* The names of all of them, as BADEVENT tells them. */
#define NOTIFY_EVENTS                                                          \
	"MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange " \
	"MailboxMetadataChange ServerMetadataChange"

struct notify_group {
	struct mailbox_filter filter;
	unsigned events;          /* enum notify_event */
	struct fetch_items items; /* of MessageNew in the selected mailbox; none where it is empty */
};

static inline bool notify_group_is_selected(const struct notify_group *g)
{
	return g->filter.kind == MAILBOX_FILTER_SELECTED || g->filter.kind == MAILBOX_FILTER_SELECTED_DELAYED;
}

/* NOTIFY NONE has no groups. */
struct notify_set {
	bool status; /* STATUS of the mailboxes is wanted now */
	struct notify_group groups[NOTIFY_GROUPS_MAX];
	size_t count;
	bool unknown_event; /* an event is asked for that is not known: NO [BADEVENT] */
	bool limited;       /* too many groups: NO [NOTIFICATIONOVERFLOW] */
};

/* notify-set / notify-none, up to the line's end, which is taken. False also with `limited`. */
bool notify_set_parse(struct parser *p, struct notify_set *out);

#endif
