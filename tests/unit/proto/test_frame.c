/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/frame.h"

#include "tester.h"

static const struct frame_limits limits = {
	.line = 40, .literal = 10, .literals = 3, .total = 100, .drain = 60};

/* Runs a framer over `text`, whose bytes come `step` at a time (the first `first` at once), as a session
 * would, and writes what happens: "[bytes]" for a command, "+" for a continuation, "!why:tag;" for a
 * refused one, "#" at the fatal end. Bytes are exact allocations. */
static void run(struct slice text, const struct frame_limits *l, size_t first, size_t step, struct buf *out)
{
	struct frame f = {0};
	size_t start = 0, end = first < text.len ? first : text.len;

	for (;;) {
		char *in = malloc(end - start + 1);
		enum frame_status status;

		assert_non_null(in);
		memcpy(in, text.data + start, end - start);
		status = frame_scan(&f, l, slice_of(in, end - start));
		switch (status) {
		case FRAME_MORE:
			break;
		case FRAME_CONTINUE:
			buf_add_char(out, '+');
			break;
		case FRAME_COMPLETE:
			buf_addf(out, "[%.*s]", (int)f.length, in);
			break;
		case FRAME_REFUSED:
			buf_addf(out, "!%d:%s;", (int)f.why, f.tag);
			break;
		case FRAME_STREAM:
			buf_addf(out, "<%.*s>%d;", (int)f.length, in, (int)f.spec_number);
			break;
		case FRAME_DISCARD:
			assert_true(f.length > 0 && f.length <= end - start);
			break;
		case FRAME_FATAL:
			buf_addf(out, "#%d", (int)f.why);
			break;
		}
		free(in);
		if (status == FRAME_COMPLETE || status == FRAME_REFUSED || status == FRAME_DISCARD ||
		    status == FRAME_STREAM)
			start += f.length;
		if (status == FRAME_STREAM && f.spec_sync)
			frame_reset(&f);
		else if (status == FRAME_STREAM)
			frame_skip(&f, f.spec_number);
		if (status == FRAME_COMPLETE || status == FRAME_REFUSED)
			frame_reset(&f);
		if (status == FRAME_FATAL || (status == FRAME_MORE && end == text.len))
			break;
		if (status == FRAME_MORE || (status == FRAME_DISCARD && start == end))
			end = end + step < text.len ? end + step : text.len;
		if (status == FRAME_DISCARD && start == text.len)
			break;
	}
	buf_add_char(out, '\0');
}

#define L10 "aaaaaaaaaa"
#define L37 L10 L10 L10 "aaaaaaa"

static const struct {
	struct slice in;
	const char *want;
} cases[] = {
	{SLICE(""), ""},
	{SLICE("a NOOP"), ""},
	{SLICE("a NOOP\r\n"), "[a NOOP\r\n]"},
	{SLICE("a NOOP\nb NOOP\r\n"), "[a NOOP\n][b NOOP\r\n]"},
	/* empty lines between commands */
	{SLICE("\r\n\n\r\na NOOP\r\n\r\nb NOOP\r\n"), "[a NOOP\r\n][b NOOP\r\n]"},
	{SLICE("\r\r\n"), "[\r\r\n]"},
	{SLICE(" \r\n"), "[ \r\n]"},
	/* literals */
	{SLICE("a X {3}\r\nb\r\n\r\n"), "+[a X {3}\r\nb\r\n\r\n]"},
	{SLICE("a X {3+}\r\nb\r\n\r\n"), "[a X {3+}\r\nb\r\n\r\n]"},
	{SLICE("a X {3+}\nb\r\n\n"), "[a X {3+}\nb\r\n\n]"},
	{SLICE("a X ~{3+}\r\nabc\r\n"), "[a X ~{3+}\r\nabc\r\n]"},
	{SLICE("a X {0}\r\n\r\n"), "+[a X {0}\r\n\r\n]"},
	{SLICE("a X {0+}\r\n {0+}\r\n\r\n"), "[a X {0+}\r\n {0+}\r\n\r\n]"},
	{SLICE("a X {00000000000000000000001}\r\nb\r\n"), "+[a X {00000000000000000000001}\r\nb\r\n]"},
	{SLICE("a X {10+}\r\n0123456789\r\n"), "[a X {10+}\r\n0123456789\r\n]"},
	{SLICE("a X {1} {2}\r\nbc\r\n"), "+[a X {1} {2}\r\nbc\r\n]"},
	{SLICE("a X {1{2+}\r\nbc\r\n"), "[a X {1{2+}\r\nbc\r\n]"},
	/* not literals */
	{SLICE("a X {}\r\n"), "[a X {}\r\n]"},
	{SLICE("a X {+}\r\n"), "[a X {+}\r\n]"},
	{SLICE("a X {-1}\r\n"), "[a X {-1}\r\n]"},
	{SLICE("a X {1-}\r\n"), "[a X {1-}\r\n]"},
	{SLICE("a X {1++}\r\n"), "[a X {1++}\r\n]"},
	{SLICE("a X {1} \r\n"), "[a X {1} \r\n]"},
	{SLICE("a X {1}\r\r\n"), "[a X {1}\r\r\n]"},
	{SLICE("a X {1 }\r\n"), "[a X {1 }\r\n]"},
	/* too large: the client of {n} hears BAD instead of "+", the bytes of {n+} are dropped */
	{SLICE("a X {11}\r\nb NOOP\r\n"), "!2:a;[b NOOP\r\n]"},
	{SLICE("a X {4294967295}\r\nb NOOP\r\n"), "!2:a;[b NOOP\r\n]"},
	{SLICE("a X {18446744073709551616}\r\nb NOOP\r\n"), "!2:a;[b NOOP\r\n]"},
	{SLICE("a X {11+}\r\nb NOOP\r\nxyz\r\nc NOOP\r\n"), "!2:a;[c NOOP\r\n]"},
	{SLICE("a X {11+}\r\nb LOGOUT\r\n. {9+}\r\nc LOGOUT\n\r\nd NOOP\r\n"), "!2:a;[d NOOP\r\n]"},
	{SLICE("a X {11+}\r\nb LOGOUT\r\n. {9}\r\nd NOOP\r\n"), "!2:a;[d NOOP\r\n]"},
	{SLICE("a X {61+}\r\n"), "#2"},
	{SLICE("a X {18446744073709551616+}\r\n"), "#2"},
	/* the fourth literal */
	{SLICE("a {0+}\r\n{0+}\r\n{0+}\r\n{0}\r\nb NOOP\r\n"), "!2:a;[b NOOP\r\n]"},
	{SLICE("a {0+}\r\n{0+}\r\n{0+}\r\n{0+}\r\n\r\nb NOOP\r\n"), "!2:a;[b NOOP\r\n]"},
	/* the line: 39, 40, 41 bytes with their end */
	{SLICE(L37 "\r\n"), "[" L37 "\r\n]"},
	{SLICE(L37 "a\r\n"), "[" L37 "a\r\n]"},
	{SLICE("t " L10 L10 L10 "aaaaaaa\r\nb NOOP\r\n"), "!1:t;[b NOOP\r\n]"},
	{SLICE(L37 "aa\r\nb NOOP\r\n"), "!1:;[b NOOP\r\n]"},
	{SLICE("t " L37 L37 " {3+}\r\nx\r\n\r\nb NOOP\r\n"), "!1:t;[b NOOP\r\n]"},
	{SLICE("t " L37 "aaaa{000000000000000000000000003+}\r\nx\r\n\r\nb NOOP\r\n"), "!1:t;[b NOOP\r\n]"},
	{SLICE("t " L37 L37 L10 L10 L10 "aaaaaaaaa\r\nb NOOP\r\n"), "#1"},
	/* all of the command: 100 bytes, announced literals included */
	{SLICE(L37 "\n" L37 "\n"), "[" L37 "\n][" L37 "\n]"},
	{SLICE("t " L10 L10 L10 "{9+}\r\n012345678" L10 L10 L10 " {10+}\r\n"), ""},
	{SLICE("t " L10 L10 L10 "{9+}\r\n012345678" L10 L10 L10 " {9+}\r\n012345678\r\nb NOOP\r\n"),
	 "[t " L10 L10 L10 "{9+}\r\n012345678" L10 L10 L10 " {9+}\r\n012345678\r\n][b NOOP\r\n]"},
	{SLICE("t " L10 L10 L10 "{9+}\r\n012345678" L10 L10 L10 " {10+}\r\n0123456789abcde\r\nb NOOP\r\n"),
	 "!3:t;[b NOOP\r\n]"},
	/* NUL anywhere in a line; in a literal it is the parser's */
	{SLICE("a NO\0OP\r\nb NOOP\r\n"), "!4:a;[b NOOP\r\n]"},
	{SLICE("\0\r\nb NOOP\r\n"), "!4:;[b NOOP\r\n]"},
	{SLICE("a \"x\0\" {3}\r\nb NOOP\r\n"), "!4:a;[b NOOP\r\n]"},
	{SLICE("a \"x\0\" {3+}\r\nx\r\n\r\nb NOOP\r\n"), "!4:a;[b NOOP\r\n]"},
	{SLICE("a* NO\0OP\r\n"), "!4:;"},
};

static void test_whole_and_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t first = 0; first <= cases[i].in.len; first++) {
			struct buf out = {0};

			run(cases[i].in, &limits, first, cases[i].in.len, &out);
			assert_string_equal(out.data, cases[i].want);
			buf_finish(&out);
		}
	}
}

static void test_byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf out = {0};

		run(cases[i].in, &limits, 0, 1, &out);
		assert_string_equal(out.data, cases[i].want);
		buf_finish(&out);
	}
}

/* A thousand literals cost a refusal at the first that is too many, and no "+" from there on. */
static void test_many_literals(void **state)
{
	static const struct frame_limits wide = {
		.line = 8192, .literal = 1024, .literals = 100, .total = 1 << 20, .drain = 1 << 20};
	struct buf text = {0}, out = {0};

	(void)state;
	buf_add_str(&text, "a SEARCH");
	for (int i = 0; i < 1000; i++)
		buf_add_str(&text, " X {1+}\r\nx");
	buf_add_str(&text, "\r\nb NOOP\r\n");
	run(buf_slice(&text), &wide, text.len, 1, &out);
	assert_string_equal(out.data, "!2:a;[b NOOP\r\n]");
	buf_finish(&text);
	buf_finish(&out);
}

/* Each state of the framer is fed its own bytes without end: memory stays within the limits, and it gives
 * up, but for empty lines, which cost nothing. */
static void test_floods(void **state)
{
	static const struct {
		const char *before, *flood;
	} floods[] = {
		{"", "x"},       {"a X ", "("},      {"a X \"", "\\\""},    {"a X {", "0"},
		{"a X {1", "+"}, {"a X {1+}", "\r"}, {"a X {5+}\r\n", "y"}, {"a X {99+}\r\n", "z"},
		{"", "\0"},      {"a\r", "\r"},      {"a X {99+}", "\r"},   {"a X ", "{1+}\r\ny"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(floods); i++) {
		enum frame_status status = FRAME_MORE;
		struct frame f = {0};
		struct buf in = {0};
		size_t fed = 0;

		buf_add_str(&in, floods[i].before);
		while (status == FRAME_MORE || status == FRAME_DISCARD) {
			if (status == FRAME_DISCARD)
				buf_consume(&in, f.length);
			buf_add(&in, floods[i].flood, floods[i].flood[0] ? strlen(floods[i].flood) : 1);
			fed += 1;
			assert_true(in.len <= limits.total + 10);
			assert_true(fed < limits.total + limits.drain);
			status = frame_scan(&f, &limits, buf_slice(&in));
		}
		assert_int_equal(status, FRAME_FATAL);
		buf_finish(&in);
	}
}

static void test_empty_lines_without_end(void **state)
{
	struct frame f = {0};

	(void)state;
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(frame_scan(&f, &limits, SLICE("\r\n")), FRAME_DISCARD);
		assert_int_equal(f.length, 2);
	}
	assert_int_equal(frame_scan(&f, &limits, SLICE("a X\r\n")), FRAME_COMPLETE);
}

static void test_tag(void **state)
{
	struct frame_limits narrow = {.line = 80, .literal = 0, .literals = 0, .total = 80, .drain = 100};
	char line[100];

	(void)state;
	for (size_t len = FRAME_TAG_MAX - 1; len <= FRAME_TAG_MAX + 1; len++) {
		struct frame f = {0};

		memset(line, 'T', len);
		memcpy(line + len, " X {1}\r\n", 8);
		assert_int_equal(frame_scan(&f, &narrow, slice_of(line, len + 8)), FRAME_REFUSED);
		assert_int_equal(strlen(f.tag), len <= FRAME_TAG_MAX ? len : 0);
	}
}

static void test_line(void **state)
{
	struct frame f = {0};

	(void)state;
	assert_int_equal(frame_line(&f, 8, slice_of(NULL, 0)), FRAME_MORE);
	assert_int_equal(frame_line(&f, 8, SLICE("DO")), FRAME_MORE);
	assert_int_equal(frame_line(&f, 8, SLICE("DONE\r\nb ")), FRAME_COMPLETE);
	assert_int_equal(f.length, 6);
	frame_reset(&f);
	assert_int_equal(frame_line(&f, 8, SLICE("\r\n")), FRAME_COMPLETE);
	assert_int_equal(f.length, 2);
	frame_reset(&f);
	assert_int_equal(frame_line(&f, 8, SLICE("ab{3+}\r\n")), FRAME_COMPLETE);
	frame_reset(&f);
	assert_int_equal(frame_line(&f, 8, SLICE("abc{3+}\r\n")), FRAME_FATAL);
	frame_reset(&f);
	assert_int_equal(frame_line(&f, 8, SLICE("12345678")), FRAME_MORE);
	assert_int_equal(frame_line(&f, 8, SLICE("123456789")), FRAME_FATAL);
	assert_int_equal(f.why, FRAME_WHY_LINE);
}

static bool streams_s(struct slice begun)
{
	return slice_starts(begun, SLICE("a S "));
}

/* A command that takes its literal in pieces, and one that was answered before it came. */
static void test_stream(void **state)
{
	struct frame_limits l = limits;
	static const struct {
		struct slice in;
		const char *want;
	} streams[] = {
		{SLICE("a S {99}\r\nb X\r\n"), "<a S {99}\r\n>99;[b X\r\n]"},
		{SLICE("a S {4+}\r\nb\r\n\r\r\nc X\r\n"), "<a S {4+}\r\n>4;!5:;[c X\r\n]"},
		{SLICE("a S {2+}\nb\n {9+}\r\n123456789\nc X\r\n"), "<a S {2+}\n>2;!5:;[c X\r\n]"},
		{SLICE("a S {0+}\r\n\r\nc X\r\n"), "<a S {0+}\r\n>0;!5:;[c X\r\n]"},
		{SLICE("a T {2+}\r\nb\n\r\na S {1}\r\n"), "[a T {2+}\r\nb\n\r\n]<a S {1}\r\n>1;"},
		{SLICE("a S\r\n"), "[a S\r\n]"},
	};

	(void)state;
	l.streams = streams_s;
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
		for (size_t first = 1; first <= streams[i].in.len; first++) {
			struct buf out = {0};

			run(streams[i].in, &l, first, first % 3 + 1, &out);
			assert_string_equal(out.data, streams[i].want);
			buf_finish(&out);
		}
}

static void test_announced(void **state)
{
	uint64_t n = 77;
	bool sync = true;

	(void)state;
	assert_false(frame_announced(SLICE(" {5} x"), &n, &sync));
	assert_false(frame_announced(SLICE(""), &n, &sync));
	assert_true(n == 77 && sync);
	assert_true(frame_announced(SLICE(" (x) {12+}"), &n, &sync));
	assert_true(n == 12 && !sync);
	assert_true(frame_announced(SLICE("{3}\r\n"), &n, &sync));
	assert_true(n == 3 && sync);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_and_cut),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_many_literals),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_empty_lines_without_end),
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
