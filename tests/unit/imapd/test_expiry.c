/* SPDX-License-Identifier: ISC */
#include "../../../imapd/expiry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { HOUR = 3600, DAY = 86400 };

static const int64_t CALENDAR = 1700000000; /* at boot */

static void steady_clocks_and_small_steps(void **state)
{
	struct expiry e = {0};

	(void)state;
	for (int64_t t = 0; t < 10 * DAY; t += 1800)
		assert_int_equal(expiry_watch_clock(&e, CALENDAR + t, t), EXPIRY_CLOCK_STEADY);
	assert_int_equal(expiry_watch_clock(&e, CALENDAR + 10 * DAY + HOUR, 10 * DAY), EXPIRY_CLOCK_STEADY);
	assert_int_equal(expiry_watch_clock(&e, CALENDAR + 10 * DAY, 10 * DAY), EXPIRY_CLOCK_STEADY);
}

static void jumps_pause_for_a_day(void **state)
{
	static const int64_t jumps[] = {HOUR + 1, -HOUR - 1, 365 * DAY, -365 * DAY};

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		int64_t after = CALENDAR + jumps[i];
		struct expiry e = {0};

		assert_int_equal(expiry_watch_clock(&e, CALENDAR + 100, 100), EXPIRY_CLOCK_STEADY);
		assert_int_equal(expiry_watch_clock(&e, after + 105, 105), EXPIRY_CLOCK_JUMPED);
		assert_int_equal(expiry_watch_clock(&e, after + 110, 110), EXPIRY_CLOCK_PAUSED);
		assert_int_equal(expiry_watch_clock(&e, after + 104 + DAY, 104 + DAY), EXPIRY_CLOCK_PAUSED);
		assert_int_equal(expiry_watch_clock(&e, after + 105 + DAY, 105 + DAY), EXPIRY_CLOCK_STEADY);
		assert_int_equal(expiry_watch_clock(&e, after + 106 + DAY, 106 + DAY), EXPIRY_CLOCK_STEADY);
	}
}

static void a_clock_that_jumps_back_is_believed(void **state)
{
	struct expiry e = {0};

	(void)state;
	assert_int_equal(expiry_watch_clock(&e, CALENDAR + 100, 100), EXPIRY_CLOCK_STEADY);
	assert_int_equal(expiry_watch_clock(&e, CALENDAR + DAY, 105), EXPIRY_CLOCK_JUMPED);
	assert_int_equal(expiry_watch_clock(&e, CALENDAR + 110, 110), EXPIRY_CLOCK_STEADY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_clocks_and_small_steps),
		cmocka_unit_test(jumps_pause_for_a_day),
		cmocka_unit_test(a_clock_that_jumps_back_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
