/* SPDX-License-Identifier: ISC
 *
 * Where an import takes its messages from, one at a time and in order: a stream that holds an mbox or a
 * single message, or a Maildir.
 *
 * Rules for an mbox (mboxrd; an mboxo reads the same but for lines that were quoted before they came in):
 * a line that begins with "From " begins a message when it is the first of the input or follows an empty
 * line, which then belongs to it; a line of one or more ">" and "From " loses one ">". An input that does
 * not begin with "From " is one message, taken as it is. */
#ifndef QUARANTINE_TOOLS_SOURCE_H
#define QUARANTINE_TOOLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../store/base/buf.h"

enum { SOURCE_PLACE_SIZE = 300 };

enum source_status {
	SOURCE_END = 0,
	SOURCE_MESSAGE = 1,
	SOURCE_TOO_BIG = 2,    /* the message at `place` is larger than the limit; it was passed over */
	SOURCE_UNREADABLE = 3, /* the message at `place` cannot be read (errno); it was passed over */
	SOURCE_STOPPED = -1,   /* stop_fd became readable */
	SOURCE_FAILED = -2,    /* errno says why */
};

struct source {
	/* The next message, appended to *out. On every other result *out is as it was. */
	int (*next)(struct source *s, struct buf *out);
	void (*close)(struct source *s);
	uint64_t limit;                /* bytes of a message */
	int stop_fd;                   /* ends the wait for input when it becomes readable; -1: none */
	uint64_t total;                /* bytes of the stream or files of the Maildir; 0: not known */
	uint64_t done;                 /* of them */
	char place[SOURCE_PLACE_SIZE]; /* where the last message stood; the same when it is read again */
};

/* Reads from `fd`, which becomes the source's. NULL when memory runs out. */
struct source *source_stream(int fd, uint64_t limit, int stop_fd);

/* Reads `cur` and `new` of a Maildir in the order of arrival, as the file names state it. Names are kept in
 * memory, messages are not. NULL: errno says why. */
struct source *source_maildir(const char *path, uint64_t limit);

/* NULL is fine. */
void source_close(struct source *s);

#endif
