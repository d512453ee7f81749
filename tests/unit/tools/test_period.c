/* SPDX-License-Identifier: ISC */
#include "../../../tools/retrieve/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1711886400 /* 2024-03-31 14:00:00 in Berlin, where the clocks went forward that night */ };

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void moments(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		time_t since, until; /* 0: refused */
	} cases[] = {
		{"now", NOW, NOW},
		{"today", 1711839600, 1711839600 + 23 * 3600},
		{"yesterday", 1711839600 - 86400, 1711839600},
		{"2024-03-31", 1711839600, 1711839600 + 23 * 3600},
		{"2024-02-29", 1709161200, 1709161200 + 86400},
		{"2024-03-31 14:00", NOW, NOW},
		{"2024-03-31T14:00:05", NOW + 5, NOW + 5},
		{"2024-03-31 12:00:00Z", NOW, NOW},
		{"2024-03-31T13:00+01:00", NOW, NOW},
		{"2024-03-31 06:30:00-0530", NOW, NOW},
		{"14:00", NOW, NOW},
		{"00:30", 1711839600 + 1800, 1711839600 + 1800},
		{"13:59:59", NOW - 1, NOW - 1},
		{"2 hours ago", NOW - 7200, NOW - 7200},
		{"1 hour ago", NOW - 3600, NOW - 3600},
		{"90 minutes ago", NOW - 5400, NOW - 5400},
		{"10 min ago", NOW - 600, NOW - 600},
		{"30 seconds ago", NOW - 30, NOW - 30},
		/* The same time of the clock, 23 hours before. */
		{"1 day ago", NOW - 23 * 3600, NOW - 23 * 3600},
		{"2 weeks ago", NOW - 14 * 86400 + 3600, NOW - 14 * 86400 + 3600},
		{"2024-02-30", 0, 0},
		{"2024-13-01", 0, 0},
		{"2024-03-31 25:00", 0, 0},
		{"2024-03-31 14:00 x", 0, 0},
		{"31.03.2024", 0, 0},
		{"2 fortnights ago", 0, 0},
		{"2 hours", 0, 0},
		{"2 hours agony", 0, 0},
		{"-2 hours ago", 0, 0},
		{"99999999 hours ago", 0, 0},
		{"99999999999999999999 hours ago", 0, 0},
		{"ago", 0, 0},
		{"", 0, 0},
	};
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		time_t since = 0, until = 0;
		bool good = period_moment(cases[i].text, NOW, false, &since);
		if (good != (cases[i].since != 0) || (good && since != cases[i].since))
			fail_msg("%s: %lld", cases[i].text, (long long)since);
		if (good && (!period_moment(cases[i].text, NOW, true, &until) || until != cases[i].until))
			fail_msg("until %s: %lld", cases[i].text, (long long)until);
	}
}

static void bounds(void **state)
{
	(void)state;
	struct period p = {100, 200}, open = {100, PERIOD_OPEN};
	assert_false(period_holds(&p, 99));
	assert_true(period_holds(&p, 100));
	assert_true(period_holds(&p, 199));
	assert_false(period_holds(&p, 200));
	assert_true(period_holds(&open, PERIOD_OPEN - 1));
}

static void texts(void **state)
{
	(void)state;
	char text[PERIOD_TEXT];
	zone("UTC0");
	assert_string_equal(period_days(&(struct period){86400, 2 * 86400}, 0, text), "1970-01-02");
	assert_string_equal(period_days(&(struct period){86400, 2 * 86400 + 1}, 0, text),
			    "1970-01-02--1970-01-03");
	assert_string_equal(period_days(&(struct period){86400, PERIOD_OPEN}, 86400 * 5, text),
			    "1970-01-02--1970-01-06");
	assert_string_equal(period_days(&(struct period){86400, PERIOD_OPEN}, 0, text), "1970-01-02");
	assert_string_equal(period_moment_text(86399, text), "1970-01-01 23:59:59");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments),
		cmocka_unit_test(bounds),
		cmocka_unit_test(texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
