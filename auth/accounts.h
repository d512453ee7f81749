/* SPDX-License-Identifier: ISC
 *
 * The accounts file: one SQLite database with a rollback journal, so that who may only read it can. It is
 * opened for each use and closed after it (some 0.1 ms beside a hash of 50 ms): nothing is shared between
 * threads, and a file that was changed or replaced is seen at once. Knows nothing of passwords. */
#ifndef QUARANTINE_AUTH_ACCOUNTS_H
#define QUARANTINE_AUTH_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "types.h"

enum { ACCOUNTS_HASH_MAX = 128 }; /* bytes of a stored hash, its NUL included */

enum { ACCOUNTS_SECRET = 32 };

struct scram_keys;
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

/* `keys` NULL: the account has none. */
int accounts_put(struct accounts *accounts, const char *name, const char *hash, const struct scram_keys *keys,
		 int64_t now);

/* The keys for SCRAM. AUTH_NOT_FOUND: the account has none, or is not there. */
int accounts_find_keys(struct accounts *accounts, const char *name, struct scram_keys *keys);

/* Whether there is an account, and every one has keys for SCRAM. */
int accounts_all_have_keys(struct accounts *accounts, bool *all);

/* Random bytes, made with the file: what is made up for unknown names comes from them, and stays the same. */
int accounts_secret(struct accounts *accounts, unsigned char secret[ACCOUNTS_SECRET]);

int accounts_remove(struct accounts *accounts, const char *name);

/* *list is the caller's, freed by free(). */
int accounts_list(struct accounts *accounts, struct auth_account **list, size_t *count);

#endif
