/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mime/check.h"
#include "check_memo.h"

enum { MEMOS = 20, RUNS = 8, MESSAGES = 30, NEEDLES = 6 };

static uint64_t seed = 20261123;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % n;
}

static const char *one_of(const char *const *list, size_t count)
{
	return list[below((unsigned)count)];
}

#define ONE_OF(list) one_of(list, ARRAY_SIZE(list))

/* What lines are made of: words, blanks, what means something to a decoder, and what is broken. */
static const char *const bits[] = {
	"offer",    " ",        "  ",
	"\t",       "Bank",     "=",
	"=3D",      "=\r\n",    "= \r\n",
	"=C3=BC",   "=C3",      "=BC",
	"=0A",      "=0D=0A",   "\xc3\xbc",
	"\xc3",     "\xbc",     "\xff",
	"\xef\xb7", "\xb2\xef", "\xe3\x80\x80",
	"\xc2\xad", "\r",       "\r\r",
	"\f",       "",         "<b>",
	"<!--",     "-->",      "<a href=\"http://x.example/",
	"\">",      "<script>", "</script>",
	"&amp;",    "&#x41",    "<",
	"Z2VsZA==", "R2Vs",     "~{",
	"+AOQ-",    "\x1b$B",   "\x1b(B",
	"click",    "here",     ".",
};

static const char *const ends[] = {"\r\n", "\n", "\r\n", "\r\n\r\n", " \r\n", "=\r\n", "\t\n"};

static const char *const types[] = {
	"text/plain",
	"text/plain; charset=utf-8",
	"text/plain; charset=UTF8",
	"text/html; charset=utf-8",
	"text/plain; charset=us-ascii",
	"text/plain; charset=iso-8859-1",
	"text/plain; charset=windows-1252",
	"text/plain; charset=windows-1258",
	"text/plain; charset=utf-7",
	"text/plain; charset=iso-2022-jp",
	"text/plain; charset=gb2312",
	"text/plain; charset=hz-gb-2312",
	"text/plain; charset=utf-16",
	"text/plain; charset=nosuch",
	"text/plain; charset=iso-8859-99",
	"text/html",
	"message/rfc822",
	"multipart/mixed; boundary=never",
	"image/png",
	"text/plain; charset=shift_jis",
	"",
};

static const char *const encodings[] = {"7bit",   "8bit", "quoted-printable", "quoted-printable",
					"base64", "x-odd"};

static const char *const fields[] = {
	"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= here",
	"Subject: plain",
	"X-A: =?iso-8859-1?q?=FC?= =?koi8-r?b?4eLj?=",
	"From: \"A\" <a@a.example>",
	"X-Raw: \xfc\xe4 here",
	"X-Long: folded\r\n\tonce\r\n more",
	": no name",
	"Odd line",
};

static void add_lines(struct buf *out, unsigned count)
{
	while (count-- > 0) {
		buf_add_str(out, below(4) == 0 ? " " : "");
		for (unsigned i = below(8); i > 0; i--)
			buf_add_str(out, below(3) > 0 ? "many words of a line " : ONE_OF(bits));
		buf_add_str(out, ONE_OF(ends));
	}
}

/* One of few texts, so that the same bytes come as parts of different kinds. */
static void add_text(struct buf *out)
{
	uint64_t kept = seed;

	seed = 1 + below(5);
	add_lines(out, 40);
	seed = kept;
}

static void add_part(struct buf *out)
{
	buf_addf(out, "Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n", ONE_OF(types),
		 ONE_OF(encodings));
	if (below(2) == 0)
		add_text(out);
	else
		add_lines(out, below(40));
}

/* A message of which others are near copies. */
static void add_template(struct buf *out)
{
	for (unsigned i = below(6); i > 0; i--)
		buf_addf(out, "%s\r\n", ONE_OF(fields));
	if (below(3) == 0) {
		add_part(out);
		return;
	}
	buf_add_str(out, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (unsigned i = below(5); i > 0; i--) {
		buf_add_str(out, "\r\n--b\r\n");
		add_part(out);
	}
	buf_add_str(out, below(2) ? "\r\n--b--\r\n" : "");
}

/* The template with some bytes changed, taken out or put in; some end early, at one of two places. */
static void add_near_copy(struct buf *out, struct slice template)
{
	size_t at = 0;

	if (below(4) == 0)
		template.len = template.len / 3 * (1 + below(2));
	for (unsigned changes = below(3); changes > 0 && at < template.len; changes--) {
		size_t next = at + below((unsigned)(template.len - at) + 1);

		buf_add(out, template.data + at, next - at);
		buf_add_str(out, ONE_OF(bits));
		at = next + below(5);
	}
	buf_add_slice(out, slice_skip(template, at));
}

/* A stretch of the text, sometimes with a byte that is not there. */
static void make_needle(struct slice text, struct buf *needle)
{
	size_t at = below((unsigned)text.len + 1);
	size_t len = 1 + below(below(8) == 0 ? 900 : 30);

	text = slice_skip(text, at);
	buf_add(needle, text.data, text.len < len ? text.len : len);
	for (size_t i = 0; i < needle->len; i++)
		if (needle->data[i] == '\n')
			needle->data[i] = ' ';
	if (needle->len == 0 || below(4) == 0)
		buf_add_char(needle, (char)('a' + below(26)));
}

/* Needles live as long as the memo. */
struct needles {
	struct buf list[RUNS * MESSAGES * NEEDLES];
	size_t count;
};

static void search_message(struct search_memo *m, struct slice message, struct needles *needles,
			   size_t *answers)
{
	bool headers = below(2) == 0;
	struct buf text = {0};

	assert_ptr_equal(check_message(message), NULL);
	assert_true(plain_text(message, headers, &text));
	for (size_t i = 0; i < NEEDLES; i++) {
		bool again = needles->count > 0 && below(2) == 0;
		struct buf *needle = &needles->list[again ? below((unsigned)needles->count) : needles->count];
		int held;

		if (!again) {
			make_needle(buf_slice(&text), needle);
			needles->count++;
		}
		held = check_memo(m, message, headers, buf_slice(&text), buf_slice(needle));
		if (held == -2)
			fail_msg("needle '%.*s' (headers: %d) in:\n%.*s", (int)needle->len, needle->data,
				 headers, (int)message.len, message.data);
		answers[held + 1]++;
	}
	buf_finish(&text);
}

static void search_run(struct search_memo *m, struct needles *needles, size_t *answers)
{
	struct buf template = {0}, message = {0};

	add_template(&template);
	for (unsigned i = 0; i < MESSAGES; i++) {
		buf_reset(&message);
		add_near_copy(&message, buf_slice(&template));
		search_message(m, buf_slice(&message), needles, answers);
	}
	buf_finish(&template);
	buf_finish(&message);
}

/* Thousands of hostile messages: the memo finds what the plain way finds. */
static void test_memo_is_plain(void **context)
{
	size_t answers[3] = {0}; /* not told, no, yes */
	struct needles *needles = calloc(1, sizeof(*needles));

	(void)context;
	assert_non_null(needles);
	for (unsigned i = 0; i < MEMOS; i++) {
		struct search_memo *m = search_memo_create();

		assert_non_null(m);
		for (unsigned run = 0; run < RUNS; run++)
			search_run(m, needles, answers);
		search_memo_destroy(m);
		while (needles->count > 0)
			buf_finish(&needles->list[--needles->count]);
	}
	free(needles);
	print_message("%zu not told, %zu no, %zu yes\n", answers[0], answers[1], answers[2]);
	assert_true(answers[0] * 20 < answers[1] + answers[2] && answers[1] > 5000 && answers[2] > 5000);
}

/* More than a memo may keep: it forgets, and finds what it found before. */
static void test_memo_is_bounded(void **context)
{
	struct search_memo *m = search_memo_create();
	struct slice needle = SLICE("number 77 "), other = SLICE("number 1077 ");
	struct buf message = {0}, text = {0};

	(void)context;
	assert_non_null(m);
	for (unsigned i = 0; i < 2 * 400; i++) {
		buf_reset(&message);
		buf_reset(&text);
		buf_add_str(&message, "Subject: x\r\n\r\n");
		while (message.len < 60 * 1024)
			buf_addf(&message, "number %u of %zu\r\n", i / 2, message.len);
		assert_true(plain_text(buf_slice(&message), false, &text));
		assert_int_equal(check_memo(m, buf_slice(&message), false, buf_slice(&text), needle),
				 i / 2 == 77);
		assert_int_equal(check_memo(m, buf_slice(&message), false, buf_slice(&text), other), 0);
	}
	search_memo_destroy(m);
	buf_finish(&message);
	buf_finish(&text);
}

static void test_memos_are_few(void **context)
{
	struct search_memo *all[SEARCH_MEMOS_MAX];

	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_non_null(all[i] = search_memo_create());
	assert_null(search_memo_create());
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		search_memo_destroy(all[i]);
	search_memo_destroy(NULL);
	all[0] = search_memo_create();
	assert_non_null(all[0]);
	search_memo_destroy(all[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memo_is_plain),
		cmocka_unit_test(test_memo_is_bounded),
		cmocka_unit_test(test_memos_are_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
