/* SPDX-License-Identifier: ISC
 *
 * The happy path: a context is made from a finished search; each sync takes what was expunged out of its
 * results, judges what came or changed, and has the difference told (search_context_tell.c).
 * What can go wrong: results outgrow their bound, or a row that SORT compares with is gone. Then the context
 * is broken, and ends with NOUPDATE. */
#include "search_context.h"

#include <stdlib.h>
#include <string.h>

#include "../../store/base/arena.h"
#include "../pace.h"
#include "../uidmap.h"
#include "../view.h"

static void context_free(struct context *c)
{
	if (!c)
		return;
	arena_finish(&c->arena);
	seqset_finish(&c->members);
	seqset_finish(&c->come);
	seqset_finish(&c->gone);
	free(c->sorted);
	free(c);
}

/* A parser for a copy of the bytes, because what it reads outlives its command. */
static bool copy_text(struct context *c, struct slice text, struct parser *p)
{
	char *copy = arena_alloc(&c->arena, text.len + 2);

	if (!copy)
		return false;
	memcpy(copy, text.data, text.len);
	memcpy(copy + text.len, "\r\n", 2);
	*p = (struct parser){.in = slice_of(copy, text.len + 2), .arena = &c->arena};
	return true;
}

static bool read_request(struct context *c, const struct context_request *request)
{
	char *tag = arena_strndup(&c->arena, request->tag);
	struct parser p;

	if (!tag || !copy_text(c, request->program, &p))
		return false;
	c->tag = slice_of(tag, request->tag.len);
	if (!(c->order.count > 0 ? search_criteria_parse(&p, &c->program)
				 : search_program_parse(&p, &c->program)))
		return false;
	return !request->items.data || (copy_text(c, request->items, &p) && fetch_items_parse(&p, &c->items));
}

static bool copy_set(struct seqset *set, const struct seqset_range *ranges, size_t count, struct arena *arena)
{
	set->ranges = arena_alloc(arena, (count + 1) * sizeof(*ranges));
	if (!set->ranges)
		return false;
	if (count > 0)
		memcpy(set->ranges, ranges, count * sizeof(*ranges));
	set->count = count;
	set->saved = false;
	return true;
}

/* Sequence numbers and "$" mean the messages that had them when the command came (RFC 5267 section 4.3). */
static bool freeze(struct search_key *key, const struct view *v, struct arena *arena)
{
	uint32_t total = uidmap_count(v->map);
	size_t used = 0;

	for (size_t i = 0; i < key->count; i++)
		if (!freeze(key->children[i], v, arena))
			return false;
	if (key->op != SEARCH_SEQUENCE && !(key->op == SEARCH_UID && key->set.saved))
		return true;
	if (key->set.saved) {
		key->op = SEARCH_UID;
		return copy_set(&key->numbers, v->saved.ranges, v->saved.count, arena) &&
		       copy_set(&key->set, v->saved.ranges, v->saved.count, arena);
	}
	key->op = SEARCH_UID;
	seqset_resolve(&key->set, total);
	for (size_t i = 0; i < key->set.count; i++) {
		struct seqset_range r = key->set.ranges[i];

		if (r.first > total)
			continue;
		r.last = r.last < total ? r.last : total;
		key->set.ranges[used++] =
			(struct seqset_range){uidmap_uid(v->map, r.first), uidmap_uid(v->map, r.last)};
	}
	key->set.count = used;
	return true;
}

static bool asks_for_star(const struct search_key *key)
{
	for (size_t i = 0; i < key->set.count; i++)
		if (key->set.ranges[i].first == SEQSET_STAR || key->set.ranges[i].last == SEQSET_STAR)
			return true;
	for (size_t i = 0; i < key->count; i++)
		if (asks_for_star(key->children[i]))
			return true;
	return false;
}

static bool copy_results(struct context *c, const struct context_request *request)
{
	const struct seqset_builder *sorted = request->sorted;
	uint64_t total = 0;

	for (size_t i = 0; i < request->found->count; i++) {
		struct seqset_range r = request->found->ranges[i];

		seqset_add(&c->members, r.first, r.last);
		total += (uint64_t)r.last - r.first + 1;
	}
	if (c->order.count == 0)
		return !c->members.failed;
	if (total > CONTEXTS_RESULTS_MAX / sizeof(*c->sorted))
		return false;
	c->cap = (size_t)total + 64;
	c->sorted = calloc(c->cap, sizeof(*c->sorted));
	for (size_t i = 0; c->sorted && i < sorted->count; i++)
		for (uint64_t uid = sorted->ranges[i].first; uid <= sorted->ranges[i].last; uid++)
			c->sorted[c->count++] = (uint32_t)uid;
	return c->sorted && !c->members.failed;
}

static size_t results_size(const struct context *c)
{
	return c->members.count * sizeof(*c->members.ranges) + c->count * sizeof(*c->sorted);
}

static bool has_room(const struct contexts *list, const struct context *with)
{
	size_t size = with ? results_size(with) : 0;

	for (size_t i = 0; i < list->count; i++)
		size += results_size(list->list[i]);
	return size <= CONTEXTS_RESULTS_MAX;
}

static bool fill(struct context *c, const struct view *v, const struct context_request *request)
{
	const struct search_key *root;

	c->arena.limit = CONTEXT_PROGRAM_MAX;
	c->uid = request->uid;
	c->correlated = request->correlated;
	c->order = *request->order;
	if (!read_request(c, request) || !freeze(c->program.root, v, &c->arena))
		return false;
	root = c->program.root;
	c->ends_open = asks_for_star(root);
	return !search_asks(root, SEARCH_OLDER) && !search_asks(root, SEARCH_YOUNGER) &&
	       copy_results(c, request);
}

bool contexts_add(struct contexts **list, const struct view *view, const struct context_request *request)
{
	struct contexts *all = *list ? *list : calloc(1, sizeof(*all));
	struct context *c = all && all->count < CONTEXTS_MAX ? calloc(1, sizeof(*c)) : NULL;

	if (all && !*list)
		all->judged_to = all->largest = uidmap_largest(view->map);
	*list = all;
	if (!c || !fill(c, view, request) || !has_room(all, c)) {
		context_free(c);
		return false;
	}
	all->list[all->count++] = c;
	return true;
}

static size_t find(const struct contexts *list, struct slice tag)
{
	size_t i = 0;

	while (list && i < list->count && !slice_eq(list->list[i]->tag, tag))
		i++;
	return i;
}

bool contexts_has(const struct contexts *list, struct slice tag)
{
	return list && find(list, tag) < list->count;
}

bool contexts_cancel(struct contexts *list, struct slice tag)
{
	size_t i = find(list, tag);

	if (!list || i == list->count)
		return false;
	context_free(list->list[i]);
	memmove(&list->list[i], &list->list[i + 1], (--list->count - i) * sizeof(list->list[0]));
	return true;
}

static void forget_changes(struct contexts *list)
{
	seqset_finish(&list->changed);
	search_content_finish(&list->candidate.message);
	list->judging = false;
}

void contexts_destroy(struct contexts *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		context_free(list->list[i]);
	forget_changes(list);
	free(list);
}

void contexts_lose(struct contexts *list, const struct uidmap *now)
{
	for (size_t i = 0; list && i < list->count; i++) {
		struct context *c = list->list[i];
		struct quarantine_range run;

		for (size_t k = 0; k < c->members.count; k++) {
			struct seqset_range r = c->members.ranges[k];
			uint64_t uid = r.first;

			while (uid <= r.last && uidmap_run(now, (uint32_t)uid, &run) && run.first <= r.last) {
				if (run.first > uid)
					seqset_add(&c->gone, (uint32_t)uid, run.first - 1);
				uid = (uint64_t)run.last + 1;
			}
			if (uid <= r.last)
				seqset_add(&c->gone, (uint32_t)uid, r.last);
		}
		seqset_subtract(&c->members, &c->gone);
		c->broken |= c->gone.failed || c->members.failed;
	}
}

void contexts_note(struct contexts *list, uint32_t uid)
{
	if (list)
		seqset_add(&list->changed, uid, uid);
}

/* Where the program asks for "*", the messages that were and are the last one may match otherwise. */
static void note_ends(struct contexts *list, const struct view *v)
{
	uint32_t largest = uidmap_largest(v->map);
	bool open = false;

	for (size_t i = 0; i < list->count; i++)
		open |= list->list[i]->ends_open;
	if (!open || largest == list->largest)
		return;
	if (list->largest > 0)
		seqset_add(&list->changed, list->largest, list->largest);
	if (largest > 0)
		seqset_add(&list->changed, largest, largest);
}

static void begin_judging(struct contexts *list, const struct view *v)
{
	uint32_t largest = uidmap_largest(v->map);
	struct seqset sorted;

	note_ends(list, v);
	if (largest > list->judged_to)
		seqset_add(&list->changed, list->judged_to + 1, largest);
	sorted = (struct seqset){.ranges = list->changed.ranges, .count = list->changed.count};
	seqset_resolve(&sorted, UINT32_MAX);
	list->changed.count = sorted.count;
	list->rows = (struct search_rows){.uids = &list->changed, .mailbox = v->box.id};
	list->candidate = (struct search_candidate){.view = v, .now = time(NULL), .keywords = &v->keywords};
	for (size_t i = 0; i < list->count; i++) {
		struct search_key *root = list->list[i]->program.root;

		search_prepare(root, v);
		if (search_needs(root) >= SEARCH_NEEDS_FIELDS)
			list->rows.fields = QUARANTINE_FIELD_SEARCH;
	}
	list->judging = true;
}

/* What was expunged is lost, or will be by the next sync. */
static void judge_row(void *context, const struct quarantine_entry *row)
{
	struct contexts *list = context;
	struct search_candidate *candidate = &list->candidate;

	search_content_begin(&candidate->message, list->store, row);
	candidate->uid = row->uid;
	candidate->seq = row->gone ? 0 : uidmap_seq(candidate->view->map, row->uid);
	for (size_t i = 0; i < list->count && candidate->seq > 0; i++) {
		struct context *c = list->list[i];
		struct seqset members = {.ranges = c->members.ranges, .count = c->members.count};
		bool matches = search_judge(c->program.root, candidate) == SEARCH_YES;

		if (matches != seqset_contains(&members, row->uid))
			seqset_add(matches ? &c->come : &c->gone, row->uid, row->uid);
	}
}

static void end_judging(struct contexts *list, const struct view *v)
{
	for (size_t i = 0; i < list->count; i++) {
		struct context *c = list->list[i];

		seqset_subtract(&c->members, &c->gone);
		seqset_unite(&c->members, &c->come);
		c->broken |= list->changed.failed || c->come.failed || c->gone.failed || c->members.failed;
	}
	if (!has_room(list, NULL))
		for (size_t i = 0; i < list->count; i++)
			list->list[i]->broken |= list->list[i]->come.count > 0;
	list->largest = uidmap_largest(v->map);
	if (list->largest > list->judged_to)
		list->judged_to = list->largest;
	forget_changes(list);
}

/* Nothing of it was told: the next sync finds the same changes again. */
static void undo_judging(struct contexts *list)
{
	for (size_t i = 0; i < list->count; i++) {
		seqset_finish(&list->list[i]->come);
		seqset_finish(&list->list[i]->gone);
	}
	forget_changes(list);
}

int contexts_judge(struct contexts *list, const struct view *v, struct quarantine *q, bool *more)
{
	struct pace pace = pace_start();
	int status = QUARANTINE_OK;

	*more = false;
	if (!list)
		return status;
	if (!list->judging)
		begin_judging(list, v);
	list->store = q;
	if (list->changed.count > 0 && !list->changed.failed)
		status = search_rows_step(&list->rows, q, &pace, judge_row, list, more);
	if (status != QUARANTINE_OK)
		undo_judging(list);
	else if (!*more)
		end_judging(list, v);
	return status;
}
