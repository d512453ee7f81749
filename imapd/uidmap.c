/* SPDX-License-Identifier: ISC */
#include "uidmap.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct uidmap {
	atomic_uint users;
	uint32_t total;
	size_t count;
	struct quarantine_range *ranges;
	uint32_t *before; /* before[i]: UIDs in the ranges under ranges[i] */
};

static uint32_t range_size(struct quarantine_range r)
{
	return r.last - r.first + 1;
}

/* Takes `ranges`, which malloc gave. */
static struct uidmap *uidmap_take(struct quarantine_range *ranges, size_t count)
{
	struct uidmap *m = calloc(1, sizeof(*m));
	uint32_t *before = calloc(count + 1, sizeof(*before));

	if (!m || !before) {
		free(m);
		free(before);
		free(ranges);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		before[i] = m->total;
		m->total += range_size(ranges[i]);
	}
	atomic_init(&m->users, 1);
	m->count = count;
	m->ranges = ranges;
	m->before = before;
	return m;
}

struct uidmap *uidmap_create(const struct quarantine_range *ranges, size_t count)
{
	struct quarantine_range *copy = calloc(count + 1, sizeof(*copy));

	if (!copy)
		return NULL;
	if (count > 0)
		memcpy(copy, ranges, count * sizeof(*copy));
	return uidmap_take(copy, count);
}

/* Ranges in the making: ascending, without the UIDs in `gone`. */
struct builder {
	struct quarantine_range *ranges;
	size_t count;
	const uint32_t *gone;
	size_t gone_count;
};

static void builder_push(struct builder *b, uint32_t first, uint32_t last)
{
	struct quarantine_range *top = b->count > 0 ? &b->ranges[b->count - 1] : NULL;

	if (top && first <= (uint64_t)top->last + 1) {
		if (last > top->last)
			top->last = last;
		return;
	}
	b->ranges[b->count++] = (struct quarantine_range){first, last};
}

static void builder_add(struct builder *b, uint32_t first, uint32_t last)
{
	for (; b->gone_count > 0 && *b->gone <= last; b->gone++, b->gone_count--) {
		uint32_t gone = *b->gone;

		if (gone < first)
			continue;
		if (gone > first)
			builder_push(b, first, gone - 1);
		if (gone == last)
			return;
		first = gone + 1;
	}
	builder_push(b, first, last);
}

struct uidmap *uidmap_change(const struct uidmap *m, const uint32_t *gone, size_t gone_count,
			     const uint32_t *come, size_t come_count)
{
	struct builder b = {.gone = gone, .gone_count = gone_count};
	size_t next = 0;

	b.ranges = calloc(m->count + gone_count + come_count + 1, sizeof(*b.ranges));
	if (!b.ranges)
		return NULL;
	for (size_t i = 0; i < m->count; i++) {
		for (; next < come_count && come[next] < m->ranges[i].first; next++)
			builder_add(&b, come[next], come[next]);
		builder_add(&b, m->ranges[i].first, m->ranges[i].last);
	}
	for (; next < come_count; next++)
		builder_add(&b, come[next], come[next]);
	return uidmap_take(b.ranges, b.count);
}

struct uidmap *uidmap_extend(const struct uidmap *m, const struct uidmap *now)
{
	struct builder b = {.ranges = calloc(m->count + now->count + 1, sizeof(*b.ranges))};
	uint32_t largest = uidmap_largest(m);

	if (!b.ranges)
		return NULL;
	for (size_t i = 0; i < m->count; i++)
		builder_push(&b, m->ranges[i].first, m->ranges[i].last);
	for (size_t i = 0; i < now->count; i++) {
		struct quarantine_range r = now->ranges[i];

		if (r.last > largest)
			builder_push(&b, r.first > largest ? r.first : largest + 1, r.last);
	}
	return uidmap_take(b.ranges, b.count);
}

struct uidmap *uidmap_hold(struct uidmap *m)
{
	atomic_fetch_add(&m->users, 1);
	return m;
}

void uidmap_release(struct uidmap *m)
{
	if (!m || atomic_fetch_sub(&m->users, 1) > 1)
		return;
	free(m->ranges);
	free(m->before);
	free(m);
}

uint32_t uidmap_count(const struct uidmap *m)
{
	return m->total;
}

uint32_t uidmap_largest(const struct uidmap *m)
{
	return m->count > 0 ? m->ranges[m->count - 1].last : 0;
}

/* The index of the first range that does not end before `uid`; m->count when there is none. */
static size_t range_from(const struct uidmap *m, uint64_t uid)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->ranges[middle].last < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t uidmap_below(const struct uidmap *m, uint64_t uid)
{
	size_t i = range_from(m, uid);

	if (i == m->count)
		return m->total;
	if (uid <= m->ranges[i].first)
		return m->before[i];
	return m->before[i] + (uint32_t)(uid - m->ranges[i].first);
}

uint32_t uidmap_between(const struct uidmap *m, uint32_t first, uint32_t last)
{
	return first > last ? 0 : uidmap_below(m, (uint64_t)last + 1) - uidmap_below(m, first);
}

uint32_t uidmap_uid(const struct uidmap *m, uint32_t seq)
{
	size_t low = 0, high = m->count;

	if (seq == 0 || seq > m->total)
		return 0;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (m->before[middle] < seq)
			low = middle;
		else
			high = middle;
	}
	return m->ranges[low].first + (seq - m->before[low] - 1);
}

uint32_t uidmap_seq(const struct uidmap *m, uint32_t uid)
{
	size_t i = range_from(m, uid);

	if (i == m->count || uid < m->ranges[i].first)
		return 0;
	return m->before[i] + (uid - m->ranges[i].first) + 1;
}

bool uidmap_run(const struct uidmap *m, uint32_t uid, struct quarantine_range *run)
{
	size_t i = range_from(m, uid);

	if (i == m->count)
		return false;
	*run = m->ranges[i];
	if (run->first < uid)
		run->first = uid;
	return true;
}

const struct quarantine_range *uidmap_ranges(const struct uidmap *m, size_t *count)
{
	*count = m->count;
	return m->ranges;
}

bool uidmap_lost(const struct uidmap *old, const struct uidmap *now, uint64_t below,
		 struct quarantine_range *run)
{
	for (;;) {
		uint32_t last = uidmap_uid(old, uidmap_below(old, below));
		uint32_t first, under;

		if (last == 0)
			return false;
		first = old->ranges[range_from(old, last)].first;
		if (uidmap_seq(now, last) == 0) {
			under = uidmap_uid(now, uidmap_below(now, last));
			run->first = under >= first ? under + 1 : first;
			run->last = last;
			return true;
		}
		under = now->ranges[range_from(now, last)].first;
		below = under > first ? under : first;
	}
}
