/* SPDX-License-Identifier: ISC */
#include "kit.h"

#include <stdlib.h>
#include <string.h>

#include "../../../imapd/uidmap.h"

enum { UIDS = 200 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* has[uid] by bits, as the plain picture that the map is held against. */
static struct uidmap *map_of(const bool *has)
{
	struct quarantine_range ranges[UIDS];
	size_t count = 0;

	for (uint32_t uid = 1; uid < UIDS; uid++) {
		if (!has[uid])
			continue;
		if (count > 0 && ranges[count - 1].last == uid - 1)
			ranges[count - 1].last = uid;
		else
			ranges[count++] = (struct quarantine_range){uid, uid};
	}
	return uidmap_create(ranges, count);
}

static void check_map(const struct uidmap *m, const bool *has)
{
	uint32_t seq = 0, largest = 0;
	struct quarantine_range run;

	for (uint32_t uid = 1; uid < UIDS; uid++) {
		uint32_t end = uid;

		assert_int_equal(uidmap_below(m, uid), seq);
		assert_int_equal(uidmap_seq(m, uid), has[uid] ? seq + 1 : 0);
		if (!has[uid])
			continue;
		seq++;
		largest = uid;
		assert_int_equal(uidmap_uid(m, seq), uid);
		while (end + 1 < UIDS && has[end + 1])
			end++;
		assert_true(uidmap_run(m, uid, &run));
		assert_int_equal(run.first, uid);
		assert_int_equal(run.last, end);
	}
	assert_int_equal(uidmap_count(m), seq);
	assert_int_equal(uidmap_largest(m), largest);
	assert_int_equal(uidmap_uid(m, seq + 1), 0);
	assert_int_equal(uidmap_uid(m, 0), 0);
	assert_false(uidmap_run(m, largest + 1, &run));
	assert_int_equal(uidmap_between(m, 1, UINT32_MAX), seq);
}

static void check_lost(const struct uidmap *old, const struct uidmap *now, const bool *had, const bool *has)
{
	uint64_t below = (uint64_t)UINT32_MAX + 1;
	struct quarantine_range run;
	uint32_t uid = UIDS - 1;

	while (uidmap_lost(old, now, below, &run)) {
		for (; uid > run.last; uid--)
			assert_false(had[uid] && !has[uid]);
		for (; uid >= run.first; uid--)
			assert_true(had[uid] && !has[uid]);
		below = run.first;
	}
	for (; uid > 0; uid--)
		assert_false(had[uid] && !has[uid]);
}

static void test_against_plain_picture(void **context)
{
	uint32_t random = 1;

	(void)context;
	for (unsigned round = 0; round < 300; round++) {
		bool had[UIDS] = {false}, has[UIDS] = {false};
		uint32_t gone[UIDS], come[UIDS];
		size_t gone_count = 0, come_count = 0;
		struct uidmap *old, *now;

		for (uint32_t uid = 1; uid < UIDS; uid++) {
			has[uid] = had[uid] = next_random(&random) % 10 < round % 11;
			if (next_random(&random) % 10 < round % 7) {
				has[uid] = !had[uid];
				if (had[uid])
					gone[gone_count++] = uid;
				else
					come[come_count++] = uid;
			}
		}
		old = map_of(had);
		now = uidmap_change(old, gone, gone_count, come, come_count);
		check_map(old, had);
		check_map(now, has);
		check_lost(old, now, had, has);
		uidmap_release(old);
		uidmap_release(now);
	}
}

static void test_highest_uids(void **context)
{
	struct quarantine_range ranges[] = {{1, 1}, {UINT32_MAX - 1, UINT32_MAX}};
	uint32_t gone = UINT32_MAX;
	struct uidmap *m = uidmap_create(ranges, 2), *less;
	struct quarantine_range run;

	(void)context;
	assert_int_equal(uidmap_count(m), 3);
	assert_int_equal(uidmap_largest(m), UINT32_MAX);
	assert_int_equal(uidmap_seq(m, UINT32_MAX), 3);
	assert_int_equal(uidmap_between(m, 2, UINT32_MAX), 2);
	less = uidmap_change(m, &gone, 1, NULL, 0);
	assert_int_equal(uidmap_largest(less), UINT32_MAX - 1);
	assert_true(uidmap_lost(m, less, (uint64_t)UINT32_MAX + 1, &run));
	assert_int_equal(run.first, UINT32_MAX);
	assert_false(uidmap_lost(m, less, run.first, &run));
	uidmap_release(m);
	uidmap_release(less);
}

static void test_empty(void **context)
{
	struct uidmap *m = uidmap_create(NULL, 0);
	struct quarantine_range run;

	(void)context;
	assert_int_equal(uidmap_count(m), 0);
	assert_int_equal(uidmap_largest(m), 0);
	assert_int_equal(uidmap_seq(m, 1), 0);
	assert_int_equal(uidmap_uid(m, 1), 0);
	assert_false(uidmap_run(m, 0, &run));
	assert_false(uidmap_lost(m, m, 10, &run));
	assert_ptr_equal(uidmap_hold(m), m);
	uidmap_release(m);
	uidmap_release(m);
	uidmap_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_plain_picture),
		cmocka_unit_test(test_highest_uids),
		cmocka_unit_test(test_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
