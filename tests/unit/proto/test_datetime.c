/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/datetime.h"

#include <stdio.h>
#include <time.h>

#include "tester.h"

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void test_date(void **state)
{
	static const struct {
		struct slice in;
		bool ok;
		int32_t day;
	} cases[] = {
		{SLICE("1-Jan-1970"), true, 0},
		{SLICE("\"1-jan-1970\""), true, 0},
		{SLICE("01-JAN-1970"), true, 0},
		{SLICE("\" 2-Jan-1970\""), true, 1},
		{SLICE("31-Dec-1969"), true, -1},
		{SLICE("29-Feb-2000"), true, 11016},
		{SLICE("29-Feb-2024"), true, 19782},
		{SLICE("31-Dec-9999"), true, 2932896},
		{SLICE("1-Mar-0000"), true, -719468},
		{SLICE("29-Feb-2023"), false, 0},
		{SLICE("29-Feb-1900"), false, 0},
		{SLICE("31-Apr-2024"), false, 0},
		{SLICE("0-Jan-2024"), false, 0},
		{SLICE("32-Jan-2024"), false, 0},
		{SLICE("001-Jan-2024"), false, 0},
		{SLICE("1-Foo-2024"), false, 0},
		{SLICE("1-Jan-24"), false, 0},
		{SLICE("1-Jan-20244"), false, 0},
		{SLICE("1-Jan-99999999999"), false, 0},
		{SLICE("1 Jan 2024"), false, 0},
		{SLICE("\"1-Jan-2024"), false, 0},
		{SLICE("2024-01-01"), false, 0},
		{SLICE("1-Ja"), false, 0},
		{SLICE(""), false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tester t;
		int32_t day = 0;
		bool ok = datetime_parse_date(tester_start(&t, cases[i].in), &day);

		if (ok != cases[i].ok || day != cases[i].day)
			fail_msg("\"%s\": %d, day %d", cases[i].in.data, ok, day);
		tester_end(&t);
	}
}

static void test_date_time(void **state)
{
	static const struct {
		struct slice in;
		bool ok;
		int64_t utc;
	} cases[] = {
		{SLICE("\" 1-Jan-1970 00:00:00 +0000\""), true, 0},
		{SLICE("\"17-Jul-1996 02:44:25 -0700\""), true, 837596665},
		{SLICE("\" 1-Feb-1994 21:52:25 -0800\""), true, 760168345},
		{SLICE("\"01-Jan-2020 00:00:00 +0530\""), true, 1577817000},
		{SLICE("\"1-Jan-2020 23:59:60 +0000\""), true, 1577923200},
		{SLICE("\"32-Foo-2020 00:00:00 +0000\""), false, 0},
		{SLICE("\" 1-Jan-2020 24:00:00 +0000\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:60:00 +0000\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:00:00 +0060\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:00:00 +2400\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:00:00\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:00:00 GMT\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:00 +0000\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:00:00 +000\""), false, 0},
		{SLICE("\" 1-Jan-2020 00:00:00 +0000"), false, 0},
		{SLICE("1-Jan-2020"), false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t len = 0; len <= cases[i].in.len; len++) {
			struct tester t;
			int64_t utc = 0;
			bool ok = datetime_parse(tester_start(&t, slice_of(cases[i].in.data, len)), &utc);

			assert_int_equal(ok, len == cases[i].in.len && cases[i].ok);
			assert_int_equal(utc, ok ? cases[i].utc : 0);
			tester_end(&t);
		}
	}
}

static void assert_printed(int64_t utc, const char *want)
{
	struct datetime_zone zone = {0};
	struct buf out = {0};

	datetime_print(utc, &zone, &out);
	assert_slice(buf_slice(&out), slice_str(want));
	buf_finish(&out);
}

static void test_print(void **state)
{
	(void)state;
	set_zone("UTC0");
	assert_printed(0, "\" 1-Jan-1970 00:00:00 +0000\"");
	assert_printed(1577923200, "\" 2-Jan-2020 00:00:00 +0000\"");
	assert_printed(INT64_MAX, "\"30-Dec-9999 23:59:59 +0000\"");
	assert_printed(INT64_MIN, "\" 2-Jan-0001 00:00:00 +0000\"");
	set_zone("IST-5:30");
	assert_printed(0, "\" 1-Jan-1970 05:30:00 +0530\"");
	set_zone("XXX3:30");
	assert_printed(0, "\"31-Dec-1969 20:30:00 -0330\"");
}

static void test_local_day(void **state)
{
	(void)state;
	set_zone("UTC0");
	assert_int_equal(datetime_local_day(-1), -1);
	assert_int_equal(datetime_local_day(86399), 0);
	set_zone("CET-1");
	assert_int_equal(datetime_local_day(86399), 1);
	set_zone("EST5");
	assert_int_equal(datetime_local_day(86400), 0);
}

/* What is printed is read back as the same moment, in any zone. */
static void test_round_trip(void **state)
{
	static const char *const zones[] = {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "NPT-5:45", "HST10"};

	(void)state;
	for (size_t z = 0; z < ARRAY_SIZE(zones); z++) {
		set_zone(zones[z]);
		for (int64_t utc = -62135000000; utc < 253402000000; utc += 10000000019) {
			struct buf out = {0};
			struct tester t;
			struct datetime_zone zone = {0};
			int64_t again = 1;

			datetime_print(utc, &zone, &out);
			assert_true(datetime_parse(tester_start(&t, buf_slice(&out)), &again));
			assert_int_equal(again, utc);
			tester_end(&t);
			buf_finish(&out);
		}
	}
}

/* What is remembered of the zone changes nothing: as strftime() has it, for dates near and far, and where the
 * clocks are changed, also amid an hour. */
static void test_remembered_zone(void **state)
{
	static const char *const zones[] = {
		"UTC0",  "CET-1CEST,M3.5.0,M10.5.0/3",     "NPT-5:45",
		"HST10", "LHS-10:30LHD-11,M10.1.0,M4.1.0", "XX1:00:20YY,M3.2.0/2:30:10,M11.1.0"};
	static const int64_t near[] = {0,          951782400,  1711846800, 1730008800,
				       1710055810, 2147483647, 4107542400};

	(void)state;
	srand(1);
	for (size_t z = 0; z < ARRAY_SIZE(zones); z++) {
		struct datetime_zone zone = {0};

		set_zone(zones[z]);
		for (int i = 0; i < 20000; i++) {
			int64_t utc = near[(size_t)(i / 50) % ARRAY_SIZE(near)] +
				      rand() % (i % 3 ? 9000 : 40000000);
			time_t t = (time_t)utc;
			struct buf out = {0};
			char text[64];
			struct tm tm;

			strftime(text, sizeof(text), "\"%e-%b-%Y %H:%M:%S %z\"", localtime_r(&t, &tm));
			datetime_print(utc, &zone, &out);
			assert_slice(buf_slice(&out), slice_str(text));
			buf_finish(&out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_date_time),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_local_day),
		cmocka_unit_test(test_remembered_zone),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
