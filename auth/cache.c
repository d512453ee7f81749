/* SPDX-License-Identifier: ISC */
#include "cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	unsigned char digest[CACHE_DIGEST];
	int64_t until; /* 0: free */
};

struct cache {
	unsigned char key[crypto_generichash_KEYBYTES];
	pthread_mutex_t lock;
	struct entry entries[CACHE_ENTRIES];
};

struct cache *cache_create(void)
{
	struct cache *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	randombytes_buf(c->key, sizeof(c->key));
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void cache_destroy(struct cache *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	sodium_memzero(c, sizeof(*c));
	free(c);
}

/* A text with its NUL, so that no two logins give the same bytes. */
static void digest_text(crypto_generichash_state *state, const char *text)
{
	crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

void cache_digest(const struct cache *c, const char *name, const char *hash, const char *password, size_t len,
		  unsigned char digest[CACHE_DIGEST])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, c->key, sizeof(c->key), CACHE_DIGEST);
	digest_text(&state, name);
	digest_text(&state, hash);
	crypto_generichash_update(&state, (const unsigned char *)password, len);
	crypto_generichash_final(&state, digest, CACHE_DIGEST);
	sodium_memzero(&state, sizeof(state));
}

bool cache_has(struct cache *c, const unsigned char digest[CACHE_DIGEST], int64_t now)
{
	bool found = false;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < CACHE_ENTRIES; i++)
		if (c->entries[i].until > now &&
		    sodium_memcmp(c->entries[i].digest, digest, CACHE_DIGEST) == 0)
			found = true;
	pthread_mutex_unlock(&c->lock);
	return found;
}

void cache_add(struct cache *c, const unsigned char digest[CACHE_DIGEST], int64_t now)
{
	pthread_mutex_lock(&c->lock);
	struct entry *oldest = &c->entries[0];
	for (size_t i = 1; i < CACHE_ENTRIES; i++)
		if (c->entries[i].until < oldest->until)
			oldest = &c->entries[i];
	memcpy(oldest->digest, digest, CACHE_DIGEST);
	oldest->until = now + CACHE_SECONDS;
	pthread_mutex_unlock(&c->lock);
}
