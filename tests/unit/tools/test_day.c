/* SPDX-License-Identifier: ISC */
#include "../../../tools/retrieve/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void check_day(struct day day, const char *expected)
{
	char text[DAY_TEXT];
	assert_string_equal(day_text(day, text), expected);
}

static void shifts(void **state)
{
	(void)state;
	static const struct {
		struct day day;
		int days;
		const char *text;
	} cases[] = {
		{{2024, 3, 1}, -1, "2024-02-29"}, {{2023, 3, 1}, -1, "2023-02-28"},
		{{2024, 1, 1}, -1, "2023-12-31"}, {{2024, 12, 31}, 1, "2025-01-01"},
		{{2024, 2, 28}, 2, "2024-03-01"}, {{2024, 6, 15}, 0, "2024-06-15"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_day(day_shift(cases[i].day, cases[i].days), cases[i].text);
}

/* The first and last second of days of 23, 24 and 25 hours, and of one without a midnight. */
static void bounds(void **state)
{
	(void)state;
	static const struct {
		const char *zone;
		struct day day;
		time_t first, last;
	} cases[] = {
		{"UTC0", {2024, 6, 15}, 1718409600, 1718495999},
		{"CET-1CEST,M3.5.0,M10.5.0/3", {2024, 3, 31}, 1711839600, 1711839600 + 23 * 3600 - 1},
		{"CET-1CEST,M3.5.0,M10.5.0/3", {2024, 10, 27}, 1729980000, 1729980000 + 25 * 3600 - 1},
		{"<+0530>-5:30", {2024, 6, 15}, 1718389800, 1718389800 + 86399},
		{"<+14>-14", {2024, 6, 15}, 1718359200, 1718359200 + 86399},
		{"<-12>12", {2024, 6, 15}, 1718452800, 1718452800 + 86399},
		{"<-03>3<-02>,M10.3.0/0,M2.3.0/0", {2024, 10, 20}, 1729393200, 1729393200 + 23 * 3600 - 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		zone(cases[i].zone);
		assert_int_equal(day_begin(cases[i].day), cases[i].first);
		assert_int_equal(day_begin(day_shift(cases[i].day, 1)), cases[i].last + 1);
	}
}

/* Yesterday is a day of the calendar, not 24 hours ago. */
static void yesterday(void **state)
{
	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	check_day(day_local(1711922399, 0), "2024-03-31");  /* 23:59:59 after the clocks went forward */
	check_day(day_local(1711922400, -1), "2024-03-31"); /* 00:00 the day after */
	check_day(day_local(1730073600, -1), "2024-10-27");
	check_day(day_local(1730070000, -1), "2024-10-27"); /* 00:00 after a day of 25 hours */
	check_day(day_local(1730069999, -1), "2024-10-26");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shifts),
		cmocka_unit_test(bounds),
		cmocka_unit_test(yesterday),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
