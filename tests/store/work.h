/* SPDX-License-Identifier: ISC
 *
 * The work that the tests of this folder give the store. Message n of worker w is always the same bytes, so
 * that what is read can be compared without keeping it; its delivery key is its name, "w/n". */
#ifndef QUARANTINE_TESTS_WORK_H
#define QUARANTINE_TESTS_WORK_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "../../store/base/buf.h"
#include "../../store/include/quarantine.h"
#include "../../store/include/quarantine_admin.h"

/* Ends the test where the condition does not hold. */
#define MUST(condition) ((condition) ? (void)0 : work_fail(__FILE__, __LINE__, #condition))
#define MUST_OK(q, call) work_ok((q), (call), __FILE__, __LINE__, #call)

_Noreturn void work_fail(const char *file, int line, const char *what);
void work_ok(struct quarantine *q, int status, const char *file, int line, const char *what);

enum { WORK_WORKERS = 10, WORK_MESSAGES = 4000 };

/* A folder that work_remove() removes. */
void work_folder(char *path, size_t size);
void work_remove(const char *path);

/* Copies a folder and what is in it; holes stay holes. */
void work_copy(const char *from, const char *to);

void work_create(const char *path);
struct quarantine *work_open(const char *path, unsigned flags);

/* The bytes of a message: one of a run with small differences, or (one in eight) its own noise. */
void work_message(struct buf *out, unsigned worker, unsigned n);

/* Delivers it to Outgoing with its key. Returns the status. */
int work_deliver(struct quarantine *q, unsigned worker, unsigned n, int64_t *id);

/* The same, received at that time; 0: now. */
int work_deliver_at(struct quarantine *q, unsigned worker, unsigned n, int64_t received, int64_t *id);

/* What a mailbox holds. */
struct work_tally {
	uint64_t messages;
	uint32_t uidvalidity, uidnext;
	int64_t id[WORK_WORKERS][WORK_MESSAGES]; /* 0: not there */
	uint32_t uid[WORK_WORKERS][WORK_MESSAGES];
	uint64_t flags[WORK_WORKERS][WORK_MESSAGES];
};

/* Reads every message of Outgoing, or of a mailbox: each is one of ours, whole, there once, and UIDs ascend
 * below UIDNEXT. */
void work_verify(const char *path, struct work_tally *tally);
void work_verify_in(const char *path, const char *mailbox, struct work_tally *tally);

/* The later of two tallies of a mailbox: the UIDVALIDITY is the same, who is still there has the UID and the
 * id that it had, and who is new has a UID that nobody can have had before. */
void work_follows(const struct work_tally *before, const struct work_tally *after);

/* quarantine_check() finds no fault. */
void work_check(const char *path);

uint64_t work_wal_size(const char *path);

/* One line a fact through a pipe that outlives its writer; small enough to be written whole. */
struct work_ack {
	unsigned worker, n;
	int64_t id;
};
void work_ack(int fd, unsigned worker, unsigned n, int64_t id);
/* False when all writers are gone. */
bool work_next_ack(int fd, struct work_ack *ack);

/* Waits for a child that must end well. */
void work_wait(pid_t child);

#endif
