/* SPDX-License-Identifier: ISC */
#include "groups.h"

#include <stdlib.h>

enum { SLOTS_MIN = 1024 };

void groups_finish(struct groups *g)
{
	for (size_t i = 0; i < g->count; i++)
		free(g->list[i].values);
	free(g->list);
	free(g->slots);
	*g = (struct groups){0};
}

/* The value as it tells groups apart: cut between characters, without NUL. */
static struct slice short_value(struct slice value)
{
	size_t len = value.len < GROUPS_VALUE_MAX ? value.len : GROUPS_VALUE_MAX;
	while (len > 0 && len < value.len && ((unsigned char)value.data[len] & 0xc0) == 0x80)
		len--;
	const char *end = len > 0 ? memchr(value.data, '\0', len) : NULL;
	return slice_of(value.data, end ? (size_t)(end - value.data) : len);
}

/* FNV-1a; who makes it collide gains a slow report. */
static uint64_t hash_of(const char *bytes, size_t len)
{
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
	return hash;
}

static size_t write_values(const struct groups *g, const struct slice *values, char *into)
{
	size_t len = 0;
	for (size_t i = 0; i < g->keys; i++) {
		struct slice value = short_value(values[i]);
		if (value.len > 0)
			memcpy(into + len, value.data, value.len);
		len += value.len;
		into[len++] = '\0';
	}
	return len;
}

static bool same_values(const struct groups *g, const char *a, const char *b)
{
	for (size_t i = 0; i < g->keys; i++) {
		if (strcmp(a, b) != 0)
			return false;
		a += strlen(a) + 1;
		b += strlen(b) + 1;
	}
	return true;
}

/* The slot of these values: that of their group, or the free one where it goes. */
static size_t find_slot(const struct groups *g, uint64_t hash, const char *values)
{
	size_t slot = hash % g->slot_count;
	while (g->slots[slot] != 0) {
		const struct group *group = &g->list[g->slots[slot] - 1];
		if (group->hash == hash && same_values(g, group->values, values))
			break;
		slot = (slot + 1) % g->slot_count;
	}
	return slot;
}

/* Keeps the hash table at most half full. */
static bool make_room(struct groups *g)
{
	if (g->count < g->room)
		return true;
	size_t room = g->room > 0 ? 2 * g->room : SLOTS_MIN / 2;
	struct group *list = reallocarray(g->list, room, sizeof(*list));
	if (list)
		g->list = list;
	size_t *slots = calloc(2 * room, sizeof(*slots));
	if (!list || !slots) {
		free(slots);
		return false;
	}
	free(g->slots);
	g->slots = slots;
	g->room = room;
	g->slot_count = 2 * room;
	for (size_t i = 0; i < g->count; i++)
		slots[find_slot(g, g->list[i].hash, g->list[i].values)] = i + 1;
	return true;
}

static void count(struct group *group, time_t arrived)
{
	if (group->count == 0 || arrived < group->first)
		group->first = arrived;
	if (group->count == 0 || arrived > group->last)
		group->last = arrived;
	group->count++;
}

bool groups_add(struct groups *g, const struct slice *values, time_t arrived)
{
	char key[GROUPS_KEYS_MAX * (GROUPS_VALUE_MAX + 1)];
	size_t len = write_values(g, values, key);
	uint64_t hash = hash_of(key, len);
	if (g->count < GROUPS_MAX && !make_room(g))
		return false;
	size_t slot = find_slot(g, hash, key);
	if (g->slots[slot] == 0 && g->count == GROUPS_MAX) {
		count(&g->others, arrived);
		return true;
	}
	if (g->slots[slot] == 0) {
		char *copy = malloc(len + 1);
		if (!copy)
			return false;
		memcpy(copy, key, len);
		g->list[g->count] = (struct group){.hash = hash, .values = copy};
		g->slots[slot] = ++g->count;
	}
	count(&g->list[g->slots[slot] - 1], arrived);
	return true;
}

static int compare(const void *a, const void *b, void *keys)
{
	const struct group *x = a, *y = b;
	const char *p = x->values, *q = y->values;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	for (size_t i = 0; i < *(const size_t *)keys; i++) {
		int order = strcmp(p, q);
		if (order != 0)
			return order;
		p += strlen(p) + 1;
		q += strlen(q) + 1;
	}
	return 0;
}

void groups_sort(struct groups *g)
{
	if (g->count > 0)
		qsort_r(g->list, g->count, sizeof(*g->list), compare, &g->keys);
}
