/* SPDX-License-Identifier: ISC
 *
 * System calls that fail on purpose. faultio.c defines the functions by which SQLite and the store read,
 * write, sync, cut, open, rename and unlink files, so a program that links it (with exported symbols) has
 * them fail where a test says so. As a module in LD_PRELOAD it does the same to a program that knows nothing
 * of it:
 *
 *     QUARANTINE_FAULTIO="CALL N ERROR STICKY"    faultio_arm() at the start; names as in faultio.c
 *     QUARANTINE_FAULTIO_COUNTS=FILE              at the end, one number a line: the calls of each kind
 *
 * Only regular files and folders count. The state is inherited by fork(). */
#ifndef QUARANTINE_TESTS_FAULTIO_H
#define QUARANTINE_TESTS_FAULTIO_H

enum faultio_call {
	FAULTIO_WRITE,
	FAULTIO_SYNC,
	FAULTIO_TRUNCATE,
	FAULTIO_OPEN,
	FAULTIO_RENAME, /* and link() */
	FAULTIO_UNLINK,
	FAULTIO_READ,
	FAULTIO_CALLS
};

enum {
	FAULTIO_KILL = -1,  /* instead of an error: SIGKILL before the call is made */
	FAULTIO_SHORT = -2, /* half of the bytes are written, and that is what the call returns */
	FAULTIO_TORN = -3,  /* half of the bytes are written, then SIGKILL */
	FAULTIO_LIE = -4,   /* success is told, nothing is done; for syncs */
};

/* From now on the n-th call of that kind (1 is the first) fails with `error`, and with `sticky` all that
 * follow; after a short write they fail with ENOSPC. n of 0: none fails. Counting begins anew. */
void faultio_arm(enum faultio_call call, unsigned n, int error, int sticky);

/* Calls of that kind since faultio_arm(). */
unsigned faultio_count(enum faultio_call call);

/* Called before each write to the file quarantine.db, not to its log. */
void faultio_before_database_write(void (*call)(void));

/* The log was written, its sync failed, and the database was not opened since: who tells of success now
 * builds on what may be lost. A checkpoint's failed sync is not meant: the log is whole, and is moved once
 * more. */
int faultio_built_on_sand(void);

#endif
