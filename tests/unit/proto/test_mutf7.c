/* SPDX-License-Identifier: ISC */
#include "../../../store/base/mutf7.h"

#include "../../../store/base/utf8.h"
#include "tester.h"

static const struct {
	const char *name;
	const char *utf8;
} pairs[] = {
	{"", ""},
	{"INBOX", "INBOX"},
	{"a&-b", "a&b"},
	{"&-&-", "&&"},
	{"&ZeVnLIqe-", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
	{"&U,BTFw-", "\xe5\x8f\xb0\xe5\x8c\x97"},
	{"~peter/mail/&U,BTFw-/&ZeVnLIqe-",
	 "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
	{"&AOQ-b", "\xc3\xa4"
		   "b"},
	{"&2D3eAA-", "\xf0\x9f\x98\x80"},
	{"&2D3eANg93gA-", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80"},
	{"&BCIENQRBBEI-/&BEEEOwRNBEg-", "\xd0\xa2\xd0\xb5\xd1\x81\xd1\x82/\xd1\x81\xd0\xbb\xd1\x8d\xd1\x88"},
	{"&AAk-", "\t"},
	{"&AH8-", "\x7f"},
	{"&,,8-", "\xef\xbf\xbf"},
};

/* Each has another correct form, or none. */
static const struct slice wrong[] = {
	SLICE("&"),         SLICE("a&b"),        SLICE("&AOQ"),     SLICE("&AOQ-&AOQ-"), SLICE("&AGE-"),
	SLICE("&ACY-"),     SLICE("&AOR-"),      SLICE("&AOQA-"),   SLICE("&AOQ=-"),     SLICE("&U/BTFw-"),
	SLICE("&2D0-"),     SLICE("&3gA-"),      SLICE("&3gDYPQ-"), SLICE("&2D3YPQ-"),   SLICE("&AAA-"),
	SLICE("&A-"),       SLICE("&AO-"),       SLICE("\xc3\xa4"), SLICE("a\tb"),       SLICE("a\0b"),
	SLICE("&AOQ-\x7f"), SLICE("&2D3eAABh-"), SLICE("& -"),      SLICE("&AOQAYQ-"),
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct buf utf8 = {0}, name = {0};

		buf_add_str(&utf8, "x");
		assert_true(mutf7_decode(slice_str(pairs[i].name), &utf8));
		assert_slice(slice_skip(buf_slice(&utf8), 1), slice_str(pairs[i].utf8));
		mutf7_encode(slice_str(pairs[i].utf8), &name);
		assert_slice(buf_slice(&name), slice_str(pairs[i].name));
		buf_finish(&utf8);
		buf_finish(&name);
	}
}

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct buf utf8 = {0};

		if (mutf7_decode(wrong[i], &utf8))
			fail_msg("case %zu \"%s\" was taken", i, wrong[i].data);
		buf_finish(&utf8);
	}
}

static void test_bad_utf8(void **state)
{
	struct buf name = {0};

	(void)state;
	mutf7_encode(SLICE("a\xff"
			   "b\xc3"),
		     &name);
	assert_slice(buf_slice(&name), SLICE("a&,,0-b&,,0-"));
	buf_finish(&name);
}

/* Every character of the lower planes and many above, to UTF-8, to modified UTF-7 and back. */
static void test_every_character(void **state)
{
	struct buf utf8 = {0}, name = {0}, again = {0};

	(void)state;
	for (uint32_t code = 1; code <= 0x10ffff; code += code < 0x12000 ? 1 : 7) {
		uint32_t read = 0;

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		buf_reset(&utf8);
		buf_reset(&name);
		buf_reset(&again);
		utf8_encode(code, &utf8);
		assert_int_equal(utf8_decode(buf_slice(&utf8), &read), utf8.len);
		assert_int_equal(read, code);
		mutf7_encode(buf_slice(&utf8), &name);
		assert_true(mutf7_decode(buf_slice(&name), &again));
		assert_slice(buf_slice(&again), buf_slice(&utf8));
	}
	buf_finish(&utf8);
	buf_finish(&name);
	buf_finish(&again);
}

static void test_utf8_errors(void **state)
{
	static const struct slice bad[] = {SLICE("\x80"),
					   SLICE("\xc3"),
					   SLICE("\xc0\x80"),
					   SLICE("\xc1\xbf"),
					   SLICE("\xe0\x80\x80"),
					   SLICE("\xe0\x9f\xbf"),
					   SLICE("\xed\xa0\x80"),
					   SLICE("\xed\xbf\xbf"),
					   SLICE("\xe2\x82"),
					   SLICE("\xf0\x8f\xbf\xbf"),
					   SLICE("\xf4\x90\x80\x80"),
					   SLICE("\xf8\x88\x80\x80\x80"),
					   SLICE("\xfe"),
					   SLICE("\xff"),
					   SLICE("\xc3(")};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(utf8_valid(bad[i]));
	assert_true(utf8_valid(SLICE("")));
	assert_true(utf8_valid(SLICE("a\0\xc3\xa4\xe2\x82\xac\xf4\x8f\xbf\xbf\xee\x80\x80")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),       cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_bad_utf8),    cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_utf8_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
