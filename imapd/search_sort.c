/* SPDX-License-Identifier: ISC
 *
 * The happy path: of each row a key is made, the keys are put in order, the UIDs are taken in it.
 * What can go wrong: there is no memory for all keys. */
#include "search_sort.h"

#include <stdlib.h>

#include "pace.h"
#include "search_order.h"
#include "search_rows.h"
#include "view.h"

struct search_sort {
	const struct sort_order *wanted;
	struct search_rows rows;
	struct search_order order;
	struct buf key;
	struct seqset_builder result;
	bool read;
};

struct search_sort *search_sort_create(const struct view *view, const struct sort_order *order,
				       const struct seqset_builder *found)
{
	struct search_sort *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->wanted = order;
	s->rows = (struct search_rows){
		.uids = found, .mailbox = view->box.id, .fields = search_sort_fields(order)};
	return s;
}

void search_sort_destroy(struct search_sort *s)
{
	if (!s)
		return;
	search_order_finish(&s->order);
	buf_finish(&s->key);
	seqset_finish(&s->result);
	free(s);
}

/* Big-endian and without sign, so that bytes compare as the numbers do. */
static void put_number(int64_t number, char out[8])
{
	uint64_t bits = (uint64_t)number ^ (uint64_t)1 << 63;

	for (int i = 7; i >= 0; i--, bits >>= 8)
		out[i] = (char)(bits & 0xff);
}

void search_sort_date(const struct quarantine_entry *row, char out[8])
{
	put_number(row->sort.sent != INT64_MIN ? row->sort.sent : row->received, out);
}

static void add_number(int64_t number, struct buf *key)
{
	char bytes[8];

	put_number(number, bytes);
	buf_add(key, bytes, sizeof(bytes));
}

/* Texts hold no NUL, so one ends them below all that are longer. */
static void add_text(struct quarantine_bytes text, struct buf *key)
{
	buf_add(key, text.data, text.len);
	buf_add_char(key, '\0');
}

static void add_criterion(enum sort_by by, const struct quarantine_entry *row, struct buf *key)
{
	char date[8];

	switch (by) {
	case SORT_BY_ARRIVAL:
		add_number(row->received, key);
		break;
	case SORT_BY_CC:
		add_text(row->sort.cc, key);
		break;
	case SORT_BY_DATE:
		search_sort_date(row, date);
		buf_add(key, date, sizeof(date));
		break;
	case SORT_BY_DISPLAYFROM:
		add_text(row->sort.display_from, key);
		break;
	case SORT_BY_DISPLAYTO:
		add_text(row->sort.display_to, key);
		break;
	case SORT_BY_FROM:
		add_text(row->sort.from, key);
		break;
	case SORT_BY_SIZE:
		add_number((int64_t)row->length, key);
		break;
	case SORT_BY_SUBJECT:
		add_text(row->sort.subject, key);
		break;
	case SORT_BY_TO:
		add_text(row->sort.to, key);
		break;
	case SORT_BY_COUNT:
		break;
	}
}

unsigned search_sort_fields(const struct sort_order *order)
{
	static const unsigned fields[SORT_BY_COUNT] = {
		[SORT_BY_CC] = QUARANTINE_FIELD_SORT_CC,
		[SORT_BY_DATE] = QUARANTINE_FIELD_SORT,
		[SORT_BY_DISPLAYFROM] = QUARANTINE_FIELD_SORT_DISPLAY_FROM,
		[SORT_BY_DISPLAYTO] = QUARANTINE_FIELD_SORT_DISPLAY_TO,
		[SORT_BY_FROM] = QUARANTINE_FIELD_SORT_FROM,
		[SORT_BY_SUBJECT] = QUARANTINE_FIELD_SORT_SUBJECT,
		[SORT_BY_TO] = QUARANTINE_FIELD_SORT_TO,
	};
	unsigned all = 0;

	for (size_t i = 0; i < order->count; i++)
		all |= fields[order->list[i].by];
	return all ? all : QUARANTINE_FIELD_ARRIVAL;
}

void search_sort_key(const struct sort_order *order, const struct quarantine_entry *row, struct buf *key)
{
	for (size_t i = 0; i < order->count; i++) {
		size_t start = key->len;

		add_criterion(order->list[i].by, row, key);
		for (; order->list[i].reverse && start < key->len; start++)
			key->data[start] = (char)~key->data[start];
	}
}

static void take_row(void *context, const struct quarantine_entry *row)
{
	struct search_sort *s = context;

	buf_reset(&s->key);
	search_sort_key(s->wanted, row, &s->key);
	search_order_add(&s->order, buf_slice(&s->key), row->uid);
	s->order.failed |= s->key.failed;
}

static void take_result(struct search_sort *s)
{
	for (size_t i = 0; i < s->order.count; i++)
		seqset_add(&s->result, s->order.items[i].value, s->order.items[i].value);
	s->order.failed |= s->result.failed;
}

int search_sort_step(struct search_sort *s, struct quarantine *q, bool *more)
{
	struct pace pace = pace_start();

	if (!s->read) {
		int status = search_rows_step(&s->rows, q, &pace, take_row, s, more);

		s->read = !*more;
		if (status != QUARANTINE_OK)
			return status;
	}
	*more = !s->read || !search_order_step(&s->order, &pace);
	if (!*more && !s->order.failed)
		take_result(s);
	return s->order.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

const struct seqset_builder *search_sort_result(const struct search_sort *s)
{
	return &s->result;
}
