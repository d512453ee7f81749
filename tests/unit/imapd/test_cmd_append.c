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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_left_and_refused),
		cmocka_unit_test(test_too_large_to_drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
