/* SPDX-License-Identifier: ISC */
#include "search_sort_key.h"

#include "../../store/base/buf.h"

enum { TEXT_MAX = 255 }; /* the store has no longer ones */

/* Big-endian and without sign, so that bytes compare as the numbers do. */
static void add_number(int64_t number, struct buf *key)
{
	uint64_t bits = (uint64_t)number ^ (uint64_t)1 << 63;
	char bytes[8];

	for (int i = 7; i >= 0; i--, bits >>= 8)
		bytes[i] = (char)(bits & 0xff);
	buf_add(key, bytes, sizeof(bytes));
}

/* Texts hold no NUL, so one ends them below all that are longer. */
static void add_text(struct quarantine_bytes text, struct buf *key)
{
	buf_add(key, text.data, text.len < TEXT_MAX ? text.len : TEXT_MAX);
	buf_add_char(key, '\0');
}

/* The sent date of RFC 5256 section 2.2. */
static int64_t date_of(const struct quarantine_entry *row)
{
	return row->sort.sent != INT64_MIN ? row->sort.sent : row->received;
}

void search_sort_text(enum sort_by by, const struct quarantine_entry *row, struct buf *key)
{
	switch (by) {
	case SORT_BY_ARRIVAL:
		add_number(row->received, key);
		break;
	case SORT_BY_CC:
		add_text(row->sort.cc, key);
		break;
	case SORT_BY_DATE:
		add_number(date_of(row), key);
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

unsigned search_sort_field(enum sort_by by)
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

	return fields[by];
}

unsigned search_sort_fields(const struct sort_order *order)
{
	unsigned all = 0;

	for (size_t i = 0; i < order->count; i++)
		all |= search_sort_field(order->list[i].by);
	return all ? all : QUARANTINE_FIELD_ARRIVAL;
}

void search_sort_key(const struct sort_order *order, const struct quarantine_entry *row, struct buf *key)
{
	for (size_t i = 0; i < order->count; i++) {
		size_t start = key->len;

		search_sort_text(order->list[i].by, row, key);
		for (; order->list[i].reverse && start < key->len; start++)
			key->data[start] = (char)~key->data[start];
	}
}
