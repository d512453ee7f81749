/* SPDX-License-Identifier: ISC */
#include "../../../tools/retrieve/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal)                         \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static const struct {
	struct slice text;
	const char *cell;
} CASES[] = {
	{BYTES(""), ""},
	{BYTES("plain"), "plain"},
	{BYTES("a,b"), "\"a,b\""},
	{BYTES("\"Name\" <a@b>"), "\"\"\"Name\"\" <a@b>\""},
	{BYTES(" a"), "\" a\""},
	{BYTES("a "), "\"a \""},
	{BYTES("J\xc3\xbcrgen"), "J\xc3\xbcrgen"},
	{BYTES("a;b"), "\"a;b\""},
	{BYTES("undisclosed-recipients:;"), "\"undisclosed-recipients:;\""},
	{BYTES("12:34 ok = fine"), "12:34 ok = fine"},
	/* Formulas. */
	{BYTES("=1+1"), "'=1+1"},
	{BYTES("+1"), "'+1"},
	{BYTES("-1"), "'-1"},
	{BYTES("@SUM(A1)"), "'@SUM(A1)"},
	{BYTES("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0"},
	{BYTES(" =1"), "\" '=1\""},
	{BYTES("\"=1\" <a@b>"), "\"\"\"'=1\"\" <a@b>\""},
	{BYTES("'=1"), "''=1"},
	{BYTES("\xef\xbb\xbf=1"), "\\xEF\\xBB\\xBF'=1"},
	{BYTES("\xef\xbc\x9d"
	       "1"),
	 "'\xef\xbc\x9d"
	 "1"},
	{BYTES("\xef\xbc\x8b"
	       "1"),
	 "'\xef\xbc\x8b"
	 "1"},
	{BYTES("\xef\xbc\x8d"
	       "1"),
	 "'\xef\xbc\x8d"
	 "1"},
	{BYTES("\xef\xbc\xa0"
	       "1"),
	 "'\xef\xbc\xa0"
	 "1"},
	{BYTES("a;=1"), "\"a;'=1\""},
	{BYTES("a; \"=1"), "\"a; \"\"'=1\""},
	{BYTES(";;=1"), "\";;'=1\""},
	{BYTES("="), "'="},
	{BYTES("a=1"), "a=1"},
	/* One line, and nothing that a terminal would obey. */
	{BYTES("a\r\nb"), "a\\x0D\\x0Ab"},
	{BYTES("a\tb"), "a\\x09b"},
	{BYTES("\tb"), "'\\x09b"},
	{BYTES("a\0b"), "a\\x00b"},
	{BYTES("\x1b]0;title\x07"), NULL},
	{BYTES("\x1b[31mred"), "\\x1B[31mred"},
	{BYTES("\xc2\x9b"
	       "31m"),
	 "\\xC2\\x9B31m"},
	{BYTES("\xe2\x80\xae"
	       "abc"),
	 "\\xE2\\x80\\xAEabc"},
	{BYTES("\xff\xfe"), "\\xFF\\xFE"},
};

/* The tools' escapes may be written in small or in capital letters. */
static int same_but_for_case_of_escapes(const char *a, const char *b)
{
	return strcasecmp(a, b);
}

static void cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct buf out = {0};
		csv_cell(CASES[i].text, false, &out);
		assert_false(out.failed);
		buf_add_char(&out, '\0');
		if (CASES[i].cell && same_but_for_case_of_escapes(out.data, CASES[i].cell) != 0)
			fail_msg("case %zu: is [%s], not [%s]", i, out.data, CASES[i].cell);
		for (const char *c = out.data; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		buf_finish(&out);
	}
}

/* RFC 4180, read back. */
static size_t read_cell(const char *line, char *into)
{
	size_t at = 0, len = 0;
	if (line[0] != '"') {
		at = strcspn(line, ",");
		memcpy(into, line, at);
		into[at] = '\0';
		return at;
	}
	for (at = 1; line[at] != '\0' && (line[at] != '"' || line[at + 1] == '"'); at++) {
		at += line[at] == '"';
		into[len++] = line[at];
	}
	into[len] = '\0';
	return at + 1;
}

/* All pairs of bytes: the line has two cells, and the first begins no formula. */
static void pairs_of_bytes(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		char text[2] = {(char)(pair >> 8), (char)pair}, cell[64];
		struct buf out = {0};
		csv_cell(slice_of(text, 2), false, &out);
		buf_add_str(&out, ",");
		csv_cell(SLICE("end"), false, &out);
		buf_add_char(&out, '\0');
		size_t at = read_cell(out.data, cell);
		assert_string_equal(out.data + at, ",end");
		assert_null(strchr("=+-@", cell[strspn(cell, " \"")] ? cell[strspn(cell, " \"")] : 'x'));
		for (const char *c = out.data; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		buf_finish(&out);
	}
}

static void raw_cells_keep_formulas(void **state)
{
	(void)state;
	struct buf out = {0};
	csv_cell(SLICE("=1+1"), true, &out);
	buf_add_char(&out, '|');
	csv_cell(SLICE("=\x1b[1m,"), true, &out);
	assert_true(slice_eq(buf_slice(&out), SLICE("=1+1|\"=\\x1B[1m,\"")) ||
		    slice_eq(buf_slice(&out), SLICE("=1+1|\"=\\x1b[1m,\"")));
	buf_finish(&out);
}

static void long_cells_are_cut_between_characters(void **state)
{
	(void)state;
	for (size_t len = CSV_CELL_MAX - 3; len <= CSV_CELL_MAX + 3; len++) {
		struct buf text = {0}, out = {0};
		for (size_t i = 0; i < len % 3; i++)
			buf_add_char(&text, 'a');
		while (text.len < len)
			buf_add_str(&text, "\xe2\x82\xac");
		csv_cell(buf_slice(&text), false, &out);
		assert_true(out.len <= CSV_CELL_MAX + 3);
		assert_null(memmem(out.data, out.len, "\\x", 2));
		assert_int_equal(memmem(out.data, out.len, "\xe2\x80\xa6", 3) != NULL,
				 text.len > CSV_CELL_MAX);
		buf_finish(&text);
		buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells),
		cmocka_unit_test(pairs_of_bytes),
		cmocka_unit_test(raw_cells_keep_formulas),
		cmocka_unit_test(long_cells_are_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
