/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/mime/word.h"
#include "check.h"

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *value;
	const char *decoded;
} cases[] = {
	{"", ""},
	{" plain\r\n text ", "plain text"},
	{"\xc3\xa9 \xff", "\xc3\xa9 " BAD},
	{"=?utf-8?Q?=C3=A9_x?=", "\xc3\xa9 x"},
	{"=?UTF-8?b?w6k=?=", "\xc3\xa9"},
	{"=?iso-8859-1?q?=E9?= and =?iso-8859-1?q?=E8?=", "\xc3\xa9 and \xc3\xa8"},
	{"=?iso-8859-1?q?a?= \r\n =?iso-8859-1?q?b?=", "ab"},
	{"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "\xc3\xa9"}, /* a character in two words */
	{"=?utf-8?q?a?==?iso-8859-1?q?=E9?=", "a\xc3\xa9"},
	{"a =?utf-8?q?b?=c", "a bc"},
	{"=?utf-8*en?q?x?=", "x"},
	{"=?utf-8?q?two words?=", "two words"},
	{"=?utf-8?q?a=0D=0Ab?=", "a  b"},
	{"=?nonsense?q?=E9?=", "\xc3\xa9"},
	{"=?utf-8?q?\?=x", "x"},
	/* kept as they stand */
	{"=?", "=?"},
	{"=?utf-8?q?open", "=?utf-8?q?open"},
	{"=?utf-8?x?a?=", "=?utf-8?x?a?="},
	{"=?\?q?a?=", "=?\?q?a?="},
	{"=?utf-8?q", "=?utf-8?q"},
	{"=?a =?utf-8?q?b?=", "=?a b"},
};

static void test_values(void **state)
{
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_reset(&out);
		mime_decode_words(slice_str(cases[i].value), &out);
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].decoded);
	}
	buf_finish(&out);
}

/* A value that ends in any state. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t len = 0; len <= strlen(cases[i].value); len++) {
			struct buf head = {0};
			struct buf out = {0};
			buf_add(&head, cases[i].value, len);
			mime_decode_words(buf_slice(&head), &out);
			assert_true(check_utf8(buf_slice(&out)));
			buf_finish(&head);
			buf_finish(&out);
		}
	}
}

static void test_bounded(void **state)
{
	static const char *const texts[] = {
		"=?utf-8?q?a?= ",       "=?a?q?",  "=?", "=?tscii?q?=82?=\n ", "\xff",
		"=?utf-7?b?K0FPay0=?=", "=?x?q?=?"};
	struct buf value = {0};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		buf_reset(&value);
		buf_reset(&out);
		for (int n = 0; n < 100000; n++)
			buf_add_str(&value, texts[i]);
		mime_decode_words(buf_slice(&value), &out);
		assert_true(out.len <= 4 * 64 * 1024);
		assert_true(check_utf8(buf_slice(&out)));
	}
	buf_finish(&value);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
