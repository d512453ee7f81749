/* SPDX-License-Identifier: ISC
 *
 * The happy path: stretch after stretch, its columns are taken from memory; where one does not know all that
 * was found, the rows of what is missing are read, and a column that knows it takes its place.
 * What can go wrong: the store fails, or there is no memory. What was purged and is not known is left out. */
#include "search_table.h"

#include <stdlib.h>

#include "../../store/base/grow.h"
#include "../pace.h"
#include "../view.h"
#include "columns.h"
#include "search_sort_key.h"

enum {
	KIND_FIRST = 1000,  /* of a column's key; below are those of searches */
	ANCESTORS_MAX = 64, /* the store has no more */
	ID_SIZE = sizeof(uint64_t),
};

void search_table_begin(struct search_table *t, const struct view *view, const struct seqset_builder *uids,
			unsigned kinds)
{
	*t = (struct search_table){.view = view, .uids = uids, .kinds = kinds};
}

static bool has(unsigned kinds, unsigned kind)
{
	return kinds >> kind & 1;
}

static struct column_key key_of(const struct search_table *t, unsigned kind)
{
	return (struct column_key){.mailbox = t->view->box.id,
				   .number = t->list[t->count - 1].number,
				   .kind = KIND_FIRST + kind};
}

/* Takes what was found up to `last`. */
static void take_found(struct search_table *t, struct column_bits *found, uint32_t last)
{
	while (t->at < t->uids->count && t->uids->ranges[t->at].first <= last) {
		const struct seqset_range *range = &t->uids->ranges[t->at];
		uint64_t end = range->last < last ? range->last : last;

		for (uint64_t uid = range->first > t->next ? range->first : t->next; uid <= end; uid++)
			column_bit_set(found, (uint32_t)uid);
		if (range->last > last)
			break;
		t->at++;
	}
	t->next = last + 1;
}

/* What of the messages found its columns do not know; sets `lacking`. */
static struct column_bits missing_of(struct search_table *t, const struct search_table_stretch *s)
{
	struct column_bits missing = {{0}}, known = {{0}};

	t->lacking = 0;
	for (unsigned kind = 0; kind < SEARCH_TABLE_KINDS; kind++) {
		uint64_t any = 0;

		if (!has(t->kinds, kind))
			continue;
		known = (struct column_bits){{0}};
		if (s->column[kind])
			column_known(s->column[kind], &known);
		for (size_t i = 0; i < ARRAY_SIZE(known.word); i++) {
			any |= s->found.word[i] & ~known.word[i];
			missing.word[i] |= s->found.word[i] & ~known.word[i];
		}
		t->lacking |= any ? 1U << kind : 0;
	}
	return missing;
}

/* So that what is missing is read. */
static int begin_reading(struct search_table *t, const struct column_bits *missing)
{
	struct search_table_stretch *s = &t->list[t->count - 1];
	uint32_t base = s->number * COLUMN_UIDS, i;
	unsigned fields = 0;

	t->missing.count = 0;
	for (i = column_bit_next(missing, 0); i < COLUMN_UIDS; i = column_bit_next(missing, i + 1))
		seqset_add(&t->missing, base + i, base + i);
	for (unsigned kind = 0; kind < SEARCH_TABLE_KINDS; kind++) {
		struct column_draft **draft = &t->drafts[kind];

		if (!has(t->lacking, kind))
			continue;
		fields |= kind == SEARCH_TABLE_LINKS ? QUARANTINE_FIELD_SORT_LINKS : search_sort_field(kind);
		if (!*draft && !(*draft = calloc(1, sizeof(**draft))))
			return QUARANTINE_NO_MEMORY;
		column_draft_begin(*draft, s->column[kind]);
	}
	t->rows = (struct search_rows){.uids = &t->missing,
				       .mailbox = t->view->box.id,
				       .fields = fields ? fields : QUARANTINE_FIELD_ARRIVAL};
	t->reading = true;
	return t->missing.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

/* Goes to the next stretch that has something. */
static int enter(struct search_table *t)
{
	const struct seqset_range *range = &t->uids->ranges[t->at];
	uint32_t first = range->first > t->next ? range->first : t->next;
	struct search_table_stretch *s;
	struct column_bits missing;

	if (!grow(&t->list, t->count, &t->cap, sizeof(*t->list)))
		return QUARANTINE_NO_MEMORY;
	s = &t->list[t->count++];
	*s = (struct search_table_stretch){.number = first / COLUMN_UIDS};
	take_found(t, &s->found, first | (COLUMN_UIDS - 1));
	for (unsigned kind = 0; kind < SEARCH_TABLE_KINDS; kind++) {
		struct column_key key = key_of(t, kind);

		if (has(t->kinds, kind) && t->view->columns)
			s->column[kind] = columns_get(t->view->columns, &key);
		t->bytes += s->column[kind] ? s->column[kind]->size : 0;
	}
	missing = missing_of(t, s);
	if (t->lacking)
		return begin_reading(t, &missing);
	return t->bytes > SEARCH_TABLE_BYTES_MAX ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

static void add_links(const struct quarantine_sort *sort, struct buf *out)
{
	const size_t most = (size_t)ANCESTORS_MAX * ID_SIZE;

	buf_add(out, &sort->message_id, ID_SIZE);
	buf_add_char(out, (char)sort->reply);
	buf_add(out, sort->ancestors.data, sort->ancestors.len < most ? sort->ancestors.len : most);
}

struct search_links search_links_of(struct slice text)
{
	struct search_links links = {.reply = text.data[ID_SIZE], .ancestors = slice_skip(text, ID_SIZE + 1)};

	memcpy(&links.message_id, text.data, ID_SIZE);
	return links;
}

static void take_row(void *context, const struct quarantine_entry *row)
{
	struct search_table *t = context;

	for (unsigned kind = 0; kind < SEARCH_TABLE_KINDS; kind++) {
		if (!has(t->lacking, kind))
			continue;
		buf_reset(&t->text);
		if (kind == SEARCH_TABLE_LINKS)
			add_links(&row->sort, &t->text);
		else
			search_sort_text(kind, row, &t->text);
		if (!t->text.failed)
			column_draft_add(t->drafts[kind], row->uid, buf_slice(&t->text));
		t->drafts[kind]->text.failed |= t->text.failed;
	}
}

/* Puts what was read of a kind in place of the column, for all. */
static int keep(struct search_table *t, unsigned kind)
{
	struct search_table_stretch *s = &t->list[t->count - 1];
	const struct column_draft *draft = t->drafts[kind];
	struct column *made = column_create(draft, kind != SEARCH_TABLE_LINKS);
	struct column_key key = key_of(t, kind);

	if (draft->text.failed || (draft->known > 0 && !made)) {
		free(made);
		return QUARANTINE_NO_MEMORY;
	}
	t->bytes -= s->column[kind] ? s->column[kind]->size : 0;
	columns_release(t->view->columns, s->column[kind]);
	s->column[kind] = made;
	t->bytes += made ? made->size : 0;
	if (made && t->view->columns) {
		made->users++;
		columns_put(t->view->columns, &key, made);
	}
	return t->bytes > SEARCH_TABLE_BYTES_MAX ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

/* All is read: what is still not known was purged. */
static int end_reading(struct search_table *t)
{
	struct search_table_stretch *s = &t->list[t->count - 1];
	struct column_bits missing;
	int status = QUARANTINE_OK;

	for (unsigned kind = 0; kind < SEARCH_TABLE_KINDS && status == QUARANTINE_OK; kind++)
		if (has(t->lacking, kind))
			status = keep(t, kind);
	missing = missing_of(t, s);
	for (size_t i = 0; i < ARRAY_SIZE(missing.word); i++)
		s->found.word[i] &= ~missing.word[i];
	t->reading = false;
	return status;
}

int search_table_step(struct search_table *t, struct quarantine *q, const struct pace *pace, bool *more)
{
	int status = QUARANTINE_OK;
	bool unread = false;

	while (status == QUARANTINE_OK && (t->reading || t->at < t->uids->count) && !pace_over(pace)) {
		if (!t->reading) {
			status = enter(t);
			continue;
		}
		status = search_rows_step(&t->rows, q, pace, take_row, t, &unread);
		if (status == QUARANTINE_OK && !unread)
			status = end_reading(t);
	}
	*more = status == QUARANTINE_OK && (t->reading || t->at < t->uids->count);
	return status;
}

void search_table_finish(struct search_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		for (unsigned kind = 0; kind < SEARCH_TABLE_KINDS; kind++)
			columns_release(t->view->columns, t->list[i].column[kind]);
	for (unsigned kind = 0; kind < SEARCH_TABLE_KINDS; kind++) {
		if (t->drafts[kind])
			column_draft_finish(t->drafts[kind]);
		free(t->drafts[kind]);
	}
	seqset_finish(&t->missing);
	buf_finish(&t->text);
	free(t->list);
	*t = (struct search_table){0};
}

size_t search_table_messages(const struct search_table *t)
{
	size_t count = 0;

	for (size_t i = 0; i < t->count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(t->list[i].found.word); k++)
			count += (size_t)__builtin_popcountll(t->list[i].found.word[k]);
	return count;
}
