/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "../../../store/mime/date.h"

static void test_dates(void **state)
{
	static const struct {
		const char *value;
		int64_t utc;
		int zone;
	} cases[] = {
		{"Thu, 1 Jan 1970 00:00:00 +0000", 0, 0},
		{" 01 jan 1970 01:00 +0100\r\n", 0, 60},
		{"Mon, 23 Nov 2026 13:38:57 -0330", 1795453737, -210},
		{"Mon,23 November 2026 13 : 38 : 57 GMT (c (d))", 1795441137, 0},
		{"Tue, 29 Feb 2000 23:59:60 EST", 951886800, -300},
		{"1 Jan 49 00:00:00 +0000", 2493072000, 0},
		{"1 Jan 50 00:00:00 +0000", -631152000, 0},
		{"1 Jan 100 00:00:00 +0000", 946684800, 0},
		{"1 Jan 1601 00:00:00 -0000", -11644473600, 0},
		{"19 Jan 2038 03:14:08 +0000", 2147483648, 0},
		{"31 Dec 9999 23:59:59 +0000", 253402300799, 0},
		{"1 Jan 0001 00:00:00 +0000", -62135596800, 0},
		{"1 Jan 1970 00:00:00", 0, 0},
		{"1 Jan 1970 00:00:00 Nowhere", 0, 0},
		{"1 (day)\r\n Jan (month) 1970 00:00:00 Z", 0, 0},
		{"1 Jan 1970 00:00:00 +9959", -(99 * 60 + 59) * 60, 99 * 60 + 59},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mime_date date;
		assert_true(mime_date_parse(slice_str(cases[i].value), &date));
		if (date.utc != cases[i].utc || date.zone_minutes != cases[i].zone)
			fail_msg("%s: %lld %d", cases[i].value, (long long)date.utc, date.zone_minutes);
	}
}

static void test_no_dates(void **state)
{
	static const char *const values[] = {
		"",
		"Mon",
		"Mon, ",
		"31 Feb 2024 00:00:00 +0000",
		"29 Feb 1900 00:00:00 +0000",
		"0 Jan 2024 00:00:00 +0000",
		"32 Jan 2024 00:00:00 +0000",
		"1 Foo 2024 00:00:00 +0000",
		"1 Jan 0 00:00:00 +0000",
		"1 Jan 0000 00:00:00 +0000",
		"1 Jan 99999 00:00:00 +0000",
		"1 Jan 999999999999999999 00:00:00 +0000",
		"1 Jan 2024 24:00:00 +0000",
		"1 Jan 2024 00:60:00 +0000",
		"1 Jan 2024 00:00:61 +0000",
		"1 Jan 2024",
		"1 Jan 2024 00:00:00 +9999",
		"1 Jan 2024 00:00:00 +01",
		"1 Jan 2024 00:00:00 -",
		"(1 Jan 2024 00:00:00 +0000",
		"2024-01-01 00:00:00",
		"111 Jan 2024 00:00:00",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct mime_date date = {7, 7};
		if (mime_date_parse(slice_str(values[i]), &date))
			fail_msg("accepted: %s", values[i]);
		assert_int_equal(date.utc, 7);
	}
}

/* Each day of some centuries, by the C library. */
static void test_calendar(void **state)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	(void)state;
	for (int64_t utc = (int64_t)-86400 * 30000; utc < (int64_t)86400 * 60000; utc += 86400 * 3 + 3607) {
		time_t clock = (time_t)utc;
		struct tm tm;
		char text[80];
		struct mime_date date;
		gmtime_r(&clock, &tm);
		strftime(text, sizeof(text), "%d XXX %Y %H:%M:%S +0000", &tm);
		memcpy(text + 3, months[tm.tm_mon], 3);
		assert_true(mime_date_parse(slice_str(text), &date));
		assert_true(date.utc == utc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_no_dates),
		cmocka_unit_test(test_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
