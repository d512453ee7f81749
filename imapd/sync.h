/* SPDX-License-Identifier: ISC
 *
 * Tells a connection what happened to its selected mailbox, and to others that it watches. Used by whoever
 * has the command. */
#ifndef IMAPD_SYNC_H
#define IMAPD_SYNC_H

#include <stdbool.h>
#include <stdint.h>

struct imap_state;
struct quarantine;
struct response;

/* How the news are told. */
enum sync_how {
	SYNC_HOLDS_EXPUNGE = 1, /* nothing that would change a sequence number */
	SYNC_ALL = 2,           /* of the selected mailbox also what NOTIFY leaves out */
	SYNC_OTHERS = 4,        /* only of mailboxes that are not selected */
};

/* Reads what is new and tells it. Of the selected mailbox: EXPUNGE, EXISTS, RECENT, new keywords, FETCH of
 * what came and of flags, and changed results of searches; of the others what NOTIFY asked for. *more: the
 * step is over, call again before anything else. Without a store (q NULL), on the loop's thread, only of the
 * selected mailbox and as far as its feed knows; *more where that is not enough. A QUARANTINE_ status. */
int sync_tell(struct imap_state *state, struct quarantine *q, struct response *r, unsigned how, bool *more);

/* Whether it is known, without a look into the store, that at this version of it there is nothing to tell. */
bool sync_is_told(const struct imap_state *state, unsigned how, uint64_t version);

#endif
