/* SPDX-License-Identifier: ISC */
#include "column.h"

#include <endian.h>
#include <stdlib.h>

static const char *texts_of(const struct column *c)
{
	return (const char *)(c->end + c->count);
}

uint64_t column_text_start(struct slice text)
{
	uint64_t start = 0;

	if (text.len > 0)
		memcpy(&start, text.data, text.len < sizeof(start) ? text.len : sizeof(start));
	return be64toh(start);
}

int column_text_compare(struct slice a, struct slice b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

void column_known(const struct column *c, struct column_bits *out)
{
	memset(out, c->known == COLUMN_UIDS ? 0xff : 0, sizeof(*out));
	for (uint32_t i = 0; i < COLUMN_UIDS && c->known < COLUMN_UIDS; i++)
		out->word[i / 64] |= (uint64_t)column_knows(c, i) << (i % 64);
}

static struct slice text_at(const char *texts, const uint32_t *end, unsigned n)
{
	uint32_t begin = n > 0 ? end[n - 1] : 0;

	return slice_of(texts + begin, end[n] - begin);
}

/* Which texts hold the needle: each hit leads behind the text that it is in. */
static void find_texts(const struct column *c, struct slice needle, bool *held)
{
	const char *texts = texts_of(c);
	uint32_t at = 0, all = c->count > 0 ? c->end[c->count - 1] : 0;
	unsigned n = 0;

	while (at < all) {
		const char *hit = memmem(texts + at, all - at, needle.data, needle.len);

		if (!hit)
			return;
		while (c->end[n] <= (uint32_t)(hit - texts))
			n++;
		held[n] = true;
		at = c->end[n];
	}
}

void column_find(const struct column *c, struct slice needle, struct column_bits *out)
{
	bool held[COLUMN_UIDS + 1] = {false}; /* by place */

	*out = (struct column_bits){{0}};
	if (needle.len > 0)
		find_texts(c, needle, held + 1);
	for (unsigned n = 0; needle.len == 0 && n < c->count; n++)
		held[n + 1] = text_at(texts_of(c), c->end, n).len > 0;
	for (uint32_t i = 0; i < COLUMN_UIDS; i++)
		out->word[i / 64] |= (uint64_t)held[c->place[i]] << (i % 64);
}

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15U;
	return h ^ h >> 29;
}

/* Who makes texts collide makes his own columns slow, COLUMN_UIDS comparisons a text at most. */
static uint64_t hash(struct slice text)
{
	uint64_t h = text.len, word;

	for (; text.len >= sizeof(word); text = slice_skip(text, sizeof(word))) {
		memcpy(&word, text.data, sizeof(word));
		h = mix(h, word);
	}
	word = 0;
	if (text.len > 0)
		memcpy(&word, text.data, text.len);
	return mix(h, word);
}

/* The slot that has this text, or is free for it. */
static uint16_t *slot_of(struct column_draft *d, struct slice text)
{
	size_t i = hash(text) % COLUMN_SLOTS;

	while (d->slots[i] > 0 && !slice_eq(text_at(d->text.data, d->end, d->slots[i] - 1U), text))
		i = (i + 1) % COLUMN_SLOTS;
	return &d->slots[i];
}

static uint16_t place_of(struct column_draft *d, struct slice text)
{
	uint16_t *slot = slot_of(d, text);

	if (*slot > 0 || text.len > COLUMN_TEXT_MAX - d->text.len)
		return *slot;
	buf_add_slice(&d->text, text);
	if (d->text.failed)
		return 0;
	d->end[d->count++] = (uint32_t)d->text.len;
	return *slot = (uint16_t)d->count;
}

void column_draft_begin(struct column_draft *d, const struct column *from)
{
	struct buf text = d->text;

	buf_reset(&text);
	*d = (struct column_draft){.text = text};
	for (uint32_t i = 0; from && i < COLUMN_UIDS; i++)
		if (from->place[i] > 0)
			column_draft_add(d, i, text_at(texts_of(from), from->end, from->place[i] - 1U));
}

void column_draft_add(struct column_draft *d, uint32_t uid, struct slice text)
{
	uint16_t *place = &d->place[uid % COLUMN_UIDS];

	if (*place > 0)
		return;
	*place = place_of(d, text);
	d->known += *place > 0;
}

/* A text of a draft. */
struct item {
	uint64_t start;
	struct slice text;
	uint16_t number;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return column_text_compare(x->text, y->text);
}

/* Which text of the draft comes at which place. */
static void list_items(const struct column_draft *d, bool ordered, struct item *items)
{
	for (unsigned n = 0; n < d->count; n++) {
		struct slice text = text_at(d->text.data, d->end, n);

		items[n] = (struct item){column_text_start(text), text, (uint16_t)n};
	}
	if (ordered)
		qsort(items, d->count, sizeof(*items), compare_items);
}

struct column *column_create(const struct column_draft *d, bool ordered)
{
	size_t size = sizeof(struct column) + d->count * sizeof(d->end[0]) + d->text.len;
	struct column *c = d->known > 0 ? malloc(size) : NULL;
	struct item items[COLUMN_UIDS];
	uint16_t place[COLUMN_UIDS + 1] = {0}; /* by that in the draft */
	uint32_t end = 0;

	if (!c)
		return NULL;
	*c = (struct column){.users = 1, .size = size, .known = d->known, .count = d->count};
	list_items(d, ordered, items);
	for (unsigned n = 0; n < d->count; n++) {
		if (items[n].text.len > 0)
			memcpy((char *)(c->end + c->count) + end, items[n].text.data, items[n].text.len);
		c->end[n] = end += (uint32_t)items[n].text.len;
		place[items[n].number + 1] = (uint16_t)(n + 1);
	}
	for (uint32_t i = 0; i < COLUMN_UIDS; i++)
		c->place[i] = place[d->place[i]];
	return c;
}

void column_draft_finish(struct column_draft *d)
{
	buf_finish(&d->text);
}
