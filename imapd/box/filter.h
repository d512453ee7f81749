/* SPDX-License-Identifier: ISC
 *
 * Which mailboxes a command is about (RFC 5465 section 6, RFC 7377 section 2.2), held against a mailbox. */
#ifndef IMAPD_BOX_FILTER_H
#define IMAPD_BOX_FILTER_H

#include <stdbool.h>

#include "../../store/include/quarantine.h"
#include "../proto/mailbox_filter.h"

/* Whether `name` is `top`, or below it; with `one` on the next level. */
bool box_is_below(const char *name, const char *top, bool one);

/* Whether a mailbox is one of INBOXES, PERSONAL or SUBSCRIBED. */
bool box_is_of_kind(const struct quarantine_mailbox *box, enum mailbox_filter_kind kind);

/* Whether the filter means this mailbox, but for the selected one. *as becomes the name that the client has
 * for it, borrowed from either. */
bool box_in_filter(const struct quarantine_mailbox *box, const struct mailbox_filter *f, const char **as);

#endif
