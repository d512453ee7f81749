/* SPDX-License-Identifier: ISC */
#include "filter.h"

#include <string.h>

#include "names.h"

bool box_is_below(const char *name, const char *top, bool one)
{
	size_t len = strlen(top);

	if (strncmp(name, top, len) != 0)
		return false;
	if (name[len] == '\0')
		return true;
	return name[len] == BOX_SEPARATOR && !(one && strchr(name + len + 1, BOX_SEPARATOR));
}

bool box_is_of_kind(const struct quarantine_mailbox *box, enum mailbox_filter_kind kind)
{
	bool inbox = box->kind == QUARANTINE_KIND_LOG || box->kind == QUARANTINE_KIND_INBOX;

	return (kind == MAILBOX_FILTER_PERSONAL && box->id != 0) ||
	       (kind == MAILBOX_FILTER_SUBSCRIBED && box->subscribed) ||
	       (kind == MAILBOX_FILTER_INBOXES && box->id != 0 && inbox);
}

bool box_in_filter(const struct quarantine_mailbox *box, const struct mailbox_filter *f, const char **as)
{
	*as = box->name;
	for (size_t i = 0; i < f->count; i++) {
		char room[BOX_ROOM];
		const char *name = box_name(f->names[i].data, room);

		if (strcmp(box->name, name) == 0) {
			*as = f->names[i].data;
			return true;
		}
		if (f->kind != MAILBOX_FILTER_MAILBOXES &&
		    box_is_below(box->name, name, f->kind == MAILBOX_FILTER_SUBTREE_ONE))
			return true;
	}
	return f->count == 0 && box_is_of_kind(box, f->kind);
}
