/* SPDX-License-Identifier: ISC
 *
 * The happy path: a table has what messages say of others, their dates and subjects; messages become nodes of
 * a forest; dates and subjects are put in order; the forest is built, which takes one step, some 0.2 s for a
 * million messages; then it is told from head to head. What can go wrong: there is no memory. A depth that no
 * client would survive is told flat. */
#include "search_thread.h"

#include <stdlib.h>
#include <string.h>

#include "../pace.h"
#include "../response.h"
#include "../view.h"
#include "search_forest.h"
#include "search_ranks.h"
#include "search_table.h"

enum { ANCESTORS_MAX = 64 };

enum stage { READ, LINK, RANK_DATES, RANK_SUBJECTS, BUILD, TELL };

struct search_thread {
	const struct view *view;
	enum search_thread_by by;
	enum stage stage;
	struct search_table table;
	size_t stretch;  /* of the table, to be linked next */
	uint32_t *nodes; /* of the messages, in the order of UIDs */
	size_t count;
	struct search_ranks dates, subjects;
	struct forest forest;

	/* The answer */
	bool begun, uid;
	uint32_t at;          /* the node to be told next; FOREST_NONE: none */
	unsigned depth, flat; /* parentheses that are open; those that were left out */
};

struct search_thread *search_thread_create(const struct view *view, enum search_thread_by by,
					   const struct seqset_builder *found)
{
	struct search_thread *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->view = view;
	t->by = by;
	search_table_begin(&t->table, view, found,
			   1U << SEARCH_TABLE_LINKS | 1U << SORT_BY_DATE | 1U << SORT_BY_SUBJECT);
	t->forest.strangers_max = SEARCH_THREAD_STRANGERS_MAX;
	return t;
}

void search_thread_destroy(struct search_thread *t)
{
	if (!t)
		return;
	search_table_finish(&t->table);
	search_ranks_finish(&t->dates);
	search_ranks_finish(&t->subjects);
	free(t->nodes);
	forest_finish(&t->forest);
	free(t);
}

static void refer(struct search_thread *t, uint32_t node, struct slice ancestors)
{
	uint64_t ids[ANCESTORS_MAX];
	size_t count = ancestors.len / sizeof(*ids);

	if (count > ANCESTORS_MAX)
		count = ANCESTORS_MAX;
	if (count > 0)
		memcpy(ids, ancestors.data, count * sizeof(*ids));
	forest_refer(&t->forest, node, ids, count);
}

static void link_message(struct search_thread *t, uint32_t uid, struct slice text)
{
	bool references = t->by == SEARCH_THREAD_REFERENCES;
	struct search_links links = search_links_of(text);
	uint32_t node = forest_add(&t->forest, uid, references ? links.message_id : 0, links.reply);

	t->nodes[t->count++] = node;
	if (references && node != FOREST_NONE)
		refer(t, node, links.ancestors);
}

/* The messages become nodes; false: time is up. */
static bool link_messages(struct search_thread *t, const struct pace *pace)
{
	if (!t->nodes)
		t->nodes = calloc(search_table_messages(&t->table) + 1, sizeof(*t->nodes));
	t->forest.failed |= !t->nodes;
	while (!t->forest.failed && t->stretch < t->table.count) {
		const struct search_table_stretch *s = &t->table.list[t->stretch++];
		uint32_t at = column_bit_next(&s->found, 0);

		for (; at < COLUMN_UIDS; at = column_bit_next(&s->found, at + 1))
			link_message(t, s->number * COLUMN_UIDS + at,
				     search_table_text(s, SEARCH_TABLE_LINKS, at));
		if (pace_over(pace))
			return false;
	}
	return true;
}

/* Equal subjects get equal numbers, an empty one 0: its text, the end alone, is the lowest. */
static void number_subjects(struct search_thread *t)
{
	uint32_t first = t->subjects.lowest.len > 1;

	for (size_t i = 0; i < t->count; i++)
		t->forest.nodes[t->nodes[i]].subject = t->subjects.of[i] + first;
}

/* The nodes in the order of their dates, malloc'd; NULL: no memory. */
static uint32_t *list_by_date(struct search_thread *t)
{
	uint32_t *messages = calloc(t->count + 1, sizeof(*messages));
	uint32_t *list = calloc(t->count + 1, sizeof(*list));

	for (size_t i = 0; messages && i < t->count; i++)
		messages[i] = (uint32_t)i;
	if (!messages || !list || !search_ranks_order(&t->dates, false, messages, list)) {
		free(list);
		list = NULL;
	}
	for (size_t i = 0; list && i < t->count; i++)
		list[i] = t->nodes[list[i]];
	free(messages);
	return list;
}

static int build(struct search_thread *t)
{
	uint32_t *by_date = list_by_date(t);

	if (!by_date)
		return QUARANTINE_NO_MEMORY;
	number_subjects(t);
	search_table_finish(&t->table);
	if (t->by == SEARCH_THREAD_REFERENCES) {
		forest_prune(&t->forest);
		forest_merge_subjects(&t->forest, by_date, t->count);
	} else {
		forest_group_subjects(&t->forest, by_date, t->count);
	}
	if (!t->forest.failed)
		forest_arrange(&t->forest, by_date, t->count);
	free(by_date);
	t->at = t->forest.top;
	return t->forest.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

static bool has_siblings(const struct search_thread *t, uint32_t node)
{
	uint32_t parent = t->forest.nodes[node].parent;

	return parent == FOREST_NONE || t->forest.nodes[t->forest.nodes[parent].child].next != FOREST_NONE;
}

/* Tells a node; what comes next is its first child, or what leave() finds. */
static void enter(struct search_thread *t, struct buf *out)
{
	const struct forest_node *node = &t->forest.nodes[t->at];

	if (has_siblings(t, t->at)) {
		if (t->depth < SEARCH_THREAD_DEPTH_MAX) {
			t->depth++;
			buf_add_char(out, '(');
		} else {
			t->flat++;
		}
	}
	if (node->uid != 0)
		buf_add_uint(out, t->uid ? node->uid : uidmap_seq(t->view->map, node->uid));
	if (node->child != FOREST_NONE && node->uid != 0)
		buf_add_char(out, ' ');
}

/* Closes what ends here and finds the next node. */
static void leave(struct search_thread *t, struct buf *out)
{
	for (;;) {
		const struct forest_node *node = &t->forest.nodes[t->at];
		bool told_flat = t->flat > 0;

		if (has_siblings(t, t->at)) {
			if (told_flat) {
				t->flat--;
			} else {
				t->depth--;
				buf_add_char(out, ')');
			}
		}
		if (node->next != FOREST_NONE) {
			if (told_flat)
				buf_add_char(out, ' ');
			t->at = node->next;
			return;
		}
		t->at = node->parent;
		if (t->at == FOREST_NONE)
			return;
	}
}

/* False: the response is full. */
static bool tell(struct search_thread *t, struct response *r)
{
	if (!t->begun)
		buf_add_str(&r->out, t->at == FOREST_NONE ? "* THREAD" : "* THREAD ");
	t->begun = true;
	while (t->at != FOREST_NONE) {
		if (response_full(r))
			return false;
		enter(t, &r->out);
		if (t->forest.nodes[t->at].child != FOREST_NONE)
			t->at = t->forest.nodes[t->at].child;
		else
			leave(t, &r->out);
	}
	buf_add_str(&r->out, "\r\n");
	return true;
}

/* *done: the stage is over. */
static int work(struct search_thread *t, struct quarantine *q, bool *done)
{
	struct pace pace = pace_start();
	bool more = false;
	int status = QUARANTINE_OK;

	switch (t->stage) {
	case READ:
		status = search_table_step(&t->table, q, &pace, &more);
		break;
	case LINK:
		more = !link_messages(t, &pace);
		break;
	case RANK_DATES:
		more = !search_ranks_step(&t->dates, &t->table, SORT_BY_DATE, &pace);
		break;
	case RANK_SUBJECTS:
		more = !search_ranks_step(&t->subjects, &t->table, SORT_BY_SUBJECT, &pace);
		break;
	case BUILD:
		status = build(t);
		break;
	case TELL:
		break;
	}
	*done = !more;
	return t->dates.failed || t->subjects.failed || t->forest.failed ? QUARANTINE_NO_MEMORY : status;
}

int search_thread_step(struct search_thread *t, struct quarantine *q, struct response *r, bool uid,
		       bool *more)
{
	bool done = false;
	int status;

	t->uid = uid;
	if (t->stage == TELL) {
		*more = !tell(t, r);
		return QUARANTINE_OK;
	}
	status = work(t, q, &done);
	if (done)
		t->stage++;
	*more = status == QUARANTINE_OK;
	return status;
}
