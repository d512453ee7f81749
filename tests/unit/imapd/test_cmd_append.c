/* SPDX-License-Identifier: ISC
 *
 * APPEND through an exchange, cut at every byte, and larger than memory keeps. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../imapd/spill.h"
#include "talk.h"

struct scene {
	struct kit k;
	struct talk t;
};

static void begin(struct scene *s)
{
	kit_open(&s->k);
	talk_start(&s->t);
	s->t.services.feeds = s->k.services.feeds;
	s->t.x.state.user = strdup("global");
	s->t.store = s->k.q;
}

static void end(struct scene *s)
{
	talk_end(&s->t);
	kit_close(&s->k);
}

/* Sends `text`, `cut` bytes at a time; the answers. */
static char *answers(struct scene *s, struct slice text, size_t cut)
{
	struct talk *t = &s->t;

	buf_reset(&t->x.response.out);
	while (text.len > 0) {
		size_t n = cut < text.len ? cut : text.len;

		buf_add(&t->in, text.data, n);
		text = slice_skip(text, n);
		while ((t->next = exchange_read(&t->x, &t->in)) == EXCHANGE_STEP)
			talk_step(t);
	}
	buf_add_char(&t->x.response.out, '\0');
	return t->x.response.out.data;
}

static void test_cut_anywhere(void **state)
{
	const struct slice script =
		SLICE("a APPEND Trash (\\Seen x) {5+}\r\na\r\nb\n {2+}\r\ncd\r\n"
		      "b APPEND nosuch {10+}\r\nz LOGOUT\r\n\r\n"
		      "c APPEND Trash {1\r\nd APPEND {5+}\r\nTrash {1+}\r\nx oops {4+}\r\ny N\n\r\n"
		      "e APPEND Trash {1+}\r\n\0\r\nf NOOP\r\n");
	struct scene s;

	(void)state;
	begin(&s);
	for (size_t cut = 1; cut <= script.len; cut++) {
		char want[400];

		s.t.x.bad = 0;
		snprintf(want, sizeof(want),
			 " %u:%u] APPEND completed\r\nb NO [TRYCREATE] There is no such "
			 "mailbox\r\nc BAD Unexpected character\r\nd BAD Expected a literal\r\ne OK "
			 "[APPENDUID ",
			 (unsigned)(3 * cut - 2), (unsigned)(3 * cut - 1));
		if (!strstr(answers(&s, script, cut), want))
			fail_msg("cut at %zu: %s", cut, s.t.x.response.out.data);
		snprintf(want, sizeof(want), " %u] APPEND completed\r\nf OK NOOP completed\r\n",
			 (unsigned)(3 * cut));
		assert_non_null(strstr(s.t.x.response.out.data, want));
	}
	end(&s);
}

static void test_large(void **state)
{
	static const size_t sizes[] = {SPILL_MEMORY - 1, SPILL_MEMORY, SPILL_MEMORY + 1, 3000000};
	struct scene s;
	struct quarantine_mailbox trash;

	(void)state;
	begin(&s);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *bytes = malloc(sizes[i] + 2);
		char line[60];

		assert_non_null(bytes);
		memset(bytes, 'a' + (int)i, sizes[i]);
		memcpy(bytes + sizes[i], "\r\n", 2);
		snprintf(line, sizeof(line), "a APPEND Trash {%zu+}\r\n", sizes[i]);
		assert_string_equal(answers(&s, slice_str(line), 1000), "");
		assert_non_null(
			strstr(answers(&s, slice_of(bytes, sizes[i] + 2), 65536), "a OK [APPENDUID "));
		free(bytes);
	}
	assert_int_equal(quarantine_mailbox_find(s.k.q, "Trash", &trash), QUARANTINE_OK);
	assert_int_equal(trash.bytes, 3 * SPILL_MEMORY + 3000000);
	end(&s);
}

/* A client that leaves in the middle leaves nothing; refusals are no bad commands. */
static void test_left_and_refused(void **state)
{
	struct scene s;
	struct quarantine_mailbox trash;

	(void)state;
	begin(&s);
	for (int i = 0; i < 200; i++)
		assert_string_equal(answers(&s, SLICE("a APPEND Trash {0}\r\n"), 99),
				    "a NO An empty message is not stored\r\n");
	assert_string_equal(answers(&s, SLICE("a APPEND Trash {200000+}\r\n"), 99), "");
	assert_string_equal(answers(&s, SLICE("abc"), 99), "");
	exchange_end(&s.t.x);
	assert_int_equal(quarantine_mailbox_find(s.k.q, "Trash", &trash), QUARANTINE_OK);
	assert_int_equal(trash.messages, 0);
	end(&s);
}

static void test_too_large_to_drop(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_string_equal(answers(&s, SLICE("a APPEND Trash {67108865}\r\n"), 99),
			    "a NO [TOOBIG] The message is too large\r\n");
	assert_string_equal(answers(&s, SLICE("a APPEND Trash {67108865+}\r\n"), 99),
			    "* BYE [TOOBIG] Literal too large, or too many of them\r\n");
	assert_int_equal(s.t.next, EXCHANGE_CLOSE);
	end(&s);
}

/* literal8: NUL in a part that says so is put in base64, elsewhere it is refused; all else stays. */
static void test_literal8(void **state)
{
	static const struct slice binary =
		SLICE("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		      "X: y\r\nContent-transfer-Encoding:  binary\r\nZ: z\r\n\r\na\0\nb\r\n--b--\r\n");
	static const struct slice stray = SLICE("Content-Transfer-Encoding: 8bit\r\n\r\na\0b\r\n");
	struct scene s;
	struct buf text = {0};

	(void)state;
	begin(&s);
	buf_addf(&text, "a APPEND Trash ~{%zu+}\r\n", binary.len);
	buf_add_slice(&text, binary);
	buf_addf(&text, " (\\Seen) ~{6+}\r\nA: b\r\n\r\n");
	assert_non_null(strstr(answers(&s, buf_slice(&text), 7), "1:2] APPEND completed\r\n"));
	assert_non_null(strstr(answers(&s, SLICE("b SELECT Trash\r\n"), 99), "* 2 EXISTS\r\n"));
	assert_string_equal(
		answers(&s, SLICE("c FETCH 1:2 BODY.PEEK[]\r\n"), 99),
		"* 1 FETCH (BODY[] {116}\r\n"
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		"X: y\r\nContent-transfer-Encoding: base64\r\nZ: z\r\n\r\nYQAKYg==\r\n--b--\r\n)\r\n"
		"* 2 FETCH (BODY[] {6}\r\nA: b\r\n)\r\nc OK FETCH completed\r\n");
	buf_reset(&text);
	buf_addf(&text, "d REPLACE 1 Trash ~{%zu+}\r\n", stray.len);
	buf_add_slice(&text, stray);
	buf_add_str(&text, "\r\ne NOOP\r\n");
	assert_string_equal(answers(&s, buf_slice(&text), 9),
			    "d NO [UNKNOWN-CTE] NUL is for parts whose encoding is binary\r\n"
			    "e OK NOOP completed\r\n");
	buf_finish(&text);
	end(&s);
}

/* A header beyond ASCII is taken from all; the form that RFC 6855 had for it is for UTF8=ACCEPT. */
static void test_utf8_header(void **state)
{
	static const struct slice append = SLICE("a APPEND Trash {7+}\r\nA: \xc3\xa4\r\n\r\n");
	struct scene s;

	(void)state;
	begin(&s);
	assert_non_null(strstr(answers(&s, append, 99), "a OK [APPENDUID "));
	answers(&s, SLICE("b ENABLE UTF8=ACCEPT\r\n"), 99);
	assert_non_null(strstr(answers(&s, append, 1), "a OK [APPENDUID "));
	assert_non_null(strstr(answers(&s, SLICE("a APPEND Trash UTF8 (~{7+}\r\nA: \xc3\xa4\r\n)\r\n"), 1),
			       "a OK [APPENDUID "));
	assert_string_equal(answers(&s, SLICE("a APPEND Trash UTF8 (~{1+}\r\nA\r\n"), 1),
			    "a BAD Expected a closing parenthesis\r\n");
	end(&s);
}

/* A part larger than memory keeps, and lines of base64 as they should be. */
static void test_large_literal8(void **state)
{
	static const char head[] = "Content-Transfer-Encoding: binary\n\n";
	enum { LENGTH = 3000000, HEAD = sizeof(head) - 1 };
	char *bytes = calloc(1, LENGTH + 2);
	struct scene s;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, head, HEAD);
	memcpy(bytes + LENGTH, "\r\n", 2);
	begin(&s);
	assert_string_equal(answers(&s, SLICE("a APPEND Trash ~{3000000+}\r\n"), 99), "");
	assert_non_null(strstr(answers(&s, slice_of(bytes, LENGTH + 2), 65536), "a OK [APPENDUID "));
	answers(&s, SLICE("b SELECT Trash\r\n"), 99);
	assert_non_null(
		strstr(answers(&s, SLICE("c FETCH 1 (BINARY.SIZE[1] BODY.PEEK[]<0.116>)\r\n"), 99),
		       "BINARY.SIZE[1] 2999965 BODY[]<0> {116}\r\nContent-Transfer-Encoding: "
		       "base64\r\n\r\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		       "AAAAA\r\nA)"));
	free(bytes);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_anywhere),      cmocka_unit_test(test_large),
		cmocka_unit_test(test_left_and_refused),  cmocka_unit_test(test_literal8),
		cmocka_unit_test(test_large_literal8),    cmocka_unit_test(test_utf8_header),
		cmocka_unit_test(test_too_large_to_drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
