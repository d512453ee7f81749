/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/mime/transfer.h"

static void test_names(void **state)
{
	static const struct {
		const char *value;
		enum mime_encoding encoding;
	} cases[] = {
		{NULL, MIME_7BIT},           {"", MIME_7BIT},
		{" 7Bit ", MIME_7BIT},       {"8bit", MIME_8BIT},
		{"binary", MIME_BINARY},     {"\r\n BASE64", MIME_BASE64},
		{"base64 (c)", MIME_BASE64}, {"\"base64\"", MIME_BASE64},
		{"base64; x", MIME_BASE64},  {"quoted-printable", MIME_QUOTED_PRINTABLE},
		{"base6", MIME_OTHER},       {"x-uuencode", MIME_OTHER},
		{"base64,7bit", MIME_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(mime_encoding_of(slice_str(cases[i].value)), cases[i].encoding);
}

static const struct {
	enum mime_encoding encoding;
	struct slice text;
	struct slice decoded;
} cases[] = {
	{MIME_BASE64, {"", 0}, {"", 0}},
	{MIME_BASE64, SLICE("QUJD"), SLICE("ABC")},
	{MIME_BASE64, SLICE("QUJDRA=="), SLICE("ABCD")},
	{MIME_BASE64, SLICE("QUJDREU="), SLICE("ABCDE")},
	{MIME_BASE64, SLICE("QU\r\n JD*\x80\0RA=="), SLICE("ABCD")},
	{MIME_BASE64, SLICE("QUJDRA"), SLICE("ABCD")},
	{MIME_BASE64, SLICE("QUJDR"), SLICE("ABC")},
	{MIME_BASE64, SLICE("QQ==QUJD"), SLICE("A")},
	{MIME_BASE64, SLICE("=QUJD=="), SLICE("ABC")},
	{MIME_BASE64, SLICE("AP+/"), SLICE("\0\xff\xbf")},
	{MIME_QUOTED_PRINTABLE, SLICE("a=3D=c3=A9"), SLICE("a=\xc3\xa9")},
	{MIME_QUOTED_PRINTABLE, SLICE("a=\r\nb=\nc= \t\r\nd"), SLICE("abcd")},
	{MIME_QUOTED_PRINTABLE, SLICE("a \t\r\nb \nc"), SLICE("a\r\nb\nc")},
	{MIME_QUOTED_PRINTABLE, SLICE("a  b \r c"), SLICE("a  b \r c")},
	{MIME_QUOTED_PRINTABLE, SLICE("=G1 =1G =4"), SLICE("=G1 =1G =4")},
	{MIME_QUOTED_PRINTABLE, SLICE("==41 ="), SLICE("=A ")},
	{MIME_QUOTED_PRINTABLE, SLICE("= x=\rx"), SLICE("= x=\rx")},
	{MIME_QUOTED_PRINTABLE, SLICE("a=00\0b"), SLICE("a\0\0b")},
	{MIME_7BIT, SLICE("a=41\0"), SLICE("a=41\0")},
	{MIME_OTHER, SLICE("QUJD"), SLICE("QUJD")},
};

static void test_whole_and_cut(void **state)
{
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice text = cases[i].text;
		for (size_t cut = 0; cut <= text.len; cut++) {
			struct mime_decoder d = {.encoding = cases[i].encoding};
			buf_reset(&out);
			mime_decode(&d, slice_of(text.data, cut), false, &out);
			mime_decode(&d, slice_of(text.data + cut, text.len - cut), false, &out);
			mime_decode(&d, slice_of(NULL, 0), true, &out);
			if (!slice_eq(buf_slice(&out), cases[i].decoded))
				fail_msg("case %zu, cut at %zu: %.*s", i, cut, (int)out.len, out.data);
		}
	}
	buf_finish(&out);
}

static void test_byte_by_byte(void **state)
{
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mime_decoder d = {.encoding = cases[i].encoding};
		buf_reset(&out);
		for (size_t k = 0; k < cases[i].text.len; k++)
			mime_decode(&d, slice_of(cases[i].text.data + k, 1), false, &out);
		mime_decode(&d, slice_of(NULL, 0), true, &out);
		assert_true(slice_eq(buf_slice(&out), cases[i].decoded));
	}
	buf_finish(&out);
}

static void test_long_blanks(void **state)
{
	struct mime_decoder d = {.encoding = MIME_QUOTED_PRINTABLE};
	struct buf text = {0};
	struct buf out = {0};

	(void)state;
	buf_addf(&text, "a=%1000s%1000s\nb", "", "c");
	mime_decode(&d, buf_slice(&text), true, &out);
	assert_true(slice_eq(buf_slice(&out), buf_slice(&text)));
	buf_finish(&text);
	buf_finish(&out);
}

static void test_encode(void **state)
{
	static const char *const texts[][2] = {
		{"", ""},        {"A", "QQ=="},        {"AB", "QUI="},
		{"ABC", "QUJD"}, {"ABCD", "QUJDRA=="}, {"\xff\xfe\xfd", "//79"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		buf_reset(&out);
		mime_encode_base64(slice_str(texts[i][0]), &out);
		assert_true(slice_eq(buf_slice(&out), slice_str(texts[i][1])));
	}
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),        cmocka_unit_test(test_whole_and_cut),
		cmocka_unit_test(test_byte_by_byte), cmocka_unit_test(test_long_blanks),
		cmocka_unit_test(test_encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
