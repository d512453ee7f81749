/* SPDX-License-Identifier: ISC
 *
 * A damaged store, copied and read as far as it goes. The store itself is only read, never opened. */
#ifndef QUARANTINE_TOOLS_SALVAGE_H
#define QUARANTINE_TOOLS_SALVAGE_H

#include <stddef.h>

#include "../../store/include/quarantine.h"

struct salvage_box {
	int64_t id;
	bool readable; /* the row was read; else only its id is known, and `info` has it */
	struct quarantine_mailbox info;
};

/* Where a message stood. */
struct salvage_place {
	int64_t message, mailbox;
	uint64_t flags;
	uint32_t uid;
	uint32_t length;
	bool gone; /* expunged, not purged yet */
};

struct salvage {
	struct quarantine *store; /* the copy, opened for reading */
	char scratch[4096];       /* folder that holds it */
	struct salvage_box *boxes;
	size_t box_count;
	struct salvage_place *places; /* ascending by message, then mailbox */
	size_t place_count;
	uint64_t breaks; /* places in lists where something could not be read */
	bool first_page; /* the beginning of the database was damaged, and was made anew */
	bool holes;      /* parts of the files could not be read from the disk */
};

/* Copies the files of the store `from` into the folder `scratch`, which it makes, and opens the copy. Zeroes
 * *s first. QUARANTINE_BUSY: somebody writes to `from`. QUARANTINE_OK, or a status after a line on standard
 * error; in both cases salvage_close() is to be called. */
int salvage_open(struct salvage *s, const char *from, const char *scratch);

/* Reads the mailboxes and the lists of what is in them, jumping over what cannot be read. */
int salvage_lists(struct salvage *s);

/* Closes and removes the copy. */
void salvage_close(struct salvage *s);

#endif
