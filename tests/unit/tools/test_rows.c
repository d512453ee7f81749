/* SPDX-License-Identifier: ISC
 *
 * Rows in the forms that are no CSV, and names of mailboxes in the form of IMAP. */
#include "../../../tools/retrieve/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../store/base/mutf7.h"
#include "../../../tools/retrieve/table.h"

static void check(struct buf *out, const char *expected)
{
	assert_false(out->failed);
	if (!slice_eq(buf_slice(out), slice_str(expected)))
		fail_msg("[%.*s]\nis not [%s]", (int)out->len, out->data ? out->data : "", expected);
	buf_finish(out);
}

static void rows(void **state)
{
	(void)state;
	const struct slice titles[] = {SLICE("#"), SLICE("From"), SLICE("To \"x\"")};
	const struct slice cells[] = {SLICE("7"), SLICE("=1\t\"a\\b\", c"), SLICE("0")};
	struct buf out = {0};
	format_row(FORMAT_JSON, false, titles, cells, 3, &out);
	check(&out, "{\"#\": 7, \"From\": \"=1\\\\x09\\\"a\\\\b\\\", c\", \"To \\\"x\\\"\": \"0\"}");
	format_row(FORMAT_TSV, false, titles, cells, 3, &out);
	check(&out, "7\t'=1\\x09\"a\\b\", c\t0");
	format_row(FORMAT_TSV, true, titles, cells, 3, &out);
	check(&out, "7\t=1\\x09\"a\\b\", c\t0");
	format_row(FORMAT_CSV, false, titles, cells, 3, &out);
	check(&out, "7,\"'=1\\x09\"\"a\\b\"\", c\",0");
}

static void tables(void **state)
{
	(void)state;
	struct table t = {.count = 3};
	struct buf out = {0};
	const struct slice first[] = {SLICE("#"), SLICE("Name"), SLICE("End")};
	const struct slice wide[] = {SLICE("10"), SLICE("重庆重庆"), SLICE("\x1b[1m")};
	const struct slice empty[] = {SLICE("11"), SLICE(""), SLICE("")};
	const struct slice late[] = {SLICE("1234"), SLICE("0123456789"), SLICE("x")};
	table_row(&t, first, &out);
	table_row(&t, wide, &out);
	table_row(&t, empty, &out);
	assert_int_equal(out.len, 0);
	table_flush(&t, &out);
	check(&out, "#   Name      End\n10  重庆重庆  \\x1B[1m\n11\n");
	table_row(&t, late, &out);
	check(&out, "1…  0123456…  x\n");
	table_finish(&t);
}

static void names(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"Outgoing", "Outgoing"},
		{"Release & Train", "Release &- Train"},
		{"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
		{"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		 "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
		{"\xf0\x9f\x92\xa9", "&2D3cqQ-"},
		{"", ""},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf out = {0};
		mutf7_encode(slice_str(cases[i][0]), &out);
		check(&out, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(tables),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
