/* SPDX-License-Identifier: ISC */
#include "search_match.h"

#include <stdlib.h>
#include <string.h>

#include "../object_id.h"
#include "../proto/datetime.h"
#include "../view.h"
#include "search_fields.h"

typedef bool match_fn(const struct search_key *key, struct search_candidate *c);

static bool holds(struct slice text, struct slice needle)
{
	return text.len > 0 && (needle.len == 0 || memmem(text.data, text.len, needle.data, needle.len));
}

static bool match_sequence(const struct search_key *key, struct search_candidate *c)
{
	return seqset_contains(&key->numbers, c->seq);
}

static bool match_uid(const struct search_key *key, struct search_candidate *c)
{
	return seqset_contains(&key->numbers, c->uid);
}

static bool match_flags(const struct search_key *key, struct search_candidate *c)
{
	return (c->message.row->flags & key->flags) == key->flags;
}

static bool match_recent(const struct search_key *key, struct search_candidate *c)
{
	(void)key;
	return view_recent(c->view, c->uid);
}

static bool match_modseq(const struct search_key *key, struct search_candidate *c)
{
	return c->message.row->modseq >= key->number;
}

static bool match_keyword(const struct search_key *key, struct search_candidate *c)
{
	uint64_t bit = view_keyword(c->keywords, key->text);

	return (c->message.row->flags & bit) != 0;
}

static bool match_before(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->message.row->received) < key->day;
}

static bool match_on(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->message.row->received) == key->day;
}

static bool match_since(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->message.row->received) >= key->day;
}

static bool match_sent_before(const struct search_key *key, struct search_candidate *c)
{
	return c->message.row->sent != INT64_MIN && c->message.row->sent < key->day;
}

static bool match_sent_on(const struct search_key *key, struct search_candidate *c)
{
	return c->message.row->sent != INT64_MIN && c->message.row->sent == key->day;
}

static bool match_sent_since(const struct search_key *key, struct search_candidate *c)
{
	return c->message.row->sent != INT64_MIN && c->message.row->sent >= key->day;
}

static bool match_saved_before(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->message.row->saved) < key->day;
}

static bool match_saved_on(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->message.row->saved) == key->day;
}

static bool match_saved_since(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->message.row->saved) >= key->day;
}

static bool match_email(const struct search_key *key, struct search_candidate *c)
{
	return (uint64_t)c->message.row->message == key->number;
}

static bool match_thread(const struct search_key *key, struct search_candidate *c)
{
	bool alone = c->message.row->thread == 0;

	return alone == (key->flags != 0) &&
	       key->number == (alone ? (uint64_t)c->message.row->message : c->message.row->thread);
}

static bool match_larger(const struct search_key *key, struct search_candidate *c)
{
	return c->message.row->length > key->number;
}

static bool match_smaller(const struct search_key *key, struct search_candidate *c)
{
	return c->message.row->length < key->number;
}

static uint64_t age(const struct search_candidate *c)
{
	return c->now > c->message.row->received ? (uint64_t)(c->now - c->message.row->received) : 0;
}

static bool match_older(const struct search_key *key, struct search_candidate *c)
{
	return age(c) >= key->number;
}

static bool match_younger(const struct search_key *key, struct search_candidate *c)
{
	return age(c) <= key->number;
}

/* An empty needle asks HEADER whether there is such a field; otherwise every text holds it. */
static bool match_field(const struct search_key *key, struct search_candidate *c)
{
	struct slice text;
	bool held, whole = search_content_field(&c->message, key, &text);

	held = key->op == SEARCH_HEADER || key->text.len > 0 ? holds(text, key->text) : true;
	if (key->place > 0 && whole)
		search_fields_learn(c->fields, key, c->uid, text);
	return held;
}

static bool match_body(const struct search_key *key, struct search_candidate *c)
{
	return key->text.len == 0 || search_content_holds(&c->message, false, key->text);
}

static bool match_text(const struct search_key *key, struct search_candidate *c)
{
	return key->text.len == 0 || search_content_holds(&c->message, true, key->text);
}

enum { NARROW_ROW = 1 << 30 }; /* one that quarantine_list() gives without any field asked for */

/* By enum search_op. `reads`: enum quarantine_field bits that have what is looked at. */
static const struct {
	enum search_need needs;
	match_fn *match; /* NULL: AND, OR, NOT */
	unsigned reads;  /* of the row */
} keys[] = {
	[SEARCH_AND] = {SEARCH_NEEDS_MAP, NULL, 0},
	[SEARCH_OR] = {SEARCH_NEEDS_MAP, NULL, 0},
	[SEARCH_NOT] = {SEARCH_NEEDS_MAP, NULL, 0},
	[SEARCH_SEQUENCE] = {SEARCH_NEEDS_MAP, match_sequence, 0},
	[SEARCH_UID] = {SEARCH_NEEDS_MAP, match_uid, 0},
	[SEARCH_FLAGS] = {SEARCH_NEEDS_ROW, match_flags, QUARANTINE_FIELD_FLAGS},
	[SEARCH_RECENT] = {SEARCH_NEEDS_MAP, match_recent, 0},
	[SEARCH_MODSEQ] = {SEARCH_NEEDS_ROW, match_modseq, QUARANTINE_FIELD_FLAGS},
	[SEARCH_KEYWORD] = {SEARCH_NEEDS_ROW, match_keyword, QUARANTINE_FIELD_FLAGS},
	[SEARCH_BEFORE] = {SEARCH_NEEDS_ROW, match_before, QUARANTINE_FIELD_ARRIVAL},
	[SEARCH_ON] = {SEARCH_NEEDS_ROW, match_on, QUARANTINE_FIELD_ARRIVAL},
	[SEARCH_SINCE] = {SEARCH_NEEDS_ROW, match_since, QUARANTINE_FIELD_ARRIVAL},
	[SEARCH_SENTBEFORE] = {SEARCH_NEEDS_FIELDS, match_sent_before, QUARANTINE_FIELD_SEARCH},
	[SEARCH_SENTON] = {SEARCH_NEEDS_FIELDS, match_sent_on, QUARANTINE_FIELD_SEARCH},
	[SEARCH_SENTSINCE] = {SEARCH_NEEDS_FIELDS, match_sent_since, QUARANTINE_FIELD_SEARCH},
	[SEARCH_SAVEDBEFORE] = {SEARCH_NEEDS_ROW, match_saved_before, NARROW_ROW},
	[SEARCH_SAVEDON] = {SEARCH_NEEDS_ROW, match_saved_on, NARROW_ROW},
	[SEARCH_SAVEDSINCE] = {SEARCH_NEEDS_ROW, match_saved_since, NARROW_ROW},
	[SEARCH_EMAILID] = {SEARCH_NEEDS_ROW, match_email, NARROW_ROW},
	[SEARCH_THREADID] = {SEARCH_NEEDS_FIELDS, match_thread, QUARANTINE_FIELD_SEARCH},
	[SEARCH_LARGER] = {SEARCH_NEEDS_ROW, match_larger, QUARANTINE_FIELD_ARRIVAL},
	[SEARCH_SMALLER] = {SEARCH_NEEDS_ROW, match_smaller, QUARANTINE_FIELD_ARRIVAL},
	[SEARCH_OLDER] = {SEARCH_NEEDS_ROW, match_older, QUARANTINE_FIELD_ARRIVAL},
	[SEARCH_YOUNGER] = {SEARCH_NEEDS_ROW, match_younger, QUARANTINE_FIELD_ARRIVAL},
	[SEARCH_FROM] = {SEARCH_NEEDS_FIELDS, match_field, QUARANTINE_FIELD_SEARCH_FROM},
	[SEARCH_TO] = {SEARCH_NEEDS_FIELDS, match_field, QUARANTINE_FIELD_SEARCH_TO},
	[SEARCH_CC] = {SEARCH_NEEDS_FIELDS, match_field, QUARANTINE_FIELD_SEARCH_CC},
	[SEARCH_BCC] = {SEARCH_NEEDS_FIELDS, match_field, QUARANTINE_FIELD_SEARCH_BCC},
	[SEARCH_SUBJECT] = {SEARCH_NEEDS_FIELDS, match_field, QUARANTINE_FIELD_SEARCH_SUBJECT},
	[SEARCH_HEADER] = {SEARCH_NEEDS_HEADER, match_field, NARROW_ROW},
	[SEARCH_BODY] = {SEARCH_NEEDS_CONTENT, match_body, NARROW_ROW},
	[SEARCH_TEXT] = {SEARCH_NEEDS_CONTENT, match_text, NARROW_ROW},
};

enum search_need search_needs(const struct search_key *key)
{
	enum search_need needs = keys[key->op].needs;

	for (size_t i = 0; i < key->count; i++) {
		enum search_need child = search_needs(key->children[i]);

		if (child > needs)
			needs = child;
	}
	return needs;
}

static unsigned reads(const struct search_key *key)
{
	unsigned all = keys[key->op].reads;

	for (size_t i = 0; i < key->count; i++)
		all |= reads(key->children[i]);
	return all;
}

unsigned search_columns(const struct search_key *key)
{
	unsigned all = reads(key), behind_flags = all & ~(unsigned)QUARANTINE_FIELD_FLAGS;
	bool one = (behind_flags & (behind_flags - 1)) == 0;

	if (behind_flags == 0)
		return QUARANTINE_FIELD_FLAGS;
	if (all == QUARANTINE_FIELD_ARRIVAL || (one && behind_flags & QUARANTINE_FIELD_SEARCH_TEXTS))
		return behind_flags;
	return all & (QUARANTINE_FIELD_SEARCH | QUARANTINE_FIELD_SEARCH_TEXTS) ? QUARANTINE_FIELD_SEARCH : 0;
}

bool search_asks(const struct search_key *key, enum search_op op)
{
	bool asks = key->op == op;

	for (size_t i = 0; i < key->count && !asks; i++)
		asks = search_asks(key->children[i], op);
	return asks;
}

static int compare_needs(const void *a, const void *b)
{
	enum search_need x = search_needs(*(struct search_key *const *)a);
	enum search_need y = search_needs(*(struct search_key *const *)b);

	return x < y ? -1 : x > y;
}

/* What a set means in this mailbox. "$" names messages, whichever numbers they have. */
static void prepare_set(struct search_key *key, const struct view *view)
{
	uint32_t largest = key->op == SEARCH_UID ? uidmap_largest(view->map) : uidmap_count(view->map);

	if (key->set.saved) {
		key->op = SEARCH_UID;
		key->numbers = (struct seqset){.ranges = view->saved.ranges, .count = view->saved.count};
		return;
	}
	memcpy(key->numbers.ranges, key->set.ranges, key->set.count * sizeof(*key->set.ranges));
	key->numbers.count = key->set.count;
	seqset_resolve(&key->numbers, largest);
}

/* Identifiers are read once: programs name hundreds of them. */
static void prepare_object(struct search_key *key)
{
	bool alone = false;

	key->number = key->op == SEARCH_EMAILID ? object_message_of(key->text)
						: object_thread_of(key->text, &alone);
	key->flags = alone;
}

void search_prepare(struct search_key *key, const struct view *view)
{
	key->place = 0;
	if (key->op == SEARCH_EMAILID || key->op == SEARCH_THREADID)
		prepare_object(key);
	if (key->op == SEARCH_SEQUENCE || key->op == SEARCH_UID)
		prepare_set(key, view);
	for (size_t i = 0; i < key->count; i++)
		search_prepare(key->children[i], view);
	if (key->count > 1)
		qsort(key->children, key->count, sizeof(struct search_key *), compare_needs);
}

static enum search_verdict judge_leaf(const struct search_key *key, struct search_candidate *c)
{
	bool yes;

	if (key->place > 0 && search_fields_know(c->fields, key, c->uid, &yes))
		return yes ? SEARCH_YES : SEARCH_NO;
	if (!c->message.row && keys[key->op].needs > SEARCH_NEEDS_MAP)
		return SEARCH_OPEN;
	return keys[key->op].match(key, c) ? SEARCH_YES : SEARCH_NO;
}

static enum search_verdict opposite(enum search_verdict v)
{
	if (v == SEARCH_OPEN)
		return v;
	return v == SEARCH_YES ? SEARCH_NO : SEARCH_YES;
}

/* The parser bounds the depth of the tree. */
enum search_verdict search_judge(const struct search_key *key, struct search_candidate *c)
{
	enum search_verdict decides = key->op == SEARCH_OR ? SEARCH_YES : SEARCH_NO; /* of a child */
	enum search_verdict sum = opposite(decides);

	if (key->op == SEARCH_NOT)
		return opposite(search_judge(key->children[0], c));
	if (key->op != SEARCH_AND && key->op != SEARCH_OR)
		return judge_leaf(key, c);
	for (size_t i = 0; i < key->count; i++) {
		enum search_verdict v = search_judge(key->children[i], c);

		if (v == decides)
			return v;
		if (v == SEARCH_OPEN)
			sum = v;
	}
	return sum;
}
