/* SPDX-License-Identifier: ISC */
#include "penalty.h"

#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	DELAY_FIRST_MS = 2000,
	DELAY_MAX_MS = 15000,
	DELAY_NONE_MS = 1000, /* what is below has passed */
	HALF_LIFE_MS = 60000,
};

static const uint32_t NOBODY = UINT32_MAX; /* no entry */

struct source {
	unsigned char address[16]; /* IPv4 as mapped; IPv6 without its lower half */
};

/* An address that failed. Entries are chained by hash and in the order of their last failure. */
struct entry {
	struct source source;
	uint32_t next;           /* of the same bucket, or of the free list */
	uint32_t older, younger; /* by last failure */
	uint64_t failed_ms;
	unsigned delay_ms; /* at failed_ms */
	bool pending;      /* an attempt is under way */
};

struct penalty {
	unsigned char key[crypto_shorthash_KEYBYTES]; /* so that nobody can choose addresses that collide */
	uint32_t *buckets;
	uint32_t bucket_count;
	struct entry *entries;
	uint32_t free;
	uint32_t oldest, youngest;
};

struct penalty *penalty_create(unsigned entries)
{
	struct penalty *p = sodium_init() < 0 ? NULL : calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->bucket_count = entries;
	p->entries = calloc(entries, sizeof(*p->entries));
	p->buckets = calloc(entries, sizeof(*p->buckets));
	if (entries == 0 || !p->entries || !p->buckets) {
		penalty_destroy(p);
		return NULL;
	}
	crypto_shorthash_keygen(p->key);
	for (uint32_t i = 0; i < entries; i++) {
		p->buckets[i] = NOBODY;
		p->entries[i].next = i + 1 < entries ? i + 1 : NOBODY;
	}
	p->oldest = p->youngest = NOBODY;
	return p;
}

void penalty_destroy(struct penalty *p)
{
	if (!p)
		return;
	free(p->buckets);
	free(p->entries);
	free(p);
}

/* False for what is no IP address. */
static bool source_of(const struct sockaddr *peer, struct source *source)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	*source = (struct source){0};
	if (peer->sa_family == AF_INET) {
		memcpy(source->address, mapped, sizeof(mapped));
		memcpy(source->address + 12, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
		return true;
	}
	if (peer->sa_family != AF_INET6)
		return false;
	const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
	memcpy(source->address, in6, IN6_IS_ADDR_V4MAPPED(in6) ? 16 : 8);
	return true;
}

static uint32_t *bucket_of(struct penalty *p, const struct source *source)
{
	unsigned char bytes[crypto_shorthash_BYTES];
	uint64_t hash;
	crypto_shorthash(bytes, source->address, sizeof(source->address), p->key);
	memcpy(&hash, bytes, sizeof(hash));
	return &p->buckets[hash % p->bucket_count];
}

/* Where the index of the source's entry is kept; *it is NOBODY when there is none. */
static uint32_t *find(struct penalty *p, const struct source *source)
{
	uint32_t *at = bucket_of(p, source);
	while (*at != NOBODY && memcmp(&p->entries[*at].source, source, sizeof(*source)) != 0)
		at = &p->entries[*at].next;
	return at;
}

/* Where the index of a peer's entry is kept; NULL: there is none. */
static uint32_t *known(struct penalty *p, const struct sockaddr *peer)
{
	struct source source;
	uint32_t *at = source_of(peer, &source) ? find(p, &source) : NULL;
	return at && *at != NOBODY ? at : NULL;
}

static void unchain(struct penalty *p, const struct entry *e)
{
	*(e->older == NOBODY ? &p->oldest : &p->entries[e->older].younger) = e->younger;
	*(e->younger == NOBODY ? &p->youngest : &p->entries[e->younger].older) = e->older;
}

static void chain_youngest(struct penalty *p, uint32_t i)
{
	p->entries[i].older = p->youngest;
	p->entries[i].younger = NOBODY;
	*(p->youngest == NOBODY ? &p->oldest : &p->entries[p->youngest].younger) = i;
	p->youngest = i;
}

static void forget(struct penalty *p, uint32_t *at)
{
	uint32_t i = *at;
	struct entry *e = &p->entries[i];
	*at = e->next;
	unchain(p, e);
	e->next = p->free;
	p->free = i;
}

/* Of the entries without a pending attempt. As many as have one are passed over, which are as many as there
 * are sessions waiting to log in. */
static void forget_oldest(struct penalty *p)
{
	uint32_t i = p->oldest;
	while (i != NOBODY && p->entries[i].pending)
		i = p->entries[i].younger;
	if (i != NOBODY)
		forget(p, find(p, &p->entries[i].source));
}

/* A new entry without delay, in the place of the oldest when all are taken. NOBODY: there is no place. */
static uint32_t remember(struct penalty *p, const struct source *source)
{
	if (p->free == NOBODY)
		forget_oldest(p);
	if (p->free == NOBODY)
		return NOBODY;
	uint32_t i = p->free;
	p->free = p->entries[i].next;
	uint32_t *bucket = bucket_of(p, source);
	p->entries[i] = (struct entry){.source = *source, .next = *bucket};
	*bucket = i;
	chain_youngest(p, i);
	return i;
}

static unsigned delay_now(const struct entry *e, uint64_t now_ms)
{
	uint64_t halvings = now_ms > e->failed_ms ? (now_ms - e->failed_ms) / HALF_LIFE_MS : 0;
	unsigned delay = halvings < 8 ? e->delay_ms >> halvings : 0;
	return delay < DELAY_NONE_MS ? 0 : delay;
}

unsigned penalty_delay(struct penalty *p, const struct sockaddr *peer, uint64_t now_ms)
{
	const uint32_t *at = known(p, peer);
	return at ? delay_now(&p->entries[*at], now_ms) : 0;
}

void penalty_failed(struct penalty *p, const struct sockaddr *peer, uint64_t now_ms)
{
	struct source source;
	if (!source_of(peer, &source))
		return;
	uint32_t i = *find(p, &source);
	if (i == NOBODY)
		i = remember(p, &source);
	if (i == NOBODY)
		return;
	struct entry *e = &p->entries[i];
	unsigned delay = delay_now(e, now_ms) * 2;
	e->delay_ms = delay < DELAY_FIRST_MS ? DELAY_FIRST_MS : delay > DELAY_MAX_MS ? DELAY_MAX_MS : delay;
	e->failed_ms = now_ms;
	unchain(p, e);
	chain_youngest(p, i);
}

void penalty_succeeded(struct penalty *p, const struct sockaddr *peer)
{
	uint32_t *at = known(p, peer);
	if (!at)
		return;
	if (p->entries[*at].pending)
		p->entries[*at].delay_ms = 0;
	else
		forget(p, at);
}

bool penalty_begin(struct penalty *p, const struct sockaddr *peer)
{
	struct source source;
	if (!source_of(peer, &source))
		return true;
	uint32_t i = *find(p, &source);
	if (i == NOBODY)
		i = remember(p, &source);
	if (i == NOBODY || p->entries[i].pending)
		return false;
	p->entries[i].pending = true;
	return true;
}

void penalty_end(struct penalty *p, const struct sockaddr *peer)
{
	uint32_t *at = known(p, peer);
	if (!at)
		return;
	p->entries[*at].pending = false;
	if (p->entries[*at].delay_ms == 0)
		forget(p, at);
}
