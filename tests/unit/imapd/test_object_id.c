/* SPDX-License-Identifier: ISC */
#include "kit.h"

#include "../../../imapd/object_id.h"

static void what_was_printed_is_read(void **context)
{
	static const int64_t messages[] = {1, 42, 1763915178000000, 999999999999999999};
	static const uint64_t roots[] = {1, 0xd4e05c9bf326d136, UINT64_MAX};
	bool alone;

	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		struct quarantine_entry row = {.message = messages[i]};

		assert_int_equal(object_message_of(slice_str(object_message(&row).text)), messages[i]);
		assert_int_equal(object_thread_of(slice_str(object_thread(&row).text), &alone), messages[i]);
		assert_true(alone);
	}
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		struct quarantine_entry row = {.message = 7, .thread = roots[i]};

		assert_true(object_thread_of(slice_str(object_thread(&row).text), &alone) == roots[i]);
		assert_false(alone);
	}
}

static void nothing_else_is(void **context)
{
	static const char *const texts[] = {"",
					    "M",
					    "m1",
					    "M0",
					    "M01",
					    "M1a",
					    "M-1",
					    "M1000000000000000000",
					    "F1-2",
					    "T",
					    "T1",
					    "Tm",
					    "Tm0",
					    "Tm07",
					    "TM7",
					    "T0123456789ABCDEF",
					    "T0123456789abcde",
					    "T0123456789abcdef0",
					    "T0123456789abcdeg",
					    "T0000000000000000"};
	bool alone;

	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(object_message_of(slice_str(texts[i])), 0);
		assert_int_equal(object_thread_of(slice_str(texts[i]), &alone), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_printed_is_read),
		cmocka_unit_test(nothing_else_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
