/* SPDX-License-Identifier: ISC
 *
 * System calls that fail on purpose. faultio.c defines the functions by which SQLite and the store write,
 * sync, cut and open files, so a program that links it (with exported symbols) has them fail where a test
 * says so. Not thread-safe; the state is inherited by fork(). */
#ifndef QUARANTINE_TESTS_FAULTIO_H
#define QUARANTINE_TESTS_FAULTIO_H

enum faultio_call { FAULTIO_WRITE, FAULTIO_SYNC, FAULTIO_TRUNCATE, FAULTIO_OPEN, FAULTIO_CALLS };

enum { FAULTIO_KILL = -1 }; /* instead of an error: SIGKILL before the call is made */

/* From now on the n-th call of that kind (1 is the first) fails with `error`, and with `sticky` all that
 * follow. n of 0: none fails. Counting begins anew. */
void faultio_arm(enum faultio_call call, unsigned n, int error, int sticky);

/* Calls of that kind since faultio_arm(). */
unsigned faultio_count(enum faultio_call call);

#endif
