/* SPDX-License-Identifier: ISC
 *
 * The happy path: rows are read in slices, hits gathered as ranges.
 * What can go wrong: a message that cannot be read, or was purged, matches nothing. */
#include "search.h"

#include <stdlib.h>

#include "pace.h"
#include "search_match.h"
#include "view.h"

struct search {
	const struct view *view;
	const struct search_key *root;
	enum search_need needs;
	uint64_t first, next, last; /* UIDs to look at; from `next` on still; next > last: none */
	struct quarantine_keywords keywords;
	bool has_keywords;
	struct search_candidate candidate;
	struct seqset_builder hits; /* UIDs */
	uint64_t highest_modseq;    /* of the hits whose rows were read */
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
	if (first > s->next)
		s->next = first;
	if (last < s->last)
		s->last = last;
}

/* Sets of numbers that the whole program asks for bound the walk. */
static void bound_walk(struct search *s)
{
	const struct search_key *root = s->root;
	size_t count = root->op == SEARCH_AND ? root->count : 1;

	s->next = 1;
	s->last = uidmap_largest(s->view->map);
	for (size_t i = 0; i < count; i++) {
		const struct search_key *key = root->op == SEARCH_AND ? root->children[i] : root;

		if (key->op == SEARCH_SEQUENCE || key->op == SEARCH_UID)
			bound_by_set(s, key);
	}
	s->first = s->next;
}

struct search *search_create(const struct view *view, struct search_key *root)
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
	bound_walk(s);
	return s;
}

void search_destroy(struct search *s)
{
	if (!s)
		return;
	quarantine_keywords_free(&s->keywords);
	search_candidate_finish(&s->candidate);
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
	seqset_add(&s->hits, uid, uid);
	if (row && row->modseq > s->highest_modseq)
		s->highest_modseq = row->modseq;
}

/* For programs that ask for nothing but numbers. */
static void walk_map(struct search *s, const struct pace *pace)
{
	struct quarantine_range run;

	for (; s->next <= s->last && !pace_over(pace); s->next = (uint64_t)run.first + 1) {
		if (!uidmap_run(s->view->map, (uint32_t)s->next, &run) || run.first > s->last) {
			s->next = s->last + 1;
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
	int status =
		quarantine_list(q, s->view->box.id, (uint32_t)s->next, (uint32_t)s->last, fields, true, &c);

	if (status != QUARANTINE_OK)
		return status;
	status = 1;
	while (status == 1 && !pace_over(pace)) {
		status = quarantine_next(c, &row);
		s->next = status == 1 ? (uint64_t)row.uid + 1 : s->last + 1;
		if (status == 1)
			test(s, row.uid, &row, q);
	}
	quarantine_cursor_close(c);
	return status < 0 ? status : QUARANTINE_OK;
}

static int walk(struct search *s, struct quarantine *q)
{
	struct pace pace = pace_start();
	int status = QUARANTINE_OK;

	if (!s->has_keywords) {
		status = quarantine_keywords_get(q, s->view->box.id, &s->keywords);
		s->has_keywords = status == QUARANTINE_OK;
	}
	if (status == QUARANTINE_OK && s->needs == SEARCH_NEEDS_MAP)
		walk_map(s, &pace);
	else if (status == QUARANTINE_OK)
		status = walk_rows(s, q, &pace);
	return s->hits.failed ? QUARANTINE_NO_MEMORY : status;
}

int search_step(struct search *s, struct quarantine *q, bool *more)
{
	int status = QUARANTINE_OK;

	if (s->next <= s->last)
		status = walk(s, q);
	*more = status == QUARANTINE_OK && s->next <= s->last;
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

void search_progress(const struct search *s, uint32_t *done, uint32_t *goal)
{
	*done = s->next > s->first ? uidmap_between(s->view->map, (uint32_t)s->first, (uint32_t)s->next - 1)
				   : 0;
	*goal = s->last >= s->first ? uidmap_between(s->view->map, (uint32_t)s->first, (uint32_t)s->last) : 0;
}
