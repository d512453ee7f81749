/* SPDX-License-Identifier: ISC
 *
 * The happy path: rows are read in slices, hits gathered as ranges. Who wants the last hits only has slices
 * of some messages looked at from the end down, each of them upwards. What can go wrong: a message that
 * cannot be read, or was purged, matches nothing. */
#include "search.h"

#include <stdlib.h>

#include "pace.h"
#include "search_match.h"
#include "view.h"

enum { SLICE_MESSAGES = 1000 }; /* of a slice, where the last hits are wanted */

struct search {
	const struct view *view;
	const struct search_key *root;
	enum search_need needs;
	struct search_limit limit;
	uint64_t first, last;       /* UIDs to look at */
	uint64_t begin, next, stop; /* the slice in work; from `next` on still; next > stop: none */
	struct quarantine_keywords keywords;
	bool has_keywords;
	struct search_candidate candidate;
	uint64_t count;
	struct seqset_builder slice; /* UIDs found in the slice, where slices go down */
	struct seqset_builder hits;  /* UIDs; while slices go down the highest stand first */
	uint64_t highest_modseq;     /* of the hits whose rows were read */
};

static void bound_by_set(struct search *s, const struct search_key *key)
{
	const struct uidmap *map = s->view->map;
	uint32_t first = 0, last = 0;

	if (key->numbers.count > 0) {
		first = key->numbers.ranges[0].first;
		last = key->numbers.ranges[key->numbers.count - 1].last;
	}
	if (key->op == SEARCH_SEQUENCE) {
		uint32_t total = uidmap_count(map);

		last = first <= total ? uidmap_uid(map, last < total ? last : total) : 0;
		first = uidmap_uid(map, first);
	}
	if (first > s->first)
		s->first = first;
	if (last < s->last)
		s->last = last;
}

/* Sets of numbers that the whole program asks for bound the walk. */
static void bound_walk(struct search *s)
{
	const struct search_key *root = s->root;
	size_t count = root->op == SEARCH_AND ? root->count : 1;

	s->first = 1;
	s->last = uidmap_largest(s->view->map);
	for (size_t i = 0; i < count; i++) {
		const struct search_key *key = root->op == SEARCH_AND ? root->children[i] : root;

		if (key->op == SEARCH_SEQUENCE || key->op == SEARCH_UID)
			bound_by_set(s, key);
	}
}

/* What of the UIDs up to `stop` is looked at next. */
static void begin_slice(struct search *s, uint64_t stop)
{
	const struct uidmap *map = s->view->map;
	uint32_t upto = s->limit.from_end ? uidmap_below(map, stop + 1) : 0;

	s->begin = s->first;
	s->stop = stop;
	if (upto > SLICE_MESSAGES && uidmap_uid(map, upto - SLICE_MESSAGES) >= s->first)
		s->begin = (uint64_t)uidmap_uid(map, upto - SLICE_MESSAGES) + 1;
	s->next = s->begin;
}

struct search *search_create(const struct view *view, struct search_key *root, struct search_limit limit)
{
	struct search *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	search_prepare(root, view);
	s->view = view;
	s->root = root;
	s->needs = search_needs(root);
	s->candidate.view = view;
	s->candidate.now = time(NULL);
	s->candidate.keywords = &s->keywords;
	s->limit = limit;
	bound_walk(s);
	begin_slice(s, s->last);
	return s;
}

void search_destroy(struct search *s)
{
	if (!s)
		return;
	quarantine_keywords_free(&s->keywords);
	search_candidate_finish(&s->candidate);
	seqset_finish(&s->slice);
	seqset_finish(&s->hits);
	free(s);
}

static void test(struct search *s, uint32_t uid, const struct quarantine_entry *row, struct quarantine *q)
{
	struct search_candidate *c = &s->candidate;

	search_candidate_reset(c);
	c->uid = uid;
	c->seq = uidmap_seq(s->view->map, uid);
	c->row = row;
	c->store = q;
	if (c->seq == 0 || !search_judge(s->root, c))
		return;
	seqset_add(s->limit.from_end ? &s->slice : &s->hits, uid, uid);
	if (++s->count == s->limit.count && !s->limit.from_end)
		s->stop = uid;
	if (row && row->modseq > s->highest_modseq)
		s->highest_modseq = row->modseq;
}

/* For programs that ask for nothing but numbers. */
static void walk_map(struct search *s, const struct pace *pace)
{
	struct quarantine_range run;

	for (; s->next <= s->stop && !pace_over(pace); s->next = (uint64_t)run.first + 1) {
		if (!uidmap_run(s->view->map, (uint32_t)s->next, &run) || run.first > s->stop) {
			s->next = s->stop + 1;
			return;
		}
		test(s, run.first, NULL, NULL);
	}
}

static int walk_rows(struct search *s, struct quarantine *q, const struct pace *pace)
{
	unsigned fields = s->needs >= SEARCH_NEEDS_FIELDS ? QUARANTINE_FIELD_SEARCH : 0;
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	unsigned rows = 0, between = s->needs > SEARCH_NEEDS_FIELDS ? 1 : PACE_ROWS;
	int status =
		quarantine_list(q, s->view->box.id, (uint32_t)s->next, (uint32_t)s->stop, fields, true, &c);

	if (status != QUARANTINE_OK)
		return status;
	status = 1;
	while (status == 1 && s->next <= s->stop && (++rows % between > 0 || !pace_over(pace))) {
		status = quarantine_next(c, &row);
		s->next = status == 1 ? (uint64_t)row.uid + 1 : s->stop + 1;
		if (status == 1)
			test(s, row.uid, &row, q);
	}
	quarantine_cursor_close(c);
	return status < 0 ? status : QUARANTINE_OK;
}

static int walk(struct search *s, struct quarantine *q, const struct pace *pace)
{
	int status = QUARANTINE_OK;

	if (!s->has_keywords) {
		status = quarantine_keywords_get(q, s->view->box.id, &s->keywords);
		s->has_keywords = status == QUARANTINE_OK;
	}
	if (status == QUARANTINE_OK && s->needs == SEARCH_NEEDS_MAP)
		walk_map(s, pace);
	else if (status == QUARANTINE_OK)
		status = walk_rows(s, q, pace);
	return s->hits.failed || s->slice.failed ? QUARANTINE_NO_MEMORY : status;
}

/* The hits of a slice, behind those of the slices above it. */
static void keep_slice(struct search *s)
{
	for (size_t i = s->slice.count; i > 0; i--) {
		struct seqset_range r = s->slice.ranges[i - 1];
		struct seqset_range *top = s->hits.count > 0 ? &s->hits.ranges[s->hits.count - 1] : NULL;

		if (top && top->first == r.last + 1)
			top->first = r.first;
		else
			seqset_add(&s->hits, r.first, r.last);
	}
	s->slice.count = 0;
}

static void turn_around(struct seqset_builder *b)
{
	for (size_t i = 0, k = b->count; i + 1 < k; i++) {
		struct seqset_range r = b->ranges[--k];

		b->ranges[k] = b->ranges[i];
		b->ranges[i] = r;
	}
}

/* Goes on to the slice below, or ends. */
static void end_slice(struct search *s)
{
	keep_slice(s);
	if (s->count < s->limit.count && s->begin > s->first)
		begin_slice(s, s->begin - 1);
	else
		turn_around(&s->hits);
}

int search_step(struct search *s, struct quarantine *q, bool *more)
{
	struct pace pace = pace_start();
	int status = QUARANTINE_OK;

	do {
		if (s->next <= s->stop)
			status = walk(s, q, &pace);
		if (s->next > s->stop && s->limit.from_end)
			end_slice(s);
	} while (status == QUARANTINE_OK && s->next <= s->stop && !pace_over(&pace));
	*more = status == QUARANTINE_OK && s->next <= s->stop;
	return status;
}

const struct seqset_builder *search_found(const struct search *s)
{
	return &s->hits;
}

uint64_t search_highest_modseq(const struct search *s)
{
	return s->highest_modseq;
}

static uint32_t count_between(const struct search *s, uint64_t first, uint64_t last)
{
	return first <= last ? uidmap_between(s->view->map, (uint32_t)first, (uint32_t)last) : 0;
}

void search_progress(const struct search *s, uint32_t *done, uint32_t *goal)
{
	*goal = count_between(s, s->first, s->last);
	*done = *goal - count_between(s, s->next, s->stop) - count_between(s, s->first, s->begin - 1);
}
