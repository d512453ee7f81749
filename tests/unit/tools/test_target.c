/* SPDX-License-Identifier: ISC */
#include "../../../tools/retrieve/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	const char *host, *port; /* host NULL: refused */
	enum channel_security security;
} CASES[] = {
	{"mail.example.com", "mail.example.com", "993", CHANNEL_TLS},
	{"mail.example.com:1993", "mail.example.com", "1993", CHANNEL_TLS},
	{"192.0.2.1", "192.0.2.1", "993", CHANNEL_TLS},
	{"192.0.2.1:993", "192.0.2.1", "993", CHANNEL_TLS},
	{"2001:db8::1", "2001:db8::1", "993", CHANNEL_TLS},
	{"[2001:db8::1]", "2001:db8::1", "993", CHANNEL_TLS},
	{"[2001:db8::1]:1993", "2001:db8::1", "1993", CHANNEL_TLS},
	{"imaps://mail.example.com", "mail.example.com", "993", CHANNEL_TLS},
	{"imaps://mail.example.com:143", "mail.example.com", "143", CHANNEL_TLS},
	{"localhost", "localhost", "143", CHANNEL_PLAIN},
	{"LOCALHOST:1143", "LOCALHOST", "1143", CHANNEL_PLAIN},
	{"127.0.0.1", "127.0.0.1", "143", CHANNEL_PLAIN},
	{"127.3.2.1:1143", "127.3.2.1", "1143", CHANNEL_PLAIN},
	{"::1", "::1", "143", CHANNEL_PLAIN},
	{"[::1]:1143", "::1", "1143", CHANNEL_PLAIN},
	{"localhost:993", "localhost", "993", CHANNEL_TLS},
	{"imaps://localhost:1993", "localhost", "1993", CHANNEL_TLS},
	{"imaps://localhost", "localhost", "993", CHANNEL_TLS},
	{"imap://localhost:993", "localhost", "993", CHANNEL_PLAIN},
	{"IMAPS://[::1]:1993", "::1", "1993", CHANNEL_TLS},
	/* Never a password without TLS to another machine. */
	{"imap://mail.example.com", "mail.example.com", "143", CHANNEL_STARTTLS},
	{"imap://mail.example.com:1143/", "mail.example.com", "1143", CHANNEL_STARTTLS},
	{"mail.example.com:143", "mail.example.com", "143", CHANNEL_STARTTLS},
	{"imaps://mail.example.com/", "mail.example.com", "993", CHANNEL_TLS},
	{"mail.example.com/", NULL, NULL, CHANNEL_PLAIN},
	{"imaps://mail.example.com/INBOX", NULL, NULL, CHANNEL_PLAIN},
	{"", NULL, NULL, CHANNEL_PLAIN},
	{":993", NULL, NULL, CHANNEL_PLAIN},
	{"imaps://", NULL, NULL, CHANNEL_PLAIN},
	{"host:", NULL, NULL, CHANNEL_PLAIN},
	{"host:0", NULL, NULL, CHANNEL_PLAIN},
	{"host:65536", NULL, NULL, CHANNEL_PLAIN},
	{"host:99999999999", NULL, NULL, CHANNEL_PLAIN},
	{"host:12x", NULL, NULL, CHANNEL_PLAIN},
	{"host:-1", NULL, NULL, CHANNEL_PLAIN},
	{"host:1:2", NULL, NULL, CHANNEL_PLAIN},
	{"[::1", NULL, NULL, CHANNEL_PLAIN},
	{"[::1]x", NULL, NULL, CHANNEL_PLAIN},
	{"[]:1", NULL, NULL, CHANNEL_PLAIN},
	{"a b", NULL, NULL, CHANNEL_PLAIN},
	{"a\nb", NULL, NULL, CHANNEL_PLAIN},
	{"user@host", NULL, NULL, CHANNEL_PLAIN},
	{"https://host", NULL, NULL, CHANNEL_PLAIN},
};

static void targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct target target = {0};
		const char *why = target_parse(CASES[i].text, false, &target);
		if ((why == NULL) != (CASES[i].host != NULL))
			fail_msg("%s: %s", CASES[i].text, why ? why : "taken");
		if (why)
			continue;
		assert_string_equal(target.host, CASES[i].host);
		assert_string_equal(target.port, CASES[i].port);
		assert_int_equal(target.security, CASES[i].security);
	}
}

static void starttls_on_demand(void **state)
{
	(void)state;
	struct target target;
	assert_null(target_parse("localhost", true, &target));
	assert_int_equal(target.security, CHANNEL_STARTTLS);
	assert_string_equal(target.port, "143");
	assert_null(target_parse("mail.example.com:1143", true, &target));
	assert_int_equal(target.security, CHANNEL_STARTTLS);
	assert_string_equal(target.port, "1143");
	assert_non_null(target_parse("imaps://mail.example.com", true, &target));
}

static void long_hosts_are_refused(void **state)
{
	(void)state;
	char text[300];
	struct target target;
	memset(text, 'h', sizeof(text));
	text[255] = '\0';
	assert_null(target_parse(text, false, &target));
	text[255] = 'h';
	text[256] = '\0';
	assert_non_null(target_parse(text, false, &target));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(starttls_on_demand),
		cmocka_unit_test(long_hosts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
