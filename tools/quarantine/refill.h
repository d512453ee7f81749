/* SPDX-License-Identifier: ISC
 *
 * What was salvaged goes into a new store by the public functions: delivered or appended, copied and moved to
 * where it stood, flagged. Everything that is derived from a message is derived anew. */
#ifndef QUARANTINE_TOOLS_REFILL_H
#define QUARANTINE_TOOLS_REFILL_H

#include "../../store/base/slice.h"
#include "salvage.h"

struct refill_target;

struct refill {
	struct quarantine *store; /* the new one */
	const struct salvage *old;
	struct refill_target *targets;
	struct {
		int64_t mailbox;
		struct quarantine_range range;
		uint64_t flags;
	} marks; /* flags of neighbours are set together */
};

/* Makes the mailboxes with their keywords. Functions return a quarantine_status; the new store has the text.
 */
int refill_mailboxes(struct refill *f);

/* The message was present there, in a mailbox that was not deleted. */
bool refill_counts(const struct refill *f, const struct salvage_place *place);

/* Stores a message. `facts` may be NULL; the first of `places` (if there are any) counts. QUARANTINE_INVALID,
 * _TOO_BIG: the store does not take this one. */
int refill_message(struct refill *f, struct slice bytes, const struct quarantine_facts *facts,
		   const struct salvage_place *places, size_t count);

/* What is left to be done at the end; frees what refill_mailboxes() made. */
int refill_finish(struct refill *f);

#endif
