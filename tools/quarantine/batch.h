/* SPDX-License-Identifier: ISC
 *
 * Messages on their way into the store, in groups: a group is one transaction, so that an import is fast
 * and an end in the middle leaves whole messages only.
 *
 * Each message is delivered with a key made of its bytes and of where it stood in the source. So an import
 * that was stopped can be run again as it was: what is stored already is recognised, and two equal
 * messages of one source are still two. The store forgets keys after 7 days. */
#ifndef QUARANTINE_TOOLS_BATCH_H
#define QUARANTINE_TOOLS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/base/buf.h"
#include "../../store/include/quarantine.h"

enum { BATCH_MESSAGES = 100, BATCH_BYTES = 4 * 1024 * 1024, BATCH_KEY_SIZE = 80 };

struct batch {
	struct quarantine *store;
	struct quarantine_envelope envelope; /* what all have in common; borrowed texts */
	bool received_from_header;
	bool again;      /* no keys: everything is stored once more */
	uint64_t stored; /* messages that the store has for certain, known ones included */
	uint64_t bytes;
	uint64_t refused;

	struct buf content;
	size_t count;
	struct batch_item {
		size_t at, len;
		int64_t received;
		char key[BATCH_KEY_SIZE];
	} items[BATCH_MESSAGES];
};

/* The message that was appended to `content` at `at`. */
void batch_add(struct batch *b, size_t at, const char *place);

bool batch_full(const struct batch *b);

/* Delivers the group. A message that the store refuses for itself is passed over, counted and told to
 * standard error. Returns a quarantine_status. */
int batch_flush(struct batch *b);

void batch_finish(struct batch *b);

#endif
