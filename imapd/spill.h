/* SPDX-License-Identifier: ISC
 *
 * Bytes that a client sends and that are needed as a whole: in memory while they are few, then in a temporary
 * file that has no name. */
#ifndef IMAPD_SPILL_H
#define IMAPD_SPILL_H

#include <stdbool.h>

#include "../store/base/buf.h"

enum { SPILL_MEMORY = 128 * 1024 };

/* Zeroed it is empty. */
struct spill {
	struct buf memory; /* until they are more than SPILL_MEMORY */
	bool in_file;
	int fd;
	size_t len;
	void *map; /* of the file, once asked for */
};

/* Adds; false when there is no room. Nothing may be added once spill_bytes() was called. */
bool spill_add(struct spill *s, struct slice bytes);

/* All that was added, until spill_finish(). False when memory or address space runs out. */
bool spill_bytes(struct spill *s, struct slice *out);

void spill_finish(struct spill *s);

#endif
