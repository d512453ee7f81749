/* SPDX-License-Identifier: ISC */
#include "../../../imapd/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error as a socket that keeps writes apart, for one test. */
static int saved, reader;

static int capture(void **state)
{
	int ends[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
		return -1;
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	reader = ends[0];
	return 0;
}

static int release(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(reader);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

/* What one write(2) brought; "" when there was none. */
static const char *logged(char *text, size_t size)
{
	ssize_t n = recv(reader, text, size - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_pairs(void **state)
{
	char text[4096];

	(void)state;
	log_event(LOG_LEVEL_INFO, 0x2a, "login", "user", "global", "peer", NULL, "ms", LOG_NUMBER(-12), NULL);
	assert_string_equal(logged(text, sizeof(text)), "<6>session=2a event=login user=global ms=-12\n");
	log_event(LOG_LEVEL_ERROR, 0, "start", "empty", "", NULL);
	assert_string_equal(logged(text, sizeof(text)), "<3>event=start empty=\"\"\n");
	log_event(LOG_LEVEL_INFO, 0, "x", "a", "b c", "d", "e=f", "g", "h\"i\\j", NULL);
	assert_string_equal(logged(text, sizeof(text)), "<6>event=x a=\"b c\" d=\"e=f\" g=\"h\\\"i\\\\j\"\n");
}

static void test_levels(void **state)
{
	char text[4096];

	(void)state;
	log_event(LOG_LEVEL_DEBUG, 1, "state", NULL);
	assert_string_equal(logged(text, sizeof(text)), "");
	log_set_level(LOG_LEVEL_DEBUG);
	log_event(LOG_LEVEL_DEBUG, 1, "state", NULL);
	assert_string_equal(logged(text, sizeof(text)), "<7>session=1 event=state\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_event(LOG_LEVEL_INFO, 1, "state", NULL);
	assert_string_equal(logged(text, sizeof(text)), "");
}

static void test_injection(void **state)
{
	char text[4096];

	(void)state;
	log_event(LOG_LEVEL_INFO, 0, "x", "user", "a\r\n<3>event=forged \x1b[2J\x7f%n\xc2\x9b", NULL);
	assert_string_equal(logged(text, sizeof(text)),
			    "<6>event=x user=\"a\\x0d\\x0a<3>event=forged \\x1b[2J\\x7f%n\\xc2\\x9b\"\n");
}

/* Any single byte, and any pair of lengths around the limit: one line, at most 1 KiB, quotes in pairs. */
static void check_line(const char *text)
{
	size_t len = strlen(text), quotes = 0;

	assert_true(len > 0 && len <= 1024);
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	for (size_t i = 0; i < len - 1; i++) {
		assert_true(text[i] >= 0x20 && text[i] < 0x7f);
		if (text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quotes++;
	}
	assert_int_equal(quotes % 2, 0);
}

static void test_every_byte_and_length(void **state)
{
	char text[4096], value[2000], second[3] = "";

	(void)state;
	for (int c = 1; c < 256; c++) {
		second[0] = (char)c;
		log_event(LOG_LEVEL_INFO, 1, "x", "v", second, NULL);
		check_line(logged(text, sizeof(text)));
	}
	for (size_t len = 900; len < 1100; len++) {
		memset(value, len % 3 == 0 ? '\n' : len % 3 == 1 ? '"' : 'v', len);
		value[len] = '\0';
		log_event(LOG_LEVEL_INFO, 1, "x", "first", value, "second", "a b", "third", "c", NULL);
		check_line(logged(text, sizeof(text)));
		log_event(LOG_LEVEL_INFO, 1, "x", "k", value + 60, "second", "a b", "third", value, NULL);
		check_line(logged(text, sizeof(text)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pairs, capture, release),
		cmocka_unit_test_setup_teardown(test_levels, capture, release),
		cmocka_unit_test_setup_teardown(test_injection, capture, release),
		cmocka_unit_test_setup_teardown(test_every_byte_and_length, capture, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
