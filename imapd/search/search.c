/* SPDX-License-Identifier: ISC
 *
 * The happy path: UIDs are looked at in stretches as long as a column. What the map and columns
 * in memory decide is settled first; the rows of those left open are read. Hits are gathered as ranges. Who
 * wants the last hits only has slices of some messages looked at from the end down, each of them upwards.
 * What can go wrong: a message that cannot be read matches nothing, one that was purged nothing that is not
 * in memory. */
#include "search.h"

#include <stdlib.h>

#include "../pace.h"
#include "../view.h"
#include "column.h"
#include "search_fields.h"
#include "search_match.h"
#include "search_memo.h"

enum {
	SLICE_MESSAGES = 1000, /* of a slice, where the last hits are wanted */
	GAP_MAX = 16,          /* so many rows are sooner read past than looked up anew */
};

struct search {
	const struct view *view;
	const struct search_key *root;
	enum search_need needs;
	struct search_limit limit;
	uint64_t first, last;       /* UIDs to look at */
	uint64_t begin, next, stop; /* the slice in work; from `next` on still; next > stop: none */
	uint64_t stretch;           /* UIDs from `next` to here were judged without rows; 0: none */
	struct column_bits hit, open;
	struct search_fields *fields;
	unsigned columns;   /* of rows */
	bool wants_modseqs; /* of hits: then each is read */
	bool takes_all;     /* nothing is asked of a message */
	bool reading;       /* in a read transaction */
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
	s->stretch = 0;
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
	s->columns = search_columns(root);
	s->wants_modseqs = search_asks(root, SEARCH_MODSEQ);
	s->fields = search_fields_create(root, view);
	s->candidate.fields = s->fields;
	if (s->needs == SEARCH_NEEDS_CONTENT)
		s->candidate.message.memo = search_memo_create();
	s->candidate.view = view;
	s->candidate.now = time(NULL);
	s->candidate.keywords = &s->keywords;
	s->limit = limit;
	s->takes_all =
		root->op == SEARCH_AND && root->count == 0 && limit.count == UINT64_MAX && !limit.from_end;
	bound_walk(s);
	begin_slice(s, s->last);
	return s;
}

void search_destroy(struct search *s)
{
	if (!s)
		return;
	quarantine_keywords_free(&s->keywords);
	search_content_finish(&s->candidate.message);
	search_fields_destroy(s->fields);
	seqset_finish(&s->slice);
	seqset_finish(&s->hits);
	free(s);
}

/* What can be said of the UIDs of a stretch, from the next one on, without a row. */
static void begin_stretch(struct search *s)
{
	struct search_candidate *c = &s->candidate;
	struct quarantine_range run;
	uint64_t uid = s->next;

	search_fields_enter(s->fields, (uint32_t)(uid / COLUMN_UIDS));
	s->stretch = uid | (COLUMN_UIDS - 1);
	s->hit = s->open = (struct column_bits){{0}};
	search_content_begin(&c->message, NULL, NULL);
	while (uid <= s->stretch && uidmap_run(s->view->map, (uint32_t)uid, &run) &&
	       run.first <= s->stretch) {
		c->seq = uidmap_seq(s->view->map, run.first);
		for (uid = run.first; uid <= run.last && uid <= s->stretch; uid++, c->seq++) {
			enum search_verdict v;

			c->uid = (uint32_t)uid;
			v = search_judge(s->root, c);
			if (v == SEARCH_OPEN || (v == SEARCH_YES && s->wants_modseqs))
				column_bit_set(&s->open, c->uid);
			else if (v == SEARCH_YES)
				column_bit_set(&s->hit, c->uid);
		}
	}
}

static void judge_row(struct search *s, const struct quarantine_entry *row, struct quarantine *q)
{
	struct search_candidate *c = &s->candidate;

	if (!column_bit(&s->open, row->uid))
		return;
	search_content_begin(&c->message, q, row);
	c->uid = row->uid;
	c->seq = uidmap_seq(s->view->map, row->uid);
	if (search_judge(s->root, c) != SEARCH_YES)
		return;
	column_bit_set(&s->hit, row->uid);
	if (row->modseq > s->highest_modseq)
		s->highest_modseq = row->modseq;
}

/* Up to here the hits of the stretch are known. */
static void settle(struct search *s, uint64_t upto)
{
	for (; s->next <= upto && s->next <= s->stop; s->next++) {
		uint32_t uid = (uint32_t)s->next;

		if (!column_bit(&s->hit, uid))
			continue;
		seqset_add(s->limit.from_end ? &s->slice : &s->hits, uid, uid);
		if (++s->count == s->limit.count && !s->limit.from_end)
			s->stop = uid;
	}
}

/* The rows of next … to; leaves when time is up. */
static int read_rows(struct search *s, struct quarantine *q, uint64_t to, const struct pace *pace)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	unsigned rows = 0, between = s->needs > SEARCH_NEEDS_FIELDS ? 1 : PACE_ROWS;
	int status =
		quarantine_list(q, s->view->box.id, (uint32_t)s->next, (uint32_t)to, s->columns, true, &c);

	if (status != QUARANTINE_OK)
		return status;
	status = 1;
	while (status == 1 && s->next <= to && (++rows % between > 0 || !pace_over(pace))) {
		status = quarantine_next(c, &row);
		if (status == 1) {
			judge_row(s, &row, q);
			settle(s, row.uid);
		}
		to = s->stop < to ? s->stop : to;
	}
	quarantine_cursor_close(c);
	if (status == 0)
		settle(s, to);
	return status < 0 ? status : QUARANTINE_OK;
}

/* The next UIDs up to `last` that are open, with some between them that are not; false: there are none. */
static bool open_run(const struct search *s, uint64_t last, uint64_t *from, uint64_t *to)
{
	bool found = false;

	for (uint64_t uid = s->next; uid <= last && (!found || uid <= *to + GAP_MAX); uid++) {
		if (!column_bit(&s->open, (uint32_t)uid))
			continue;
		if (!found)
			*from = uid;
		*to = uid;
		found = true;
	}
	return found;
}

static int begin_reading(struct search *s, struct quarantine *q)
{
	int status = s->reading ? QUARANTINE_OK : quarantine_read_begin(q);

	s->reading = status == QUARANTINE_OK;
	if (status == QUARANTINE_OK && !s->has_keywords) {
		status = quarantine_keywords_get(q, s->view->box.id, &s->keywords);
		s->has_keywords = status == QUARANTINE_OK;
	}
	return status;
}

static int walk_stretch(struct search *s, struct quarantine *q, const struct pace *pace)
{
	uint64_t last = s->stretch < s->stop ? s->stretch : s->stop;
	uint64_t from = 0, to = 0;

	while (open_run(s, last, &from, &to)) {
		int status = begin_reading(s, q);

		settle(s, from - 1);
		if (status == QUARANTINE_OK && s->next <= s->stop)
			status = read_rows(s, q, to, pace);
		if (status != QUARANTINE_OK || s->next <= to)
			return status;
	}
	settle(s, last);
	return QUARANTINE_OK;
}

static int walk(struct search *s, struct quarantine *q, const struct pace *pace)
{
	struct quarantine_range run;
	int status = QUARANTINE_OK;

	while (status == QUARANTINE_OK && s->next <= s->stop && !pace_over(pace)) {
		if (s->next > s->stretch) {
			if (!uidmap_run(s->view->map, (uint32_t)s->next, &run) || run.first > s->stop) {
				s->next = s->stop + 1;
				break;
			}
			s->next = s->next > run.first ? s->next : run.first;
			begin_stretch(s);
		}
		status = walk_stretch(s, q, pace);
	}
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

static int take_all(struct search *s)
{
	size_t count;
	const struct quarantine_range *ranges = uidmap_ranges(s->view->map, &count);

	for (size_t i = 0; i < count; i++)
		seqset_add(&s->hits, ranges[i].first, ranges[i].last);
	s->next = s->stop + 1;
	return s->hits.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

int search_step(struct search *s, struct quarantine *q, bool *more)
{
	struct pace pace = pace_start();
	int status = QUARANTINE_OK;

	do {
		if (s->next <= s->stop)
			status = s->takes_all ? take_all(s) : walk(s, q, &pace);
		if (s->next > s->stop && s->limit.from_end)
			end_slice(s);
	} while (status == QUARANTINE_OK && s->next <= s->stop && !pace_over(&pace));
	quarantine_read_end(q);
	s->reading = false;
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
