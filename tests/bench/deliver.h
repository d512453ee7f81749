/* SPDX-License-Identifier: ISC
 *
 * The ways to hand a message over. */
#ifndef QUARANTINE_BENCH_DELIVER_H
#define QUARANTINE_BENCH_DELIVER_H

#include "link.h"
#include "message.h"

struct deliver_job {
	const struct deliver_how *how;
	unsigned count, first, processes, group;
	char **arguments; /* ends with NULL */
};

struct deliver_how {
	const char *name;
	int arguments; /* at least so many */
	void *(*open)(const struct deliver_job *job);
	/* `count` messages; the first has the number `n`. Returns when they are taken. */
	void (*deliver)(const struct deliver_job *job, void *state, const struct buf *list, unsigned count,
			unsigned n);
	void (*close)(void *state);
};

extern const struct deliver_how deliver_library, deliver_append, deliver_lmtp, deliver_program, deliver_mbox;

/* The way of that name; ends the program when there is none. */
const struct deliver_how *deliver_find(const char *name);

#endif
