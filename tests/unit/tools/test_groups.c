/* SPDX-License-Identifier: ISC */
#include "../../../tools/retrieve/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(struct groups *g, const char *a, const char *b, time_t arrived)
{
	struct slice values[] = {slice_str(a), slice_str(b)};
	assert_true(groups_add(g, values, arrived));
}

static void counts_and_times(void **state)
{
	(void)state;
	struct groups g = {.keys = 2};
	add(&g, "x", "1", 50);
	add(&g, "b", "", 10);
	add(&g, "x", "1", 40);
	add(&g, "a", "", 10);
	add(&g, "x1", "", 10);
	add(&g, "", "x1", 10);
	add(&g, "x", "1", 60);
	groups_sort(&g);
	assert_int_equal(g.count, 5);
	assert_string_equal(g.list[0].values, "x");
	assert_string_equal(g.list[0].values + 2, "1");
	assert_int_equal(g.list[0].count, 3);
	assert_int_equal(g.list[0].first, 40);
	assert_int_equal(g.list[0].last, 60);
	assert_string_equal(g.list[1].values, "");
	assert_string_equal(g.list[2].values, "a");
	assert_string_equal(g.list[3].values, "b");
	groups_finish(&g);
}

/* Up to the limit they are told apart; what comes then is counted together, what is there still alone. */
static void many(void **state)
{
	(void)state;
	struct groups g = {.keys = 1};
	char text[32];
	for (int i = 0; i < GROUPS_MAX + 5; i++) {
		snprintf(text, sizeof(text), "%d", i);
		struct slice value = slice_str(text);
		assert_true(groups_add(&g, &value, i));
	}
	struct slice zero = SLICE("0");
	assert_true(groups_add(&g, &zero, 7));
	groups_sort(&g);
	assert_int_equal(g.count, GROUPS_MAX);
	assert_int_equal(g.others.count, 5);
	assert_int_equal(g.others.first, GROUPS_MAX);
	assert_string_equal(g.list[0].values, "0");
	assert_int_equal(g.list[0].count, 2);
	groups_finish(&g);
}

static void long_values_are_cut_between_characters(void **state)
{
	(void)state;
	struct groups g = {.keys = 1};
	char text[GROUPS_VALUE_MAX + 10];
	memset(text, 'a', sizeof(text));
	memcpy(text + GROUPS_VALUE_MAX - 1, "\xc3\xa4", 2);
	struct slice value = slice_of(text, sizeof(text)), nul = slice_of("b\0c", 3), empty = {0};
	assert_true(groups_add(&g, &value, 1));
	assert_true(groups_add(&g, &nul, 1));
	assert_true(groups_add(&g, &empty, 1));
	groups_sort(&g);
	assert_string_equal(g.list[0].values, "");
	assert_int_equal(strlen(g.list[1].values), GROUPS_VALUE_MAX - 1);
	assert_string_equal(g.list[2].values, "b");
	groups_finish(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_times),
		cmocka_unit_test(many),
		cmocka_unit_test(long_values_are_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
