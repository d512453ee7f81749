/* SPDX-License-Identifier: ISC
 *
 * A message that a client expunged and appends elsewhere: mbsync and offlineimap move so. What they append is
 * their own copy, sometimes with a field that they put in. Where it can be no other message, the stored one
 * comes back in its place. */
#ifndef QUARANTINE_RECALL_H
#define QUARANTINE_RECALL_H

#include "message.h"

enum { RECALL_ALIKE_MAX = 1000 }; /* messages alike that are looked at; in a larger run nothing is certain */

/* Inside a transaction: when the draft is a copy of exactly one stored message, and `by` expunged that
 * lately, makes an entry for it in its place. The message goes back to a mailbox of filters as after a move.
 * *message becomes its id, or stays as it is. */
int recall(struct quarantine *q, const struct message_draft *draft, const char *by,
	   struct message_place *place, int64_t *message);

#endif
