/* SPDX-License-Identifier: ISC
 *
 * The accounts file: one SQLite database with a rollback journal, so that who may only read it can. It is
 * opened for each use and closed after it (some 0.1 ms beside a hash of 50 ms): nothing is shared between
 * threads, and a file that was changed or replaced is seen at once. Knows nothing of passwords. */
#ifndef QUARANTINE_AUTH_ACCOUNTS_H
#define QUARANTINE_AUTH_ACCOUNTS_H

#include <stddef.h>

#include "types.h"

enum { ACCOUNTS_HASH_MAX = 128 }; /* bytes of a stored hash, its NUL included */

struct sqlite3;

/* All functions return an enum auth_status; `why` is set whenever it is not AUTH_OK. */
struct accounts {
	struct sqlite3 *db;
	char why[512];
};

/* AUTH_NOT_FOUND when there is no file. accounts_close() in any case. */
int accounts_open(struct accounts *accounts, const char *file, unsigned flags);
void accounts_close(struct accounts *accounts);

/* The stored hash of an account. */
int accounts_find(struct accounts *accounts, const char *name, char hash[ACCOUNTS_HASH_MAX]);

int accounts_put(struct accounts *accounts, const char *name, const char *hash, int64_t now);
int accounts_remove(struct accounts *accounts, const char *name);

/* *list is the caller's, freed by free(). */
int accounts_list(struct accounts *accounts, struct auth_account **list, size_t *count);

#endif
