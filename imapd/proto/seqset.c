/* SPDX-License-Identifier: ISC */
#include "seqset.h"

#include <stdlib.h>

#include "charclass.h"

/* How many ranges the set at the parser's place can have at most: one more than its commas. */
static size_t count_ranges(const struct parser *p)
{
	size_t count = 1;

	for (size_t i = p->at; i < p->in.len; i++) {
		char c = p->in.data[i];

		if (c == ',')
			count++;
		else if (!char_is_digit(c) && c != ':' && c != '*')
			break;
	}
	return count;
}

/* seq-number = nz-number / "*" */
static bool parse_seq_number(struct parser *p, uint32_t *out)
{
	if (!parse_peek(p, '*'))
		return parse_nz_number(p, out);
	p->at++;
	*out = SEQSET_STAR;
	return true;
}

/* seq-range = seq-number ":" seq-number */
static bool parse_range(struct parser *p, struct seqset_range *out)
{
	if (!parse_seq_number(p, &out->first))
		return false;
	out->last = out->first;
	if (!parse_peek(p, ':'))
		return true;
	p->at++;
	return parse_seq_number(p, &out->last);
}

/* sequence-set = (seq-number / seq-range) ["," sequence-set] / "$" */
bool seqset_parse(struct parser *p, struct seqset *out)
{
	size_t most = count_ranges(p);
	struct seqset set = {0};

	if (parse_peek(p, '$')) {
		p->at++;
		*out = (struct seqset){.saved = true};
		return true;
	}
	if (most > SEQSET_RANGES_MAX)
		return parse_fail(p, "Too many ranges in a set");
	set.ranges = arena_alloc(p->arena, most * sizeof(*set.ranges));
	if (!set.ranges)
		return parse_fail(p, "Command too large");
	for (;;) {
		if (!parse_range(p, &set.ranges[set.count]))
			return parse_fail(p, "Invalid set of numbers");
		set.count++;
		if (!parse_peek(p, ','))
			break;
		p->at++;
	}
	*out = set;
	return true;
}

static int compare_ranges(const void *a, const void *b)
{
	uint32_t x = ((const struct seqset_range *)a)->first, y = ((const struct seqset_range *)b)->first;

	return x < y ? -1 : x > y;
}

void seqset_resolve(struct seqset *s, uint32_t largest)
{
	size_t used = 0;

	if (largest == 0)
		s->count = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct seqset_range *r = &s->ranges[i];
		uint32_t first = r->first == SEQSET_STAR ? largest : r->first;
		uint32_t last = r->last == SEQSET_STAR ? largest : r->last;

		*r = first <= last ? (struct seqset_range){first, last} : (struct seqset_range){last, first};
	}
	if (s->count == 0)
		return;
	qsort(s->ranges, s->count, sizeof(*s->ranges), compare_ranges);
	for (size_t i = 1; i < s->count; i++) {
		struct seqset_range *r = &s->ranges[used], *next = &s->ranges[i];

		if (r->last == UINT32_MAX || next->first <= r->last + 1)
			r->last = next->last > r->last ? next->last : r->last;
		else
			s->ranges[++used] = *next;
	}
	s->count = used + 1;
}

bool seqset_contains(const struct seqset *resolved, uint32_t n)
{
	size_t low = 0, high = resolved->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (n < resolved->ranges[middle].first)
			high = middle;
		else if (n > resolved->ranges[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

void seqset_add(struct seqset_builder *b, uint32_t first, uint32_t last)
{
	if (b->count > 0 && b->ranges[b->count - 1].last + 1 == first) {
		b->ranges[b->count - 1].last = last;
		return;
	}
	if (b->count == b->cap) {
		size_t cap = b->cap == 0 ? 16 : 2 * b->cap;
		struct seqset_range *grown = reallocarray(b->ranges, cap, sizeof(*grown));

		if (!grown) {
			b->failed = true;
			return;
		}
		b->ranges = grown;
		b->cap = cap;
	}
	b->ranges[b->count++] = (struct seqset_range){first, last};
}

void seqset_finish(struct seqset_builder *b)
{
	free(b->ranges);
	*b = (struct seqset_builder){0};
}

void seqset_subtract(struct seqset_builder *b, const struct seqset_builder *what)
{
	struct seqset_builder out = {.failed = b->failed};
	size_t k = 0;

	if (what->count == 0)
		return;
	for (size_t i = 0; i < b->count; i++) {
		uint64_t first = b->ranges[i].first, last = b->ranges[i].last;

		while (k < what->count && what->ranges[k].last < first)
			k++;
		for (size_t at = k; at < what->count && what->ranges[at].first <= last; at++) {
			if (what->ranges[at].first > first)
				seqset_add(&out, (uint32_t)first, what->ranges[at].first - 1);
			first = (uint64_t)what->ranges[at].last + 1;
		}
		if (first <= last)
			seqset_add(&out, (uint32_t)first, (uint32_t)last);
	}
	seqset_finish(b);
	*b = out;
}

void seqset_unite(struct seqset_builder *b, const struct seqset_builder *what)
{
	struct seqset_builder out = {.failed = b->failed};
	size_t i = 0, k = 0;

	if (what->count == 0)
		return;
	while (i < b->count || k < what->count) {
		bool own = k == what->count || (i < b->count && b->ranges[i].first < what->ranges[k].first);
		const struct seqset_range *next = own ? &b->ranges[i++] : &what->ranges[k++];

		seqset_add(&out, next->first, next->last);
	}
	seqset_finish(b);
	*b = out;
}

static void print_number(uint32_t n, struct buf *out)
{
	if (n == SEQSET_STAR)
		buf_add_char(out, '*');
	else
		buf_add_uint(out, n);
}

void seqset_print(const struct seqset_range *ranges, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		print_number(ranges[i].first, out);
		if (ranges[i].last == ranges[i].first)
			continue;
		buf_add_char(out, ':');
		print_number(ranges[i].last, out);
	}
}
