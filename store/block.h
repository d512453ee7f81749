/* SPDX-License-Identifier: ISC
 *
 * Where changes are looked for: a row for each 128 UIDs says the highest modseq in it, at least. A change
 * marks the blocks that it touches, not each entry. Inside a transaction. */
#ifndef QUARANTINE_BLOCK_H
#define QUARANTINE_BLOCK_H

#include "stmt.h"

enum block_bits { BLOCK_BITS = 7 }; /* also in queries.sql */

/* The marks of one change; begins with `last` -1. */
struct block_marks {
	int64_t mailbox, modseq;
	int64_t last; /* block that was marked last */
};

/* The entry of this UID gets the modseq. UIDs in ascending order cost least. */
int block_mark(struct quarantine *q, struct block_marks *marks, int64_t uid);

/* A new entry: only the last of a block marks it, because the block that is not full is always looked at. */
int block_mark_arrival(struct quarantine *q, struct block_marks *marks, int64_t uid);

/* Entries of this UID's block were purged: with the last of them it goes. */
int block_drop(struct quarantine *q, int64_t mailbox, int64_t uid);

#endif
