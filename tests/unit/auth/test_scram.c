/* SPDX-License-Identifier: ISC
 *
 * SCRAM-SHA-256: the example of RFC 7677, and messages that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "../../../auth/scram.h"

#define CLIENT_FIRST "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
#define SERVER_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define NONCE "rOprNGfwEbeRWgbNEkqO" SERVER_NONCE

static bool begin(struct scram *s, const char *message)
{
	*s = (struct scram){.header = ""};
	return scram_client_first(s, message, strlen(message));
}

/* The example's server has a longer nonce than ours. */
static void example(struct scram *s)
{
	size_t len;

	assert_true(begin(s, CLIENT_FIRST));
	s->keys.iterations = 4096;
	assert_int_equal(sodium_base642bin(s->keys.salt, SCRAM_SALT, "W22ZaJ0SNY7soEsUEjb6gQ==", 24, NULL,
					   &len, NULL, sodium_base64_VARIANT_ORIGINAL),
			 0);
	assert_true(scram_keys_make("pencil", 6, &s->keys));
	strcat(s->nonce, SERVER_NONCE);
	strcat(s->texts, ",r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
}

static bool end(const char *message, char out[SCRAM_MESSAGE_MAX])
{
	struct scram s;

	example(&s);
	return scram_client_final(&s, message, strlen(message), out);
}

static void the_example_of_the_rfc(void **state)
{
	char out[SCRAM_MESSAGE_MAX];

	(void)state;
	assert_true(end("c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", out));
	assert_string_equal(out, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

static void what_is_no_proof(void **state)
{
	static const char *const messages[] = {
		"c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVU=",
		"c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ",
		"c=biws,r=" NONCE ",p=AAAA",
		"c=biws,r=" NONCE ",p=",
		"c=biws,r=" NONCE,
		"c=eSws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"c=biws,r=" NONCE "x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"",
	};
	char out[SCRAM_MESSAGE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++)
		assert_false(end(messages[i], out));
}

static void first_messages(void **state)
{
	static const char *const bad[] = {
		"",
		"n",
		"n,",
		"n,,",
		"n,,n=user",
		"n,,n=,r=abc",
		"n,,n=user,r=",
		"n,,r=abc,n=user",
		"n,,m=x,n=user,r=abc",
		"n,,n=us=er,r=abc",
		"n,,n=user=2,r=abc",
		"p=tls-unique,,n=user,r=abc",
		"x,,n=user,r=abc",
		"n,a=other,n=user,r=abc",
		"n,a=user n=user,r=abc",
		"n,,n=user,r=a c",
	};
	struct scram s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (begin(&s, bad[i]))
			fail_msg("taken: %s", bad[i]);
	assert_true(begin(&s, "y,,n=a=2Cb=3Dc,r=abc,x=y"));
	assert_string_equal(s.name, "a,b=c");
	assert_string_equal(s.header, "y,,");
	assert_true(begin(&s, "n,a=a=2Cb,n=a=2Cb,r=abc"));
	assert_string_equal(s.header, "n,a=a=2Cb,");
	*s.name = '\0';
	s = (struct scram){.header = ""};
	assert_false(scram_client_first(&s, "n,,n=us\0er,r=abc", 16));
}

/* At its limit, and one above. */
static void test_lengths(void **state)
{
	char message[SCRAM_MESSAGE_MAX + 2];
	struct scram s = {.header = ""};

	(void)state;
	memset(message, 'x', sizeof(message));
	memcpy(message, "n,,n=", 5);
	memcpy(message + 5 + AUTH_NAME_MAX, ",r=abc,x=", 9);
	assert_true(scram_client_first(&s, message, SCRAM_MESSAGE_MAX - 1));
	assert_int_equal(strlen(s.name), AUTH_NAME_MAX);
	assert_false(scram_client_first(&s, message, SCRAM_MESSAGE_MAX));
	memset(message, 'x', sizeof(message));
	memcpy(message, "n,,n=", 5);
	memcpy(message + 6 + AUTH_NAME_MAX, ",r=abc,x=", 9);
	assert_false(scram_client_first(&s, message, 600));
	memset(message, 'x', sizeof(message));
	memcpy(message, "n,,n=a,r=", 9);
	assert_true(scram_client_first(&s, message, 9 + SCRAM_NONCE_MAX));
	assert_false(scram_client_first(&s, message, 10 + SCRAM_NONCE_MAX));
}

static void a_whole_conversation(void **state)
{
	struct scram s;
	char out[SCRAM_MESSAGE_MAX];

	(void)state;
	assert_true(begin(&s, "n,,n=user,r=abc"));
	s.keys.iterations = 10;
	scram_server_first(&s, "ABCDEFGHIJKLMNOPQRSTUVWX", out);
	assert_string_equal(out, "r=abcABCDEFGHIJKLMNOPQRSTUVWX,s=AAAAAAAAAAAAAAAAAAAAAA==,i=10");
	assert_string_equal(s.texts,
			    "n=user,r=abc,r=abcABCDEFGHIJKLMNOPQRSTUVWX,s=AAAAAAAAAAAAAAAAAAAAAA==,i=10");
}

static void passwords(void **state)
{
	(void)state;
	assert_true(scram_password_ok("correct horse ~!", 16));
	assert_false(scram_password_ok("tab\there", 8));
	assert_false(scram_password_ok("gr\xc3\xbc\xc3\x9f", 6));
	assert_false(scram_password_ok("\x7f", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_rfc), cmocka_unit_test(what_is_no_proof),
		cmocka_unit_test(first_messages),         cmocka_unit_test(test_lengths),
		cmocka_unit_test(a_whole_conversation),   cmocka_unit_test(passwords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
