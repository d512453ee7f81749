/* SPDX-License-Identifier: ISC */
#include "columns.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "column.h"

enum { BUCKETS = 16384 };

struct entry {
	struct column_key key;
	struct column *column;
	struct entry *beside;        /* in the bucket */
	struct entry *newer, *older; /* by use */
};

struct columns {
	pthread_mutex_t lock;
	size_t max, used; /* bytes, with the entries */
	struct entry *newest, *oldest;
	struct entry *buckets[BUCKETS];
};

struct columns *columns_create(size_t max)
{
	struct columns *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	pthread_mutex_init(&all->lock, NULL);
	all->max = max;
	return all;
}

static struct entry **find(struct columns *all, const struct column_key *key)
{
	const unsigned char *bytes = (const unsigned char *)key;
	uint64_t h = 14695981039346656037U;
	struct entry **at;

	for (size_t i = 0; i < sizeof(*key); i++)
		h = (h ^ bytes[i]) * 1099511628211U;
	at = &all->buckets[(h ^ h >> 32) % BUCKETS];
	while (*at && memcmp(&(*at)->key, key, sizeof(*key)) != 0)
		at = &(*at)->beside;
	return at;
}

static void leave_order(struct columns *all, struct entry *e)
{
	*(e->newer ? &e->newer->older : &all->newest) = e->older;
	*(e->older ? &e->older->newer : &all->oldest) = e->newer;
}

static void enter_order(struct columns *all, struct entry *e)
{
	e->newer = NULL;
	e->older = all->newest;
	*(all->newest ? &all->newest->newer : &all->oldest) = e;
	all->newest = e;
}

static void release(struct column *c)
{
	if (--c->users == 0)
		free(c);
}

static void drop(struct columns *all, struct entry **at)
{
	struct entry *e = *at;

	*at = e->beside;
	leave_order(all, e);
	all->used -= sizeof(*e) + e->column->size;
	release(e->column);
	free(e);
}

void columns_destroy(struct columns *all)
{
	if (!all)
		return;
	while (all->oldest)
		drop(all, find(all, &all->oldest->key));
	pthread_mutex_destroy(&all->lock);
	free(all);
}

const struct column *columns_get(struct columns *all, const struct column_key *key)
{
	const struct column *found = NULL;
	struct entry *e;

	pthread_mutex_lock(&all->lock);
	e = *find(all, key);
	if (e) {
		leave_order(all, e);
		enter_order(all, e);
		e->column->users++;
		found = e->column;
	}
	pthread_mutex_unlock(&all->lock);
	return found;
}

void columns_release(struct columns *all, const struct column *c)
{
	if (!c)
		return;
	if (!all) {
		release((struct column *)c);
		return;
	}
	pthread_mutex_lock(&all->lock);
	release((struct column *)c);
	pthread_mutex_unlock(&all->lock);
}

/* Whether it was taken. */
static bool add(struct columns *all, const struct column_key *key, struct column *c)
{
	struct entry **at = find(all, key);
	struct entry *e;

	if (*at && (*at)->column->known >= c->known)
		return false;
	e = malloc(sizeof(*e));
	if (!e)
		return false;
	if (*at)
		drop(all, at);
	*e = (struct entry){.key = *key, .column = c, .beside = *at};
	*at = e;
	enter_order(all, e);
	all->used += sizeof(*e) + c->size;
	while (all->used > all->max)
		drop(all, find(all, &all->oldest->key));
	return true;
}

void columns_put(struct columns *all, const struct column_key *key, struct column *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&all->lock);
	if (!add(all, key, c))
		release(c);
	pthread_mutex_unlock(&all->lock);
}
