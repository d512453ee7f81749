/* SPDX-License-Identifier: ISC */
#include "normalise.h"

#include "tmpstore.h"

static const struct {
	struct slice in;
	bool needed;
	struct slice out;
} cases[] = {
	{{"", 0}, false, {NULL, 0}},
	{{NULL, 0}, false, {NULL, 0}},
	{{"a", 1}, false, {NULL, 0}},
	{{"\n", 1}, true, {"\r\n", 2}},
	{{"a\nb\n", 4}, true, {"a\r\nb\r\n", 6}},
	{{"a\nb", 3}, true, {"a\r\nb", 4}},
	{{"a\n\n\n", 4}, true, {"a\r\n\r\n\r\n", 7}},
	{{"\0\n\0", 3}, true, {"\0\r\n\0", 4}},
	{{"a\rb\n", 4}, true, {"a\rb\r\n", 5}},
	{{"a\r\n", 3}, false, {NULL, 0}},
	{{"a\nb\r\n", 5}, false, {NULL, 0}},
	{{"a\r\nb\n", 5}, false, {NULL, 0}},
	{{"a\r", 2}, false, {NULL, 0}},
	{{"\r\n", 2}, false, {NULL, 0}},
};

static void only_bare_line_feeds_are_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf out = {0};

		assert_int_equal(normalise_needed(cases[i].in), cases[i].needed);
		if (!cases[i].needed)
			continue;
		normalise(cases[i].in, &out);
		assert_false(out.failed);
		assert_int_equal(out.len, cases[i].out.len);
		assert_memory_equal(out.data, cases[i].out.data, out.len);
		buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(only_bare_line_feeds_are_changed)};

	return cmocka_run_group_tests_name("normalise", tests, NULL, NULL);
}
