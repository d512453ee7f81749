/* SPDX-License-Identifier: ISC
 *
 * Accounts and passwords. All functions block (Argon2id takes some 50 ms and 64 MiB), so a server calls
 * them on threads of their own. A handle may be shared by threads: verifying is safe at once, changing is
 * serialised inside. Passwords are wiped by the caller unless a function says that it does. */
#ifndef QUARANTINE_AUTH_H
#define QUARANTINE_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types.h"

struct auth;
struct scram;

/* Opens the accounts file (SQLite, its own file, 0640); AUTH_CREATE makes it where there is none. For a
 * reader it may come into being later, may be replaced, and each verification sees it as it then is. A file
 * that all users may access, or that holds a hash of a cost out of bounds, is refused.
 * `why` as in quarantine_open_why(). */
int auth_open(const char *file, unsigned flags, struct auth **out, char *why, size_t why_size);
void auth_close(struct auth *a); /* NULL is fine */

/* Fixed texts for people: what is wrong and what to do. */
const char *auth_strerror(int status);

/* Copies the detail of the last failure on this handle, NUL-terminated and cut to `size`: for logs and for
 * the administrator, never for a client. */
void auth_errmsg(struct auth *a, char *text, size_t size);

/* Verifies a password. Equal work for unknown names. Wipes `password` (len bytes) before it returns. A good
 * login is remembered for five minutes in a keyed form, so that it costs no hash again; a change of the
 * account ends that. */
int auth_verify(struct auth *a, const char *name, char *password, size_t len);

/* SCRAM-SHA-256 (RFC 5802): can be offered where every account has keys for it, so that it does not tell
 * which names exist. Cheap: the accounts are read again only when their file has changed. */
bool auth_scram_offered(struct auth *a);

/* The client's first message → the server's, with a salt that is made up, but always the same, for names
 * without keys. AUTH_DENIED: it is no such message. `s` is zeroed before; s->name is who it claims to be. */
int auth_scram_first(struct auth *a, struct scram *s, const char *message, size_t len, char *out);

/* The client's final message → the server's. AUTH_DENIED: the password is wrong, or the name. `out` has
 * SCRAM_MESSAGE_MAX bytes, as before. */
int auth_scram_final(struct scram *s, const char *message, size_t len, char *out);

/* Makes the account or changes its password. Keys for SCRAM are kept with `scram`, where the password is
 * printable ASCII. Wipes `password`. */
int auth_account_set(struct auth *a, const char *name, char *password, size_t len, bool scram);
int auth_account_remove(struct auth *a, const char *name);

/* By name. *list is the caller's, freed by free(). */
int auth_account_list(struct auth *a, struct auth_account **list, size_t *count);

/* Argon2id computations that verifying has cost on this handle. */
uint64_t auth_work(const struct auth *a);

#endif
