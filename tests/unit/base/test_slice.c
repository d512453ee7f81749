/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/base/slice.h"

static const struct slice EMPTY = {NULL, 0};

static void test_comparing(void **state)
{
	(void)state;
	assert_true(slice_eq(SLICE("ab"), slice_str("ab")));
	assert_false(slice_eq(SLICE("ab"), SLICE("aB")));
	assert_true(slice_ieq(SLICE("ab"), SLICE("aB")));
	assert_false(slice_ieq(SLICE("ab"), SLICE("abc")));
	assert_false(slice_eq(SLICE("a\0b"), SLICE("a\0c")));
	assert_true(slice_eq(EMPTY, SLICE("")));
	assert_true(slice_eq(slice_str(NULL), EMPTY));
	assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
	assert_true(slice_starts(EMPTY, EMPTY));
	assert_false(slice_starts(SLICE("a"), SLICE("ab")));
	assert_true(slice_istarts(SLICE("ABC"), SLICE("ab")));
}

static void test_cutting(void **state)
{
	static const struct {
		const char *text;
		const char *trimmed;
	} cases[] = {{"", ""}, {"  ", ""}, {" a b\r\n", "a b"}, {"\t\na", "a"}, {"a", "a"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_true(slice_eq(slice_trim(slice_str(cases[i].text)), slice_str(cases[i].trimmed)));
	assert_int_equal(slice_trim(SLICE("\0 \0")).len, 3);
	assert_true(slice_eq(slice_skip(SLICE("abc"), 2), SLICE("c")));
	assert_int_equal(slice_skip(SLICE("abc"), 3).len, 0);
	assert_int_equal(slice_skip(SLICE("abc"), SIZE_MAX).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparing),
		cmocka_unit_test(test_cutting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
