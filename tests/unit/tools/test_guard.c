/* SPDX-License-Identifier: ISC */
#include "../../../tools/retrieve/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DEEP "(((((((((((((((("

static const struct {
	const char *text;
	bool fine;
} CASES[] = {
	{"* 1 FETCH (UID 1 BODY[HEADER.FIELDS.NOT (A B)]<0> {5}\r\nhello)\r\n", true},
	{"* 1 FETCH (BODYSTRUCTURE " DEEP "\r\n", false},
	{"* 1 FETCH (BODY[] {16}\r\n" DEEP ")\r\n", true},
	{"* 1 FETCH (BODY[] {15}\r\n" DEEP "((()\r\n", true},
	{"* 1 FETCH (BODY[] {3}\r\nxyz" DEEP "\r\n", false},
	{"* OK \"" DEEP "\"\r\n", true},
	{"* OK \"\\\"" DEEP "\"\r\n", true},
	{"* OK \"\\\\\" " DEEP "\r\n", false},
	{"* OK {3} " DEEP "\r\n", false},
	{"* OK ((((\r\n* OK ((((\r\n* OK ((((\r\n* OK ((((\r\n", true},
	{"(((((( {2}\r\n(( (((((( {2}\r\n(( (((\r\n", false},
	{"{99999999999999999999999999}\r\n" DEEP, true},
	{")))))" DEEP "\r\n", false},
};

static void cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		size_t len = strlen(CASES[i].text);
		/* Whole, and cut at every byte. */
		for (size_t cut = 0; cut <= len; cut++) {
			struct guard g = {0};
			bool fine = guard_pass(&g, CASES[i].text, cut) &&
				    guard_pass(&g, CASES[i].text + cut, len - cut);
			if (fine != CASES[i].fine)
				fail_msg("%s cut at %zu", CASES[i].text, cut);
		}
	}
}

static void the_limit(void **state)
{
	(void)state;
	char text[GUARD_DEPTH_MAX + 2];
	memset(text, '(', sizeof(text));
	for (size_t n = GUARD_DEPTH_MAX - 1; n <= GUARD_DEPTH_MAX + 1; n++) {
		struct guard g = {0};
		assert_int_equal(guard_pass(&g, text, n), n <= GUARD_DEPTH_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cases), cmocka_unit_test(the_limit)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
