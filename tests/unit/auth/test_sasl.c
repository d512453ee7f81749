/* SPDX-License-Identifier: ISC */
#include "../../../auth/sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) (literal), sizeof(literal) - 1

struct plain_case {
	const char *message;
	size_t len;
	const char *authzid, *authcid, *password; /* authcid NULL: no PLAIN message */
};

static const struct plain_case CASES[] = {
	{BYTES("\0global\0secret"), "", "global", "secret"},
	{BYTES("boss\0global\0secret"), "boss", "global", "secret"},
	{BYTES("\0a\0b"), "", "a", "b"},
	{BYTES("\0a\0"), "", "a", ""},
	{BYTES("\0a@b.example\0 s p a c e "), "", "a@b.example", " s p a c e "},
	{BYTES("\0\xc3\xa9\0\xc3\xa9"), "", "\xc3\xa9", "\xc3\xa9"},
	{BYTES(""), NULL, NULL, NULL},
	{BYTES("\0"), NULL, NULL, NULL},
	{BYTES("\0\0"), NULL, NULL, NULL},
	{BYTES("\0\0secret"), NULL, NULL, NULL},
	{BYTES("global"), NULL, NULL, NULL},
	{BYTES("\0global"), NULL, NULL, NULL},
	{BYTES("\0global\0sec\0ret"), NULL, NULL, NULL},
	{BYTES("\0global\0secret\0"), NULL, NULL, NULL},
};

/* On the heap with the one byte of room that is promised, so that the sanitizer sees each byte beyond. */
static char *heap_copy(const char *bytes, size_t len)
{
	char *copy = malloc(len + 1);
	assert_non_null(copy);
	memcpy(copy, bytes, len);
	copy[len] = 'X';
	return copy;
}

static void parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const struct plain_case *c = &CASES[i];
		char *message = heap_copy(c->message, c->len);
		struct sasl_plain plain = {0};
		assert_int_equal(sasl_plain_parse(message, c->len, &plain), c->authcid != NULL);
		if (c->authcid) {
			assert_string_equal(plain.authzid, c->authzid);
			assert_string_equal(plain.authcid, c->authcid);
			assert_string_equal(plain.password, c->password);
			assert_int_equal(plain.password_len, strlen(c->password));
		}
		free(message);
	}
}

static void survives_any_cut(void **state)
{
	(void)state;
	static const char whole[] = "boss\0global\0secret";
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *message = heap_copy(whole, len);
		struct sasl_plain plain;
		bool complete = len >= sizeof("boss\0global");
		assert_int_equal(sasl_plain_parse(message, len, &plain), complete && len < sizeof(whole));
		free(message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(survives_any_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
