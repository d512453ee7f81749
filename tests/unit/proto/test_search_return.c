/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/search_return.h"

#include "tester.h"

static const struct {
	struct slice text;
	bool ok, asked;
	unsigned options;
	struct search_partial partial;
} cases[] = {
	{SLICE("ALL\r\n"), true, false, 0, {0, 0, false}},
	{SLICE("RETURN () ALL\r\n"), true, true, SEARCH_RETURN_ALL, {0, 0, false}},
	{SLICE("return (min Max COUNT) ALL\r\n"),
	 true,
	 true,
	 SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_COUNT,
	 {0, 0, false}},
	{SLICE("RETURN (SAVE) ALL\r\n"), true, true, SEARCH_RETURN_SAVE, {0, 0, false}},
	{SLICE("RETURN (PARTIAL 5:3) ALL\r\n"), true, true, SEARCH_RETURN_PARTIAL, {5, 3, false}},
	{SLICE("RETURN (PARTIAL -1:-100 COUNT) ALL\r\n"),
	 true,
	 true,
	 SEARCH_RETURN_PARTIAL | SEARCH_RETURN_COUNT,
	 {1, 100, true}},
	{SLICE("RETURN ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (ALL)\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (ALL"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (NOSUCH) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (MINMAX) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (ALL PARTIAL 1:2) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (PARTIAL 1:2 PARTIAL 1:2) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (PARTIAL) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (PARTIAL 0:2) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (PARTIAL 1:-2) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (PARTIAL -1:2) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (PARTIAL 1:*) ALL\r\n"), false, false, 0, {0, 0, false}},
	{SLICE("RETURN (PARTIAL 4294967296:1) ALL\r\n"), false, false, 0, {0, 0, false}},
};

static void test_returns(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct search_return got = {0};
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].text);
		bool ok = search_return_parse(p, &got);

		if (ok != cases[i].ok)
			fail_msg("%s: %d", cases[i].text.data, ok);
		if (ok) {
			assert_int_equal(got.asked, cases[i].asked);
			assert_int_equal(got.options, cases[i].options);
			assert_int_equal(got.partial.first, cases[i].partial.first);
			assert_int_equal(got.partial.last, cases[i].partial.last);
			assert_int_equal(got.partial.from_end, cases[i].partial.from_end);
			assert_slice(slice_skip(p->in, p->at), SLICE("ALL\r\n"));
		} else {
			assert_non_null(p->error);
		}
		tester_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_returns)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
