/* SPDX-License-Identifier: ISC
 *
 * Who did what to which messages: one line of the log for each command, or more where its UIDs do not fit
 * one. */
#ifndef IMAPD_AUDIT_H
#define IMAPD_AUDIT_H

#include <stdint.h>

#include "../store/include/quarantine.h"

enum { AUDIT_RANGES = 16, AUDIT_DETAIL_MAX = 200 };

/* What a session did in the selected mailbox and has not been said yet. Zeroed but for the first three it is
 * empty; without `user` nothing is said. */
struct audit {
	unsigned session;
	const char *user;    /* borrowed */
	const char *mailbox; /* borrowed */
	const char *verb;    /* "read", "flags", "expunge", "copy", "move"; NULL: nothing is held */
	char detail[AUDIT_DETAIL_MAX];
	struct quarantine_range uids[AUDIT_RANGES];
	unsigned ranges;
	uint64_t messages;
};

/* Adds UIDs of messages that are all there. `verb` is a constant; `detail` is copied, as far as it fits;
 * NULL: none. What was held under another verb or detail is said first. */
void audit_add(struct audit *a, const char *verb, const char *detail, struct quarantine_range uids);

/* Says what is held. */
void audit_say(struct audit *a);

#endif
