/* SPDX-License-Identifier: ISC
 *
 * A link is made only to a node that has no parent, which is therefore the root of its tree: it would make a
 * loop exactly when both ends are of one tree, and a union-find tells that without climbing. A message's own
 * word on its parent counts more than what others say, so those are linked first. */
#include "search_forest.h"

#include <stdlib.h>
#include <sys/random.h>

#include "../../store/base/grow.h"

enum { SLOTS_MIN = 1024 };

static bool is_dummy(const struct forest *f, uint32_t node)
{
	return f->nodes[node].uid == 0;
}

static uint32_t new_node(struct forest *f, uint32_t uid, uint64_t id, bool reply)
{
	uint32_t node = (uint32_t)f->count;

	if (f->failed || f->count == FOREST_NONE || !grow(&f->nodes, f->count, &f->cap, sizeof(*f->nodes))) {
		f->failed = true;
		return FOREST_NONE;
	}
	f->nodes[f->count++] = (struct forest_node){.id = id,
						    .uid = uid,
						    .parent = FOREST_NONE,
						    .set = node,
						    .child = FOREST_NONE,
						    .next = FOREST_NONE,
						    .reply = reply};
	return node;
}

/* Where the id is, or is to be put. Identifiers are what strangers chose, so their places are not. */
static size_t slot_of(const struct forest *f, uint64_t id)
{
	size_t mask = f->slot_count - 1;
	uint64_t mixed = (id ^ f->seed) * (f->seed | 1);
	size_t at = (size_t)(mixed ^ mixed >> 32) & mask;

	while (f->slots[at] != 0 && f->nodes[f->slots[at] - 1].id != id)
		at = (at + 1) & mask;
	return at;
}

static bool widen_slots(struct forest *f)
{
	uint32_t *old = f->slots;
	size_t old_count = f->slot_count;

	if (2 * (f->slots_used + 1) <= f->slot_count)
		return true;
	if (old_count == 0 && getrandom(&f->seed, sizeof(f->seed), 0) != (ssize_t)sizeof(f->seed))
		f->seed = (uintptr_t)f;
	f->slot_count = old_count == 0 ? SLOTS_MIN : 2 * old_count;
	f->slots = calloc(f->slot_count, sizeof(*f->slots));
	if (!f->slots) {
		f->slots = old;
		f->slot_count = old_count;
		f->failed = true;
		return false;
	}
	for (size_t i = 0; i < old_count; i++)
		if (old[i] != 0)
			f->slots[slot_of(f, f->nodes[old[i] - 1].id)] = old[i];
	free(old);
	return true;
}

static uint32_t new_named(struct forest *f, uint32_t uid, uint64_t id, bool reply)
{
	uint32_t node = new_node(f, uid, id, reply);

	if (node == FOREST_NONE)
		return node;
	f->slots[slot_of(f, id)] = node + 1;
	f->slots_used++;
	return node;
}

uint32_t forest_add(struct forest *f, uint32_t uid, uint64_t id, bool reply)
{
	struct forest_node *known;
	uint32_t at;

	if (id == 0 || !widen_slots(f))
		return new_node(f, uid, 0, reply);
	at = f->slots[slot_of(f, id)];
	if (at == 0)
		return new_named(f, uid, id, reply);
	known = &f->nodes[at - 1];
	if (known->uid != 0) /* the first message has the name */
		return new_node(f, uid, 0, reply);
	known->uid = uid;
	known->reply = reply;
	return at - 1;
}

/* The node that is referred to, or FOREST_NONE when there is no room for another stranger. */
static uint32_t node_of(struct forest *f, uint64_t id)
{
	uint32_t at;

	if (id == 0 || !widen_slots(f))
		return FOREST_NONE;
	at = f->slots[slot_of(f, id)];
	if (at != 0)
		return at - 1;
	if (f->strangers >= f->strangers_max)
		return FOREST_NONE;
	f->strangers++;
	return new_named(f, 0, id, false);
}

static uint32_t set_of(struct forest *f, uint32_t node)
{
	while (f->nodes[node].set != node) {
		f->nodes[node].set = f->nodes[f->nodes[node].set].set;
		node = f->nodes[node].set;
	}
	return node;
}

/* `child` has no parent. */
static void link_nodes(struct forest *f, uint32_t parent, uint32_t child)
{
	uint32_t above = set_of(f, parent), below = set_of(f, child);

	if (above == below)
		return;
	f->nodes[below].set = above;
	f->nodes[child].parent = parent;
}

static void add_to_chain(struct forest *f, uint32_t node)
{
	if (f->chained >= FOREST_CHAINS_MAX)
		return;
	if (!grow(&f->chains, f->chained, &f->chain_cap, sizeof(*f->chains)))
		f->failed = true;
	else
		f->chains[f->chained++] = node;
}

void forest_refer(struct forest *f, uint32_t node, const uint64_t *ancestors, size_t count)
{
	uint32_t last = FOREST_NONE;

	if (f->failed)
		return;
	for (size_t i = 0; i < count; i++) {
		last = node_of(f, ancestors[i]);
		if (count > 1)
			add_to_chain(f, last);
	}
	if (count > 1)
		add_to_chain(f, FOREST_NONE);
	if (last != FOREST_NONE && !f->failed)
		link_nodes(f, last, node);
}

static void link_chains(struct forest *f)
{
	for (size_t i = 1; i < f->chained; i++) {
		uint32_t parent = f->chains[i - 1], child = f->chains[i];

		if (parent != FOREST_NONE && child != FOREST_NONE && is_dummy(f, child) &&
		    f->nodes[child].parent == FOREST_NONE)
			link_nodes(f, parent, child);
	}
}

/* The next ancestor that is a message, or the dummy at the root. Dummies on the way remember it. */
static uint32_t settled_parent(struct forest *f, uint32_t node)
{
	uint32_t end = f->nodes[node].parent, at = end;

	if (end == FOREST_NONE)
		return end;
	while (is_dummy(f, end) && f->nodes[end].parent != FOREST_NONE)
		end = f->nodes[end].parent;
	while (at != end) {
		uint32_t above = f->nodes[at].parent;

		f->nodes[at].parent = end;
		at = above;
	}
	return end;
}

static void settle(struct forest *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (!is_dummy(f, i))
			f->nodes[i].parent = settled_parent(f, i);
}

void forest_prune(struct forest *f)
{
	link_chains(f);
	settle(f);
	/* A dummy with a single child gives way to it; `set` is free now and counts children. */
	for (uint32_t i = 0; i < f->count; i++)
		f->nodes[i].set = 0;
	for (uint32_t i = 0; i < f->count; i++)
		if (!is_dummy(f, i) && f->nodes[i].parent != FOREST_NONE)
			f->nodes[f->nodes[i].parent].set++;
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t parent = f->nodes[i].parent;

		if (!is_dummy(f, i) && parent != FOREST_NONE && is_dummy(f, parent) &&
		    f->nodes[parent].set == 1)
			f->nodes[i].parent = FOREST_NONE;
	}
}

/* A table by subject, empty. */
static uint32_t *new_table(struct forest *f)
{
	uint32_t most = 0, *table;

	for (uint32_t i = 0; i < f->count; i++)
		most = f->nodes[i].subject > most ? f->nodes[i].subject : most;
	table = calloc((size_t)most + 1, sizeof(*table));
	f->failed |= !table;
	for (size_t i = 0; table && i <= most; i++)
		table[i] = FOREST_NONE;
	return table;
}

void forest_group_subjects(struct forest *f, const uint32_t *by_date, size_t count)
{
	uint32_t *table = new_table(f);

	for (size_t i = 0; table && i < count; i++) {
		struct forest_node *node = &f->nodes[by_date[i]];

		if (table[node->subject] == FOREST_NONE)
			table[node->subject] = by_date[i];
		else
			node->parent = table[node->subject];
	}
	free(table);
}

/* The heads of threads in their order. A dummy gets the subject of its first child. */
static uint32_t *list_heads(struct forest *f, const uint32_t *by_date, size_t count, size_t *heads)
{
	uint32_t *list = calloc(count + 1, sizeof(*list));

	*heads = 0;
	f->failed |= !list;
	for (size_t i = 0; list && i < count; i++) {
		uint32_t node = by_date[i], parent = f->nodes[node].parent;

		if (parent == FOREST_NONE) {
			list[(*heads)++] = node;
		} else if (is_dummy(f, parent) && f->nodes[parent].child == FOREST_NONE) {
			f->nodes[parent].child = node;
			f->nodes[parent].subject = f->nodes[node].subject;
			list[(*heads)++] = parent;
		}
	}
	return list;
}

/* Step 5.B: which head stands for a subject. */
static void enter_subject(const struct forest *f, uint32_t *table, uint32_t head)
{
	const struct forest_node *node = &f->nodes[head];
	uint32_t *entry = &table[node->subject];

	if (node->subject == 0)
		return;
	if (*entry == FOREST_NONE ||
	    (!is_dummy(f, *entry) && (is_dummy(f, head) || (f->nodes[*entry].reply && !node->reply))))
		*entry = head;
}

/* Step 5.C */
static void merge_head(struct forest *f, uint32_t *table, uint32_t head)
{
	uint32_t subject = f->nodes[head].subject, entry = table[subject], both;

	if (subject == 0 || entry == head)
		return;
	if (is_dummy(f, entry) || (f->nodes[head].reply && !f->nodes[entry].reply)) {
		f->nodes[head].parent = entry;
		return;
	}
	both = new_node(f, 0, 0, false);
	if (both == FOREST_NONE)
		return;
	f->nodes[head].parent = f->nodes[entry].parent = both;
	f->nodes[both].subject = subject;
	table[subject] = both;
}

void forest_merge_subjects(struct forest *f, const uint32_t *by_date, size_t count)
{
	size_t heads;
	uint32_t *table = new_table(f);
	uint32_t *list = list_heads(f, by_date, count, &heads);

	for (size_t i = 0; !f->failed && i < heads; i++)
		enter_subject(f, table, list[i]);
	for (size_t i = 0; !f->failed && i < heads; i++)
		merge_head(f, table, list[i]);
	free(table);
	free(list);
	settle(f); /* a dummy merged into another hands its children on */
}

void forest_arrange(struct forest *f, const uint32_t *by_date, size_t count)
{
	uint32_t *end = &f->top;

	f->top = FOREST_NONE;
	for (uint32_t i = 0; i < f->count; i++)
		f->nodes[i].child = f->nodes[i].next = FOREST_NONE;
	for (size_t i = count; i-- > 0;) {
		struct forest_node *node = &f->nodes[by_date[i]];

		if (node->parent == FOREST_NONE)
			continue;
		node->next = f->nodes[node->parent].child;
		f->nodes[node->parent].child = by_date[i];
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t head = by_date[i], parent = f->nodes[head].parent;

		if (parent != FOREST_NONE) {
			if (!is_dummy(f, parent) || f->nodes[parent].child != head)
				continue;
			head = parent;
		}
		*end = head;
		end = &f->nodes[head].next;
	}
}

void forest_finish(struct forest *f)
{
	free(f->nodes);
	free(f->slots);
	free(f->chains);
	*f = (struct forest){0};
}
