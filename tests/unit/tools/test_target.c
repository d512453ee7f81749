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
	bool tls;
} CASES[] = {
	{"mail.example.com", "mail.example.com", "993", true},
	{"mail.example.com:1993", "mail.example.com", "1993", true},
	{"192.0.2.1", "192.0.2.1", "993", true},
	{"192.0.2.1:993", "192.0.2.1", "993", true},
	{"2001:db8::1", "2001:db8::1", "993", true},
	{"[2001:db8::1]", "2001:db8::1", "993", true},
	{"[2001:db8::1]:1993", "2001:db8::1", "1993", true},
	{"imaps://mail.example.com", "mail.example.com", "993", true},
	{"imaps://mail.example.com:143", "mail.example.com", "143", true},
	{"localhost", "localhost", "143", false},
	{"LOCALHOST:1143", "LOCALHOST", "1143", false},
	{"127.0.0.1", "127.0.0.1", "143", false},
	{"127.3.2.1:1143", "127.3.2.1", "1143", false},
	{"::1", "::1", "143", false},
	{"[::1]:1143", "::1", "1143", false},
	{"localhost:993", "localhost", "993", true},
	{"imaps://localhost:1993", "localhost", "1993", true},
	{"imaps://localhost", "localhost", "993", true},
	{"imap://localhost:993", "localhost", "993", false},
	{"IMAPS://[::1]:1993", "::1", "1993", true},
	/* Never a password without TLS to another machine. */
	{"imap://mail.example.com", NULL, NULL, false},
	{"mail.example.com:143", NULL, NULL, false},
	{"", NULL, NULL, false},
	{":993", NULL, NULL, false},
	{"imaps://", NULL, NULL, false},
	{"host:", NULL, NULL, false},
	{"host:0", NULL, NULL, false},
	{"host:65536", NULL, NULL, false},
	{"host:99999999999", NULL, NULL, false},
	{"host:12x", NULL, NULL, false},
	{"host:-1", NULL, NULL, false},
	{"host:1:2", NULL, NULL, false},
	{"[::1", NULL, NULL, false},
	{"[::1]x", NULL, NULL, false},
	{"[]:1", NULL, NULL, false},
	{"a b", NULL, NULL, false},
	{"a\nb", NULL, NULL, false},
	{"user@host", NULL, NULL, false},
	{"https://host", NULL, NULL, false},
};

static void targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct target target = {0};
		const char *why = target_parse(CASES[i].text, &target);
		if ((why == NULL) != (CASES[i].host != NULL))
			fail_msg("%s: %s", CASES[i].text, why ? why : "taken");
		if (why)
			continue;
		assert_string_equal(target.host, CASES[i].host);
		assert_string_equal(target.port, CASES[i].port);
		assert_int_equal(target.tls, CASES[i].tls);
	}
}

static void long_hosts_are_refused(void **state)
{
	(void)state;
	char text[300];
	struct target target;
	memset(text, 'h', sizeof(text));
	text[255] = '\0';
	assert_null(target_parse(text, &target));
	text[255] = 'h';
	text[256] = '\0';
	assert_non_null(target_parse(text, &target));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(long_hosts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
