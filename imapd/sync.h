/* SPDX-License-Identifier: ISC
 *
 * Tells a connection what happened to its selected mailbox. Used by whoever has the command. */
#ifndef IMAPD_SYNC_H
#define IMAPD_SYNC_H

#include <stdbool.h>

struct imap_state;
struct quarantine;
struct response;

/* Reads what is new in the selected mailbox and tells it: EXPUNGE, EXISTS, RECENT, new keywords, FETCH of
 * flags, and changed results of searches. With `hold_expunge` nothing that would change a sequence number.
 * *more: the step is over, call again before anything else. A QUARANTINE_ status. */
int sync_view(struct imap_state *state, struct quarantine *q, struct response *r, bool hold_expunge,
	      bool *more);

#endif
