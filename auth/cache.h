/* SPDX-License-Identifier: ISC
 *
 * Good logins of the last minutes, as BLAKE2b digests under a random key of the process: of no use to
 * whoever reads them elsewhere. The stored hash is part of what is digested, so a changed or removed account
 * has no entry any more. Bounded, the oldest is forgotten first. Any thread. */
#ifndef QUARANTINE_AUTH_CACHE_H
#define QUARANTINE_AUTH_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CACHE_ENTRIES = 256, CACHE_SECONDS = 300, CACHE_DIGEST = 32 };

struct cache;

struct cache *cache_create(void); /* NULL when memory runs out */
void cache_destroy(struct cache *c);

/* What stands for one login: the account's name, its stored hash, the password given. */
void cache_digest(const struct cache *c, const char *name, const char *hash, const char *password, size_t len,
		  unsigned char digest[CACHE_DIGEST]);

bool cache_has(struct cache *c, const unsigned char digest[CACHE_DIGEST], int64_t now);
void cache_add(struct cache *c, const unsigned char digest[CACHE_DIGEST], int64_t now);

#endif
