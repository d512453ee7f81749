/* SPDX-License-Identifier: ISC
 *
 * The text header of a spooled message (spool.h describes it), as bytes: no files here. What is read is
 * hostile. */
#ifndef QUARANTINE_SPOOL_HEADER_H
#define QUARANTINE_SPOOL_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/arena.h"
#include "../base/buf.h"
#include "../include/quarantine.h"

enum { SPOOL_HEADER_MAX = 4 * 1024 * 1024 }; /* bytes: some 100,000 recipients */

/* Appends the header of a message of `length` bytes, its empty line included. False, with something or
 * nothing appended, when a reader would refuse it: no direction, no key, a line end in a word it must
 * not stand in, longer than SPOOL_HEADER_MAX, or no memory. */
bool spool_header_write(struct buf *out, const struct quarantine_envelope *env, uint64_t length);

/* Reads a header up to its empty line, which is not part of `header`. The envelope's texts live in the
 * arena. QUARANTINE_OK, or _INVALID and *why is a short text, or _NO_MEMORY. */
int spool_header_read(struct slice header, struct arena *arena, struct quarantine_envelope *env,
		      uint64_t *length, const char **why);

#endif
