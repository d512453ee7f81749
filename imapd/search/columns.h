/* SPDX-License-Identifier: ISC
 *
 * The columns that searches have made, shared by all sessions, so that a field of a message is decoded once:
 * what stands in a message never changes, and no UID is given twice. Bounded; what was not used for longest
 * goes first. Lives with the process. Any thread. */
#ifndef IMAPD_COLUMNS_H
#define IMAPD_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

struct column;
struct columns;

enum { COLUMNS_NAME_MAX = 48 };

/* Whose column. */
struct column_key {
	int64_t mailbox;
	uint32_t number;             /* UID / COLUMN_UIDS */
	uint32_t kind;               /* as the caller likes */
	char name[COLUMNS_NAME_MAX]; /* filled up with zeroes */
};

/* Keeps at most `max` bytes. NULL when memory runs out. */
struct columns *columns_create(size_t max);
void columns_destroy(struct columns *all); /* after all were released; NULL is fine */

/* NULL: it is not there. Else for columns_release(). */
const struct column *columns_get(struct columns *all, const struct column_key *key);
/* A NULL is fine, also for `all`: one that was never put there. */
void columns_release(struct columns *all, const struct column *c);

/* Takes it, with one of its `users`, in place of one that knows less. NULL is fine. */
void columns_put(struct columns *all, const struct column_key *key, struct column *c);

#endif
