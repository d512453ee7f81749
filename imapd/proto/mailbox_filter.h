/* SPDX-License-Identifier: ISC
 *
 * Which mailboxes a command is about (filter-mailboxes of RFC 5465 section 6, RFC 7377 section 2.2). Pure. */
#ifndef IMAPD_PROTO_MAILBOX_FILTER_H
#define IMAPD_PROTO_MAILBOX_FILTER_H

#include "parse.h"

enum { MAILBOX_FILTER_NAMES_MAX = 1000 };

enum mailbox_filter_kind {
	MAILBOX_FILTER_SELECTED,
	MAILBOX_FILTER_SELECTED_DELAYED, /* of NOTIFY only */
	MAILBOX_FILTER_INBOXES,
	MAILBOX_FILTER_PERSONAL,
	MAILBOX_FILTER_SUBSCRIBED,
	MAILBOX_FILTER_SUBTREE,
	MAILBOX_FILTER_SUBTREE_ONE,
	MAILBOX_FILTER_MAILBOXES,
};

struct mailbox_filter {
	enum mailbox_filter_kind kind;
	struct slice *names; /* of the last three kinds: UTF-8, NUL-terminated in the arena */
	size_t count;
};

bool mailbox_filter_parse(struct parser *p, struct mailbox_filter *out);

#endif
