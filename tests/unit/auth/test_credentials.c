/* SPDX-License-Identifier: ISC */
#include "../../../auth/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../auth/auth.h"

#define SALT "c29tZXNhbHRzb21lc2FsdA"
#define HASH "aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"

struct case_of {
	const char *text;
	bool ok;
};

static const struct case_of NAMES[] = {
	{"global", true},
	{"a", true},
	{"user@example.com", true},
	{"with blank", true},
	{"%n%s", true},
	{"' OR 1=1--", true},
	{"%{user}", true},
	{"J\xc3\xbcrgen", true},
	{"\xe2\x82\xac", true},
	{"\xf0\x9f\x93\xac", true},
	{"", false},
	{"a\x01", false},
	{"a\nb", false},
	{"a\x7f", false},
	{"\xc2\x80", false}, /* C1 */
	{"\xc2\x9b"
	 "31m",
	 false},                     /* CSI */
	{"\xff", false},             /* no UTF-8 */
	{"\x80", false},             /* continuation alone */
	{"\xc0\xaf", false},         /* overlong */
	{"\xe0\x80\xaf", false},     /* overlong */
	{"\xf0\x80\x80\xaf", false}, /* overlong */
	{"\xed\xa0\x80", false},     /* surrogate */
	{"\xf4\x90\x80\x80", false}, /* beyond U+10FFFF */
	{"\xf5\x80\x80\x80", false},
	{"a\xc3", false}, /* cut */
	{"a\xe2\x82", false},
	{"a\xf0\x9f\x93", false},
};

static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		/* A copy without room behind it: a read past the end is seen. */
		char *name = strdup(NAMES[i].text);
		if ((credentials_name_why(name) == NULL) != NAMES[i].ok)
			fail_msg("name %zu: %s", i, NAMES[i].text);
		free(name);
	}
}

static void name_length(void **state)
{
	(void)state;
	char name[AUTH_NAME_MAX + 2];
	for (size_t len = AUTH_NAME_MAX - 1; len <= AUTH_NAME_MAX + 1; len++) {
		memset(name, 'n', len);
		name[len] = '\0';
		assert_int_equal(credentials_name_why(name) == NULL, len <= AUTH_NAME_MAX);
	}
}

static void password_length(void **state)
{
	(void)state;
	static char password[AUTH_PASSWORD_MAX + 1];
	memset(password, 'p', sizeof(password));
	static const struct {
		size_t len;
		bool ok;
	} cases[] = {{0, false}, {7, false}, {8, true}, {9, true}, {1023, true}, {1024, true}, {1025, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(credentials_password_why(password, cases[i].len) == NULL, cases[i].ok);
	password[4] = '\0';
	assert_non_null(credentials_password_why(password, 10));
}

static const struct case_of HASHES[] = {
	{"$argon2id$v=19$m=65536,t=2,p=1$" SALT "$" HASH, true},
	{"$argon2id$v=19$m=8,t=1,p=1$" SALT "$" HASH, true},
	{"$argon2id$v=19$m=262144,t=10,p=1$" SALT "$" HASH, true},
	{"$argon2id$v=19$m=262145,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=65536,t=11,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=4194304,t=3,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=4295032832,t=2,p=1$" SALT "$" HASH, false}, /* 65536 modulo 2^32 */
	{"$argon2id$v=19$m=99999999999999999999,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=7,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=65536,t=0,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=065536,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=-1,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=65536,t=2,p=2$" SALT "$" HASH, false},
	{"$argon2id$v=19$m=65536,t=2,p=1$" SALT "$" HASH "$", false},
	{"$argon2id$v=19$m=65536,t=2,p=1$" SALT "$" HASH " ", false},
	{"$argon2id$v=19$m=65536,t=2,p=1$" SALT "$" HASH "A", false},
	{"$argon2id$v=19$m=65536,t=2,p=1$" SALT "$", false},
	{"$argon2id$v=19$m=65536,t=2,p=1$$" HASH, false},
	{"$argon2id$v=19$t=2,m=65536,p=1$" SALT "$" HASH, false},
	{"$argon2id$v=16$m=65536,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2id$m=65536,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2i$v=19$m=65536,t=2,p=1$" SALT "$" HASH, false},
	{"$argon2d$v=19$m=65536,t=2,p=1$" SALT "$" HASH, false},
	{"$2b$12$abcdefghijklmnopqrstuuC9MxYAHL7Tz3cEYS0UZ3ZqHh5Y8fQW2", false},
	{"{PLAIN}secret", false},
	{"", false},
};

static void hashes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(HASHES) / sizeof(HASHES[0]); i++)
		if (credentials_hash_ok(HASHES[i].text) != HASHES[i].ok)
			fail_msg("hash %zu: %s", i, HASHES[i].text);
}

static void hash_cut_anywhere_is_refused(void **state)
{
	(void)state;
	const char *whole = HASHES[0].text;
	for (size_t len = 0; len < strlen(whole); len++) {
		char *cut = strndup(whole, len);
		assert_false(credentials_hash_ok(cut));
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(name_length),
		cmocka_unit_test(password_length),
		cmocka_unit_test(hashes),
		cmocka_unit_test(hash_cut_anywhere_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
