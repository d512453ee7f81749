/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../tools/common.h"

static void test_size_text(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{1, "1 B"},
		{1023, "1023 B"},
		{1024, "1.0 KiB"},
		{1536, "1.5 KiB"},
		{1024 * 1024 - 1, "1.0 MiB"},
		{5ULL << 30, "5.0 GiB"},
		{UINT64_MAX, "16.0 EiB"},
	};
	char text[SIZE_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(size_text(cases[i].bytes, text), cases[i].text);
}

static void test_add_safe(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"plain text", "plain text"},
		{"Grüße, 東京 \xf0\x9f\x93\xa7", "Grüße, 東京 \xf0\x9f\x93\xa7"},
		{"a\nb\r\tc", "a\\x0Ab\\x0D\\x09c"},
		{"\033]0;title\007", "\\x1B]0;title\\x07"},
		{"\033P$qm\033\\", "\\x1BP$qm\\x1B\\"},
		{"\177", "\\x7F"},
		{"\xc2\x9b"
		 "31m",
		 "\\xC2\\x9B31m"},
		{"\x9b"
		 "31m",
		 "\\x9B31m"},
		{"gpj.exe\xe2\x80\xae"
		 "cod",
		 "gpj.exe\\xE2\\x80\\xAEcod"},
		{"\xe2\x80\x8b\xe2\x81\xa6\xef\xbb\xbf", "\\xE2\\x80\\x8B\\xE2\\x81\\xA6\\xEF\\xBB\\xBF"},
		{"\xc0\xaf\xe0\x80\xaf", "\\xC0\\xAF\\xE0\\x80\\xAF"},
		{"\xed\xa0\x80", "\\xED\\xA0\\x80"},
		{"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
		{"cut \xe6\x9d", "cut \\xE6\\x9D"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf out = {0};
		char *text;

		add_safe(&out, slice_str(cases[i].in));
		text = buf_steal(&out);
		assert_non_null(text);
		assert_string_equal(text, cases[i].out);
		free(text);
	}
}

/* No pair of bytes brings a control character out, and printable ASCII stays as it is. */
static void test_add_safe_pairs(void **state)
{
	struct buf out = {0};

	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		char in[2] = {(char)(pair >> 8), (char)(pair & 255)};

		buf_reset(&out);
		add_safe(&out, slice_of(in, 2));
		assert_true(out.len >= 2);
		for (size_t i = 0; i < out.len; i++)
			assert_true((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7f);
		for (size_t i = 0; i + 1 < out.len; i++)
			assert_false(out.data[i] == '\xc2' && (unsigned char)out.data[i + 1] < 0xa0);
	}
	buf_finish(&out);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_password_read(void **state)
{
	static const struct {
		const char *content, *password;
		int status;
	} cases[] = {
		{"secret\n", "secret", PASSWORD_OK},
		{"secret\r\n", "secret", PASSWORD_OK},
		{"secret", "secret", PASSWORD_OK},
		{"two words \nsecond line\n", "two words ", PASSWORD_OK},
		{"", "", PASSWORD_OK},
		{"0123456789abcde\n", "0123456789abcde", PASSWORD_OK},
		{"0123456789abcdef\n", NULL, PASSWORD_TOO_LONG},
	};
	char path[] = "/tmp/test_common.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char into[16] = "untouched";
		size_t len = 99;

		write_file(path, cases[i].content);
		assert_int_equal(password_read(path, into, sizeof(into), &len), cases[i].status);
		if (cases[i].status != PASSWORD_OK) {
			assert_int_equal(len, 99);
			for (size_t j = 0; j < sizeof(into); j++)
				assert_int_equal(into[j], 0);
			continue;
		}
		assert_string_equal(into, cases[i].password);
		assert_int_equal(len, strlen(cases[i].password));
	}
	unlink(path);
}

static void test_password_read_missing(void **state)
{
	char into[16];
	size_t len;

	(void)state;
	assert_int_equal(password_read("/nonexistent/file", into, sizeof(into), &len), PASSWORD_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_text),
		cmocka_unit_test(test_add_safe),
		cmocka_unit_test(test_add_safe_pairs),
		cmocka_unit_test(test_password_read),
		cmocka_unit_test(test_password_read_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
