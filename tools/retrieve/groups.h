/* SPDX-License-Identifier: ISC
 *
 * Messages counted by the values of some columns, with the first and the last time of each. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_GROUPS_H
#define QUARANTINE_TOOLS_RETRIEVE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../../store/base/slice.h"

enum {
	GROUPS_KEYS_MAX = 8,    /* columns that are grouped by */
	GROUPS_MAX = 100000,    /* that are told apart; further ones are counted as one */
	GROUPS_VALUE_MAX = 150, /* bytes of a value that tell groups apart */
};

struct group {
	uint64_t count;
	time_t first, last;
	uint64_t hash;
	char *values; /* one after the other, each with a NUL behind; NULL: all that were too many */
};

struct groups {
	size_t keys; /* values of a group, 1 to GROUPS_KEYS_MAX */
	struct group *list;
	size_t count, room;
	size_t *slots; /* hash table: 1 + index into list */
	size_t slot_count;
	struct group others;
};

void groups_finish(struct groups *g);

/* False when memory runs out. */
bool groups_add(struct groups *g, const struct slice *values, time_t arrived);

/* Puts the largest first, equal ones by their values, the others last. No groups_add() after it. */
void groups_sort(struct groups *g);

#endif
