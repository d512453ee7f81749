/* SPDX-License-Identifier: ISC */
#include "../../../imapd/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct exchange_limits limits = {
	.before_login = {.line = 64, .literal = 16, .literals = 2, .total = 128, .drain = 128},
	.after_login = {.line = 256, .literal = 64, .literals = 4, .total = 512, .drain = 512},
	.bad_before_login = 3,
	.bad_after_login = 5,
};

/* Says all of `text` to a fresh exchange, `cut` bytes at a time, and runs what may run here. The last thing
 * exchange_read() wanted. */
static enum exchange_next say(struct exchange *x, const char *text, size_t cut)
{
	struct buf in = {0};
	enum exchange_next next = EXCHANGE_WAIT;
	struct slice left = slice_str(text);

	while (left.len > 0 && (next == EXCHANGE_WAIT || next == EXCHANGE_STEP)) {
		size_t n = cut > 0 && cut < left.len ? cut : left.len;

		buf_add(&in, left.data, n);
		left = slice_skip(left, n);
		while ((next = exchange_read(x, &in)) == EXCHANGE_STEP) {
			enum command_status status;

			if (exchange_place(x) != EXCHANGE_HERE) {
				buf_finish(&in);
				return next;
			}
			status = exchange_step(x, NULL);
			assert_true(status != COMMAND_MORE);
			if (status != COMMAND_WAIT)
				exchange_end(x);
		}
	}
	buf_finish(&in);
	return next;
}

static void start(struct exchange *x, bool logged_in)
{
	static const struct imap_services services = {0};

	exchange_init(x, &limits, &services);
	if (logged_in)
		x->state.user = strdup("global");
}

static void test_conversations(void **state)
{
	static const struct {
		bool logged_in;
		const char *said, *answer;
		enum exchange_next next;
	} cases[] = {
		{false, "a NOOP\r\n", "a OK NOOP completed\r\n", EXCHANGE_WAIT},
		{false, "\r\n\r\na noop\r\n\n", "a OK NOOP completed\r\n", EXCHANGE_WAIT},
		{false, "a NOOP\r\nb NOOP\r\nc NO", "a OK NOOP completed\r\nb OK NOOP completed\r\n",
		 EXCHANGE_WAIT},
		{false, "a UID NOOP\r\n", "a BAD Unknown command\r\n", EXCHANGE_WAIT},
		{false, "a XYZZY\r\n", "a BAD Unknown command\r\n", EXCHANGE_WAIT},
		{false, "a\r\n", NULL, EXCHANGE_WAIT},
		{false, "a SELECT INBOX\r\n", "a BAD Not allowed in this state\r\n", EXCHANGE_WAIT},
		{true, "a LOGIN x y\r\n", "a BAD Not allowed in this state\r\n", EXCHANGE_WAIT},
		{true, "a SELECT INBOX\r\n", "", EXCHANGE_STEP},
		{false, "a LOGIN {3}\r\njoe {3+}\r\nabc\r\n", "+ OK\r\n", EXCHANGE_STEP},
		{false, "a X\r\nb X\r\nc X\r\nd NOOP\r\n",
		 "a BAD Unknown command\r\nb BAD Unknown command\r\nc BAD Unknown command\r\n"
		 "* BYE Too many invalid commands\r\n",
		 EXCHANGE_CLOSE},
		{false, "GET / HTTP/1.1\r\n", "", EXCHANGE_DROP},
		{false, "POST /a NOOP\r\n", "", EXCHANGE_DROP},
		{false, "a LOGIN x {17}\r\nb NOOP\r\n", NULL, EXCHANGE_WAIT},
		{false, "a LOGOUT\r\n", NULL, EXCHANGE_WAIT},
	};
	static const size_t cuts[] = {0, 1, 3};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(cuts); k++) {
			struct exchange x;
			enum exchange_next next;
			struct slice answer;

			if (cases[i].next == EXCHANGE_DROP && cuts[k] > 0)
				continue; /* told by its first packet */
			start(&x, cases[i].logged_in);
			next = say(&x, cases[i].said, cuts[k]);
			answer = buf_slice(&x.response.out);
			if (next != cases[i].next ||
			    (cases[i].answer && !slice_eq(answer, slice_str(cases[i].answer))))
				fail_msg("case %zu cut %zu: %d %.*s", i, cuts[k], next, (int)answer.len,
					 answer.data);
			exchange_finish(&x);
		}
	}
}

/* What was refused is answered by its tag, and the command after it is understood. */
static void test_refused_then_on(void **state)
{
	static const char *const refused[] = {
		"a NOOP 0123456789012345678901234567890123456789012345678901234567890123456789\r\n",
		"a LOGIN x {99999}\r\n",
		"a LOGIN x {20+}\r\nb NOOP\r\nc NOOP\r\n1234\r\n",
		"a LOGIN {1+}\r\na {1+}\r\nb {1+}\r\nc\r\n",
		"a LOGIN x {99999999999999999999}\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct exchange x;
		char *answer;

		start(&x, false);
		assert_int_equal(say(&x, refused[i], 0), EXCHANGE_WAIT);
		assert_int_equal(say(&x, "z NOOP\r\n", 1), EXCHANGE_WAIT);
		answer = buf_steal(&x.response.out);
		assert_non_null(answer);
		if (strncmp(answer, "a BAD ", 6) != 0 || !strstr(answer, "\r\nz OK NOOP completed\r\n") ||
		    strstr(answer, "b OK") || strstr(answer, "c OK"))
			fail_msg("case %zu: %s", i, answer);
		free(answer);
		exchange_finish(&x);
	}
}

/* Without the store: NO to what needs it, but a client can still leave. */
static void test_no_store(void **state)
{
	struct exchange x;

	(void)state;
	start(&x, true);
	assert_int_equal(say(&x, "a SELECT INBOX\r\n", 0), EXCHANGE_STEP);
	assert_int_equal(exchange_place(&x), EXCHANGE_STORE);
	assert_int_equal(exchange_step(&x, NULL), COMMAND_DONE);
	assert_true(slice_starts(buf_slice(&x.response.out), SLICE("a NO [UNAVAILABLE] ")));
	exchange_end(&x);
	buf_reset(&x.response.out);
	assert_int_equal(say(&x, "b NOOP\r\n", 0), EXCHANGE_WAIT);
	assert_true(slice_eq(buf_slice(&x.response.out), SLICE("b OK NOOP completed\r\n")));
	exchange_finish(&x);
}

static void test_passwords_go_to_the_auth_threads_and_are_wiped(void **state)
{
	struct buf in = {0};
	struct exchange x;

	(void)state;
	start(&x, false);
	buf_add_str(&in, "a LOGIN global sesame\r\n");
	assert_int_equal(exchange_read(&x, &in), EXCHANGE_STEP);
	assert_int_equal(exchange_place(&x), EXCHANGE_AUTH);
	assert_int_equal(in.len, 0);
	assert_null(memmem(in.data, in.cap, "sesame", 6));
	exchange_refuse(&x, "UNAVAILABLE", "Later");
	exchange_end(&x);
	assert_true(slice_eq(buf_slice(&x.response.out), SLICE("a NO [UNAVAILABLE] Later\r\n")));
	buf_finish(&in);
	exchange_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_refused_then_on),
		cmocka_unit_test(test_no_store),
		cmocka_unit_test(test_passwords_go_to_the_auth_threads_and_are_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
