/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../../store/base/slice.h"
#include "../../../tools/progress.h"

static void test_lines(void **state)
{
	static const struct {
		uint64_t total, done, count;
		double seconds;
		int columns;
		const char *line;
	} cases[] = {
		{0, 0, 0, 0, 80, "0 messages, 0/s"},
		{0, 0, 500, 2, 80, "500 messages, 250/s"},
		{100, 50, 1000, 2, 40, " 50 %  1000 messages, 500/s, 0:02 left"},
		{100, 50, 1000, 2, 80, "[##########          ]  50 %  1000 messages, 500/s, 0:02 left"},
		{100, 1, 10, 0.5, 40, "  1 %  10 messages, 20/s, ? left"},
		{100, 1, 10, 100, 40, "  1 %  10 messages, 0/s, 2:45:00 left"},
		{100, 250, 10, 10, 40, "100 %  10 messages, 1/s, 0:00 left"},
		{UINT64_MAX, 1, 10, 10, 40, "  0 %  10 messages, 1/s, 99:59:59 left"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct progress p = {.what = "messages", .total = cases[i].total};
		char line[256];

		progress_line(&p, cases[i].done, cases[i].count, cases[i].seconds, cases[i].columns, line,
			      sizeof(line));
		assert_string_equal(line, cases[i].line);
	}
}

/* Whatever the width, the line is not longer. */
static void test_width(void **state)
{
	struct progress p = {.what = "messages", .total = 1000000};
	char line[256];

	(void)state;
	for (int columns = 60; columns < 300; columns++) {
		progress_line(&p, 999999, 999999, 3600, columns, line, sizeof(line));
		assert_true(strlen(line) <= (size_t)columns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_width)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
