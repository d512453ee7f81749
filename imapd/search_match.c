/* SPDX-License-Identifier: ISC */
#include "search_match.h"

#include <stdlib.h>
#include <string.h>

#include "../store/mime/charset.h"
#include "../store/mime/header.h"
#include "../store/mime/structure.h"
#include "../store/mime/text.h"
#include "../store/mime/word.h"
#include "object_id.h"
#include "proto/datetime.h"
#include "view.h"

typedef bool match_fn(const struct search_key *key, struct search_candidate *c);

static bool holds(struct slice text, struct slice needle)
{
	return needle.len == 0 || (text.len > 0 && memmem(text.data, text.len, needle.data, needle.len));
}

static bool field_holds(struct quarantine_bytes field, const struct search_key *key)
{
	return holds(slice_of(field.data, field.len), key->text);
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
	return (c->row->flags & key->flags) == key->flags;
}

static bool match_recent(const struct search_key *key, struct search_candidate *c)
{
	(void)key;
	return view_recent(c->view, c->uid);
}

static bool match_modseq(const struct search_key *key, struct search_candidate *c)
{
	return c->row->modseq >= key->number;
}

static bool match_keyword(const struct search_key *key, struct search_candidate *c)
{
	uint64_t bit = view_keyword(c->keywords, key->text);

	return (c->row->flags & bit) != 0;
}

static bool match_before(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->row->received) < key->day;
}

static bool match_on(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->row->received) == key->day;
}

static bool match_since(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->row->received) >= key->day;
}

static bool match_sent_before(const struct search_key *key, struct search_candidate *c)
{
	return c->row->sent != INT64_MIN && c->row->sent < key->day;
}

static bool match_sent_on(const struct search_key *key, struct search_candidate *c)
{
	return c->row->sent != INT64_MIN && c->row->sent == key->day;
}

static bool match_sent_since(const struct search_key *key, struct search_candidate *c)
{
	return c->row->sent != INT64_MIN && c->row->sent >= key->day;
}

static bool match_saved_before(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->row->saved) < key->day;
}

static bool match_saved_on(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->row->saved) == key->day;
}

static bool match_saved_since(const struct search_key *key, struct search_candidate *c)
{
	return datetime_local_day(c->row->saved) >= key->day;
}

static bool match_email(const struct search_key *key, struct search_candidate *c)
{
	return (uint64_t)c->row->message == key->number;
}

static bool match_thread(const struct search_key *key, struct search_candidate *c)
{
	bool alone = c->row->thread == 0;

	return alone == (key->flags != 0) &&
	       key->number == (alone ? (uint64_t)c->row->message : c->row->thread);
}

static bool match_larger(const struct search_key *key, struct search_candidate *c)
{
	return c->row->length > key->number;
}

static bool match_smaller(const struct search_key *key, struct search_candidate *c)
{
	return c->row->length < key->number;
}

static uint64_t age(const struct search_candidate *c)
{
	return c->now > c->row->received ? (uint64_t)(c->now - c->row->received) : 0;
}

static bool match_older(const struct search_key *key, struct search_candidate *c)
{
	return age(c) >= key->number;
}

static bool match_younger(const struct search_key *key, struct search_candidate *c)
{
	return age(c) <= key->number;
}

static bool match_from(const struct search_key *key, struct search_candidate *c)
{
	return field_holds(c->row->from, key);
}

static bool match_to(const struct search_key *key, struct search_candidate *c)
{
	return field_holds(c->row->to, key);
}

static bool match_cc(const struct search_key *key, struct search_candidate *c)
{
	return field_holds(c->row->cc, key);
}

static bool match_bcc(const struct search_key *key, struct search_candidate *c)
{
	return field_holds(c->row->bcc, key);
}

static bool match_subject(const struct search_key *key, struct search_candidate *c)
{
	return field_holds(c->row->subject, key);
}

/* The first bytes of the message, at least `want` where it has them and the bound allows. Of a message that
 * cannot be read there are none. */
static struct slice read_bytes(struct search_candidate *c, uint64_t want)
{
	size_t got = 0;
	char *into;

	if (want > SEARCH_CONTENT_MAX)
		want = SEARCH_CONTENT_MAX;
	if (want > c->bytes.len) {
		buf_reset(&c->bytes);
		into = buf_reserve(&c->bytes, (size_t)want);
		if (into && quarantine_content_read(c->store, c->row->message, 0, into, (size_t)want, &got) ==
				    QUARANTINE_OK)
			c->bytes.len = got;
	}
	return buf_slice(&c->bytes);
}

/* An empty needle asks whether there is such a field. */
static bool match_header(const struct search_key *key, struct search_candidate *c)
{
	uint64_t length = c->row->header_length < MIME_HEADER_PARSED_MAX ? c->row->header_length
									 : MIME_HEADER_PARSED_MAX;
	struct slice bytes = read_bytes(c, length);
	struct mime_fields walk = {
		.block = slice_of(bytes.data, bytes.len < length ? bytes.len : (size_t)length)};
	struct mime_field field;
	struct buf decoded = {0}, folded = {0};
	bool found = false;

	while (!found && mime_fields_next(&walk, &field)) {
		if (!slice_ieq(field.name, key->name))
			continue;
		buf_reset(&decoded);
		buf_reset(&folded);
		mime_decode_words(field.value, &decoded);
		mime_fold(buf_slice(&decoded), true, &folded);
		found = holds(buf_slice(&folded), key->text);
	}
	buf_finish(&decoded);
	buf_finish(&folded);
	return found;
}

static struct slice search_text(struct search_candidate *c, bool headers)
{
	struct buf *text = headers ? &c->text : &c->body;
	bool *made = headers ? &c->has_text : &c->has_body;
	struct mime_structure structure;
	struct slice bytes;

	if (*made)
		return buf_slice(text);
	*made = true;
	bytes = read_bytes(c, c->row->length);
	if (mime_structure_parse(bytes, &structure)) {
		mime_search_text(bytes, &structure, headers, SEARCH_CONTENT_MAX, text);
		mime_structure_finish(&structure);
	}
	return buf_slice(text);
}

static bool match_body(const struct search_key *key, struct search_candidate *c)
{
	return holds(search_text(c, false), key->text);
}

static bool match_text(const struct search_key *key, struct search_candidate *c)
{
	return holds(search_text(c, true), key->text);
}

/* By enum search_op. */
static const struct {
	enum search_need needs;
	match_fn *match; /* NULL: AND, OR, NOT */
} keys[] = {
	[SEARCH_AND] = {SEARCH_NEEDS_MAP, NULL},
	[SEARCH_OR] = {SEARCH_NEEDS_MAP, NULL},
	[SEARCH_NOT] = {SEARCH_NEEDS_MAP, NULL},
	[SEARCH_SEQUENCE] = {SEARCH_NEEDS_MAP, match_sequence},
	[SEARCH_UID] = {SEARCH_NEEDS_MAP, match_uid},
	[SEARCH_FLAGS] = {SEARCH_NEEDS_ROW, match_flags},
	[SEARCH_RECENT] = {SEARCH_NEEDS_MAP, match_recent},
	[SEARCH_MODSEQ] = {SEARCH_NEEDS_ROW, match_modseq},
	[SEARCH_KEYWORD] = {SEARCH_NEEDS_ROW, match_keyword},
	[SEARCH_BEFORE] = {SEARCH_NEEDS_ROW, match_before},
	[SEARCH_ON] = {SEARCH_NEEDS_ROW, match_on},
	[SEARCH_SINCE] = {SEARCH_NEEDS_ROW, match_since},
	[SEARCH_SENTBEFORE] = {SEARCH_NEEDS_FIELDS, match_sent_before},
	[SEARCH_SENTON] = {SEARCH_NEEDS_FIELDS, match_sent_on},
	[SEARCH_SENTSINCE] = {SEARCH_NEEDS_FIELDS, match_sent_since},
	[SEARCH_SAVEDBEFORE] = {SEARCH_NEEDS_ROW, match_saved_before},
	[SEARCH_SAVEDON] = {SEARCH_NEEDS_ROW, match_saved_on},
	[SEARCH_SAVEDSINCE] = {SEARCH_NEEDS_ROW, match_saved_since},
	[SEARCH_EMAILID] = {SEARCH_NEEDS_ROW, match_email},
	[SEARCH_THREADID] = {SEARCH_NEEDS_FIELDS, match_thread},
	[SEARCH_LARGER] = {SEARCH_NEEDS_ROW, match_larger},
	[SEARCH_SMALLER] = {SEARCH_NEEDS_ROW, match_smaller},
	[SEARCH_OLDER] = {SEARCH_NEEDS_ROW, match_older},
	[SEARCH_YOUNGER] = {SEARCH_NEEDS_ROW, match_younger},
	[SEARCH_FROM] = {SEARCH_NEEDS_FIELDS, match_from},
	[SEARCH_TO] = {SEARCH_NEEDS_FIELDS, match_to},
	[SEARCH_CC] = {SEARCH_NEEDS_FIELDS, match_cc},
	[SEARCH_BCC] = {SEARCH_NEEDS_FIELDS, match_bcc},
	[SEARCH_SUBJECT] = {SEARCH_NEEDS_FIELDS, match_subject},
	[SEARCH_HEADER] = {SEARCH_NEEDS_HEADER, match_header},
	[SEARCH_BODY] = {SEARCH_NEEDS_CONTENT, match_body},
	[SEARCH_TEXT] = {SEARCH_NEEDS_CONTENT, match_text},
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
	if (key->op == SEARCH_EMAILID || key->op == SEARCH_THREADID)
		prepare_object(key);
	if (key->op == SEARCH_SEQUENCE || key->op == SEARCH_UID)
		prepare_set(key, view);
	for (size_t i = 0; i < key->count; i++)
		search_prepare(key->children[i], view);
	if (key->count > 1)
		qsort(key->children, key->count, sizeof(struct search_key *), compare_needs);
}

/* The parser bounds the depth of the tree. */
bool search_judge(const struct search_key *key, struct search_candidate *c)
{
	bool decides = key->op == SEARCH_OR; /* a child of this value decides */

	if (key->op == SEARCH_NOT)
		return !search_judge(key->children[0], c);
	if (key->op != SEARCH_AND && key->op != SEARCH_OR)
		return keys[key->op].match(key, c);
	for (size_t i = 0; i < key->count; i++)
		if (search_judge(key->children[i], c) == decides)
			return decides;
	return !decides;
}

void search_candidate_reset(struct search_candidate *c)
{
	buf_reset(&c->bytes);
	buf_reset(&c->text);
	buf_reset(&c->body);
	c->has_text = c->has_body = false;
}

void search_candidate_finish(struct search_candidate *c)
{
	buf_finish(&c->bytes);
	buf_finish(&c->text);
	buf_finish(&c->body);
}
