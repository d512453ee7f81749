/* SPDX-License-Identifier: ISC
 *
 * Messages as the replies of others (RFC 5256, REFERENCES): the links, without loops, the pruning, the
 * merging by subject. Linear; nothing recurses. */
#ifndef IMAPD_SEARCH_FOREST_H
#define IMAPD_SEARCH_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOREST_NONE UINT32_MAX

enum { FOREST_CHAINS_MAX = 16000000 }; /* references that are kept to be linked; what is more is not linked */

/* A message, or a dummy: one that is referred to and not there, or that holds what has one subject. */
struct forest_node {
	uint64_t id;      /* hash of the Message-ID; 0: none */
	uint32_t uid;     /* 0: a dummy */
	uint32_t parent;  /* FOREST_NONE: none */
	uint32_t set;     /* a node of the same tree; of the root: itself */
	uint32_t subject; /* equal for equal subjects; 0: an empty one */
	uint32_t child;   /* the first, */
	uint32_t next;    /* its next sibling: after forest_arrange() */
	bool reply;
};

/* Zeroed it is empty and may be finished. */
struct forest {
	struct forest_node *nodes;
	size_t count, cap;
	size_t strangers_max; /* dummies that references may make */
	size_t strangers;
	uint32_t *slots; /* hash table: id → node + 1 */
	size_t slot_count, slots_used;
	uint64_t seed;
	uint32_t *chains; /* references to link later, FOREST_NONE between two messages */
	size_t chained, chain_cap;
	uint32_t top; /* the first thread, after forest_arrange() */
	bool failed;  /* no memory */
};

/* Adds the next message, lower UIDs first, and links it to its parent (step 1.B). Returns its node. */
uint32_t forest_add(struct forest *f, uint32_t uid, uint64_t id, bool reply);
void forest_refer(struct forest *f, uint32_t node, const uint64_t *ancestors, size_t count);

/* When all were added: links what is referred to (step 1.A) and takes dummies out (step 3). */
void forest_prune(struct forest *f);

/* Instead of that: the first of each subject is the parent of its others (ORDEREDSUBJECT). */
void forest_group_subjects(struct forest *f, const uint32_t *by_date, size_t count);

/* Merges threads of one subject (step 5). `by_date` has all messages in the order of their sent dates. */
void forest_merge_subjects(struct forest *f, const uint32_t *by_date, size_t count);

/* Makes the lists of children and threads, each in the order of by_date (step 6). */
void forest_arrange(struct forest *f, const uint32_t *by_date, size_t count);

void forest_finish(struct forest *f);

#endif
