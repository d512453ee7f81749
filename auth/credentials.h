/* SPDX-License-Identifier: ISC
 *
 * What a name, a password and a stored hash must look like. Pure functions. */
#ifndef QUARANTINE_AUTH_CREDENTIALS_H
#define QUARANTINE_AUTH_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

/* Why a name or a new password is not acceptable, for people; NULL when it is. */
const char *credentials_name_why(const char *name);
const char *credentials_password_why(const char *password, size_t len);

/* Whether a stored hash is exactly an Argon2id string as libsodium writes it, and cheap enough to be
 * computed: at most 256 MiB and 10 passes. Without this a written file could take the machine's memory. */
bool credentials_hash_ok(const char *hash);

#endif
