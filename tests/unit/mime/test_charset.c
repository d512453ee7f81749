/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../../store/mime/charset.h"
#include "check.h"

#define BAD "\xef\xbf\xbd"

static void test_known(void **state)
{
	static const char *const known[] = {"us-ascii",    "UTF-8",          "utf8",        "iso-8859-1",
					    "ISO-8859-15", "windows-1251",   "koi8-r",      "gb2312",
					    "big5",        "ks_c_5601-1987", "iso-2022-jp", "shift_jis"};
	static const char *const unknown[] = {"",
					      "x-unknown",
					      "../../etc/x",
					      "utf-8//TRANSLIT",
					      "utf-8\n",
					      "\xff",
					      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_true(mime_charset_known(slice_str(known[i])));
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_false(mime_charset_known(slice_str(unknown[i])));
}

static void test_conversion(void **state)
{
	static const struct {
		const char *charset;
		struct slice text;
		const char *utf8;
		bool known;
	} cases[] = {
		{"utf-8", SLICE("a\xc3\xa9"), "a\xc3\xa9", true},
		{"utf-8", SLICE("a\xc3"), "a" BAD, true},
		{"utf-8", SLICE("\xc3x\xff\0y"), BAD "x" BAD BAD "y", true},
		{"utf-8", SLICE("\xed\xa0\x80"), BAD BAD BAD, true},
		{"utf-8", SLICE("\xc0\x80"), BAD BAD, true},
		{"iso-8859-1", SLICE("\xe9\0"), "\xc3\xa9" BAD, true},
		{"ISO-8859-5", SLICE("\xd0"), "\xd0\xb0", true},
		{"us-ascii", SLICE("abc"), "abc", true},
		{"us-ascii", SLICE("\xc3\xa9"), "\xc3\xa9", true},
		{"us-ascii", SLICE("\xe9"), "\xc3\xa9", true},
		{"", SLICE("\xc3\xa9"), "\xc3\xa9", false},
		{"nonsense", SLICE("\x93x\x94"), "\xe2\x80\x9cx\xe2\x80\x9d", false},
		{"nonsense", SLICE("\xe9\x81"), "\xc3\xa9" BAD, false},
		{"iso-2022-jp", SLICE("\x1b$B$\"\x1b(B"), "\xe3\x81\x82", true},
		{"iso-2022-jp", SLICE("\x1b$B$"), BAD, true},
		{"utf-16be", SLICE("\0a\0"), "a" BAD, true},
		{"utf-7", SLICE("+AOk-"), "\xc3\xa9", true},
		{"gb2312", SLICE("\xb0\xa1"), "\xe5\x95\x8a", true},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_reset(&out);
		assert_int_equal(mime_to_utf8(slice_str(cases[i].charset), cases[i].text, &out),
				 cases[i].known);
		assert_true(check_utf8(buf_slice(&out)));
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].utf8);
	}
	buf_finish(&out);
}

/* A message may ask for some sets, not for all. */
static void test_number_of_sets(void **state)
{
	struct mime_charsets sets = {0};
	struct buf out = {0};

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 1250; i < 1259; i++) {
			char name[16];
			snprintf(name, sizeof(name), "CP%d", i);
			assert_true(mime_to_utf8_with(&sets, slice_str(name), SLICE("\xc0"), &out));
		}
	}
	assert_int_equal(sets.count, 9);
	for (int i = 0; i < MIME_CHARSETS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof(name), "none-%d", i);
		assert_false(mime_to_utf8_with(&sets, slice_str(name), SLICE("x"), &out));
	}
	assert_int_equal(sets.count, MIME_CHARSETS_MAX);
	assert_false(mime_to_utf8_with(&sets, SLICE("koi8-r"), SLICE("\xc0"), &out));
	assert_true(mime_to_utf8_with(&sets, SLICE("cp1251"), SLICE("\xc0"), &out));
	assert_true(check_utf8(buf_slice(&out)));
	mime_charsets_finish(&sets);
	buf_finish(&out);
}

static void test_long_text(void **state)
{
	struct buf text = {0};
	struct buf out = {0};

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_add_str(&text, "\xe9\x81");
	assert_true(mime_to_utf8(SLICE("windows-1252"), buf_slice(&text), &out));
	assert_int_equal(out.len, 100000 * 5);
	buf_reset(&out);
	buf_reset(&text);
	for (int i = 0; i < 3000; i++)
		buf_add_str(&text, "ab\xe3\x81\x82\xf0\x9f\x98\x80");
	mime_clean_utf8(buf_slice(&text), &out);
	assert_true(slice_eq(buf_slice(&text), buf_slice(&out)));
	buf_finish(&text);
	buf_finish(&out);
}

/* What is no ASCII is found at each place of a long run of it. */
static void test_wrong_byte_anywhere(void **state)
{
	static const char wrong[] = {'\0', '\x80', '\xff'};
	char text[40], expected[sizeof(text) + 2];
	struct buf out = {0};

	(void)state;
	for (size_t at = 0; at < 3 * sizeof(text); at++) {
		size_t place = at % sizeof(text);

		memset(text, '\x7f', sizeof(text));
		memset(expected, '\x7f', sizeof(expected));
		text[place] = wrong[at / sizeof(text)];
		memcpy(expected + place, BAD, 3);
		buf_reset(&out);
		mime_clean_utf8(slice_of(text, sizeof(text)), &out);
		assert_int_equal(out.len, sizeof(expected));
		assert_memory_equal(out.data, expected, sizeof(expected));
	}
	buf_finish(&out);
}

static void test_nfc(void **state)
{
	static const struct {
		const char *text, *normal;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"\xc3\xa4", "\xc3\xa4"},
		{"a\xcc\x88 o\xcc\x88", "\xc3\xa4 \xc3\xb6"},
		{"\xe2\x84\xab", "\xc3\x85"},                 /* the sign of Angstrom */
		{"\xe1\x84\x92\xe1\x85\xa1", "\xed\x95\x98"}, /* Hangul */
		{"q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87"},   /* marks put in order */
		{"\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc"}, /* never composed */
		{"a\xcc\x88\xff", "a\xcc\x88\xff"},           /* no UTF-8 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf out = {0};

		mime_nfc(slice_str(cases[i].text), &out);
		assert_true(slice_eq(buf_slice(&out), slice_str(cases[i].normal)));
		buf_finish(&out);
	}
}

static void test_fold(void **state)
{
	static const struct {
		const char *text;
		const char *kept;
		const char *joined;
	} cases[] = {
		{"", "", ""},
		{"Hello World", "hello world", "hello world"},
		{"a \t\r\n b", "a \t\r\n b", "a b"},
		{"\xc3\x89", "e\xcc\x81", "e\xcc\x81"}, /* É: folded and decomposed */
		{"e\xcc\x81", "e\xcc\x81", "e\xcc\x81"},
		{"Stra\xc3\x9f"
		 "E",
		 "strasse", "strasse"},
		{"\xef\xbc\xa1\xef\xac\x81", "afi", "afi"}, /* full width A, the ligature fi */
		{"\xd0\x94\xce\xa3", "\xd0\xb4\xcf\x83", "\xd0\xb4\xcf\x83"},
		{"a\xc2\xa0\xe2\x80\x83 b", "a   b", "a b"}, /* blanks of other widths */
		{"v\xe2\x80\x8bi\xc2\xad"
		 "a",
		 "via", "via"}, /* what does not show does not count */
		{"\xff", "\xef\xbf\xbd", "\xef\xbf\xbd"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int join = 0; join < 2; join++) {
			buf_reset(&out);
			mime_fold(slice_str(cases[i].text), join, &out);
			buf_add_char(&out, '\0');
			assert_string_equal(out.data, join ? cases[i].joined : cases[i].kept);
		}
	}
	/* Joined over two calls too. */
	buf_reset(&out);
	mime_fold(SLICE("a "), true, &out);
	mime_fold(SLICE("\nb"), true, &out);
	assert_true(slice_eq(buf_slice(&out), SLICE("a b")));
	buf_finish(&out);
}

/* Many bytes at once or one after the other: the same. */
static void test_fold_at_once(void **state)
{
	static const char signs[] = "  \t\r\n\037!@AZ[`az{~\1770Mm";
	struct buf whole = {0}, pieces = {0};
	uint32_t seed = 1;

	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		char text[40];
		size_t len = n % sizeof(text);
		bool join = n / 3 % 2;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			/* Mostly letters, so that long stretches hold no blank. */
			text[i] = seed >> 29 ? (char)('A' + (seed >> 16) % 58)
					     : signs[(seed >> 16) % (sizeof(signs) - 1)];
		}
		buf_reset(&whole);
		buf_reset(&pieces);
		mime_fold(slice_of(text, len), join, &whole);
		for (size_t i = 0; i < len; i++)
			mime_fold(slice_of(text + i, 1), join, &pieces);
		assert_true(slice_eq(buf_slice(&whole), buf_slice(&pieces)));
	}
	buf_finish(&whole);
	buf_finish(&pieces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_conversion),
		cmocka_unit_test(test_number_of_sets),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_wrong_byte_anywhere),
		cmocka_unit_test(test_nfc),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_fold_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
