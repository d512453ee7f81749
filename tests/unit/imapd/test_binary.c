/* SPDX-License-Identifier: ISC
 *
 * BINARY of RFC 3516: parts decoded by the server. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#define DONE "a OK FETCH completed\r\n"
#define UNKNOWN "a NO [UNKNOWN-CTE] A part is in an encoding that nobody knows\r\n"

/* The parts: base64, base64 with NUL, quoted-printable, 8bit, unknown, broken base64, a message, empty
 * base64. */
static const char parts[] = "Subject: parts\r\n"
			    "Content-Type: multipart/mixed; boundary=b\r\n"
			    "\r\n"
			    "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVs\r\nbG8=\r\n"
			    "--b\r\nContent-Transfer-Encoding: BASE64\r\n\r\nYQBi\r\n"
			    "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc =4\r\n"
			    "--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\nb\xc3\xa4r\r\n"
			    "--b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nabc\r\n"
			    "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n!SG-V*s==bG8=bG8=\r\n"
			    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: i\r\n"
			    "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n"
			    "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n"
			    "--b--\r\n";

static const struct {
	const char *item;
	const char *answer;
} items[] = {
	{"BINARY.PEEK[1]", "* 1 FETCH (UID 1 BINARY[1] {5}\r\nHello)\r\n" DONE},
	{"BINARY.SIZE[1]", "* 1 FETCH (UID 1 BINARY.SIZE[1] 5)\r\n" DONE},
	{"BINARY.PEEK[1]<1.3>", "* 1 FETCH (UID 1 BINARY[1]<1> {3}\r\nell)\r\n" DONE},
	{"BINARY.PEEK[1]<4.100>", "* 1 FETCH (UID 1 BINARY[1]<4> {1}\r\no)\r\n" DONE},
	{"BINARY.PEEK[1]<5.1>", "* 1 FETCH (UID 1 BINARY[1]<5> \"\")\r\n" DONE},
	{"BINARY.PEEK[1]<9223372036854775807.9223372036854775807>",
	 "* 1 FETCH (UID 1 BINARY[1]<9223372036854775807> \"\")\r\n" DONE},
	{"BINARY.PEEK[2]<0.1>", "* 1 FETCH (UID 1 BINARY[2]<0> {1}\r\na)\r\n" DONE},
	{"BINARY.PEEK[2]<2.1>", "* 1 FETCH (UID 1 BINARY[2]<2> {1}\r\nb)\r\n" DONE},
	{"BINARY.PEEK[3]", "* 1 FETCH (UID 1 BINARY[3] {7}\r\na=bc =4)\r\n" DONE},
	{"(BINARY.SIZE[3] UID BINARY.PEEK[4])",
	 "* 1 FETCH (UID 1 BINARY.SIZE[3] 7 BINARY[4] {4}\r\nb\xc3\xa4r)\r\n" DONE},
	{"BINARY.PEEK[4]<1.2>", "* 1 FETCH (UID 1 BINARY[4]<1> {2}\r\n\xc3\xa4)\r\n" DONE},
	{"BINARY.PEEK[5]", "* 1 FETCH (UID 1)\r\n" UNKNOWN},
	{"BINARY.SIZE[5]", "* 1 FETCH (UID 1)\r\n" UNKNOWN},
	{"(BINARY.SIZE[5] BINARY.PEEK[1])", "* 1 FETCH (UID 1 BINARY[1] {5}\r\nHello)\r\n" UNKNOWN},
	{"BINARY.PEEK[6]", "* 1 FETCH (UID 1 BINARY[6] {5}\r\nHello)\r\n" DONE},
	{"BINARY.SIZE[7]", "* 1 FETCH (UID 1 BINARY.SIZE[7] 57)\r\n" DONE},
	{"BINARY.PEEK[7]<0.10>", "* 1 FETCH (UID 1 BINARY[7]<0> {10}\r\nSubject: i)\r\n" DONE},
	{"BINARY.PEEK[7.1]", "* 1 FETCH (UID 1 BINARY[7.1] {5}\r\nHello)\r\n" DONE},
	{"(BINARY.PEEK[8] BINARY.SIZE[8])", "* 1 FETCH (UID 1 BINARY[8] \"\" BINARY.SIZE[8] 0)\r\n" DONE},
	{"(BINARY.PEEK[9] BINARY.SIZE[9])", "* 1 FETCH (UID 1 BINARY[9] \"\" BINARY.SIZE[9] 0)\r\n" DONE},
	{"BINARY.PEEK[]<9.5>", "* 1 FETCH (UID 1 BINARY[]<9> {5}\r\nparts)\r\n" DONE},
	{"(BINARY.PEEK[1]<0.1> BODY.PEEK[1]<0.2> BINARY.PEEK[3]<1.1>)",
	 "* 1 FETCH (UID 1 BINARY[1]<0> {1}\r\nH BODY[1]<0> {2}\r\nSG BINARY[3]<1> {1}\r\n=)\r\n" DONE},
	{"BINARY[1]", "* 1 FETCH (UID 1 FLAGS (\\Recent \\Seen) BINARY[1] {5}\r\nHello)\r\n" DONE},
};

static void test_items(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver(&k, parts);
	kit_run(&k, "SELECT Outgoing");
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		char command[200];

		snprintf(command, sizeof(command), "FETCH 1 %s", items[i].item);
		kit_expect(&k, command, items[i].answer);
	}
	kit_close(&k);
}

/* What holds NUL is a literal8. */
static void test_nul(void **context)
{
	static const char answer[] = "* 1 FETCH (UID 1 BINARY[2] ~{3}\r\na\0b)\r\n" DONE;
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver(&k, parts);
	kit_run(&k, "SELECT Outgoing");
	assert_memory_equal(kit_run(&k, "FETCH 1 BINARY.PEEK[2]"), answer, sizeof(answer) - 1);
	kit_close(&k);
}

static void test_bad_arguments(void **context)
{
	static const char *const commands[] = {
		"FETCH 1 BINARY",         "FETCH 1 BINARY[HEADER]",      "FETCH 1 BINARY[1.MIME]",
		"FETCH 1 BINARY[1.]",     "FETCH 1 BINARY.SIZE[1]<0.5>", "FETCH 1 BINARY.SIZE",
		"FETCH 1 BINARY[1]<0.0>", "FETCH 1 BINARY[0]",
	};
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver(&k, parts);
	kit_run(&k, "SELECT Outgoing");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strncmp(kit_run(&k, commands[i]), "a BAD ", 6) != 0)
			fail_msg("%s: %s", commands[i], k.answer.data);
	kit_close(&k);
}

enum { BYTES = 1500000, LINE = 57 };

static char byte_at(size_t i)
{
	return (char)('a' + (i / 7 + i) % 26);
}

/* A message of one part, its bytes in base64. */
static char *large_message(void)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *message = malloc(BYTES / 3 * 4 + BYTES / LINE * 2 + 100);
	char *to = message;

	assert_non_null(message);
	to += sprintf(to, "Content-Transfer-Encoding: base64\r\n\r\n");
	for (size_t i = 0; i < BYTES; i += 3) {
		unsigned bits =
			(unsigned)byte_at(i) << 16 | (unsigned)byte_at(i + 1) << 8 | (unsigned)byte_at(i + 2);

		for (int shift = 18; shift >= 0; shift -= 6)
			*to++ = letters[bits >> shift & 63];
		if (i % LINE == LINE - 3)
			to += sprintf(to, "\r\n");
	}
	*to = '\0';
	return message;
}

/* Many pieces: size, content and slices agree, and the memory of a step is bounded. */
static void test_large(void **context)
{
	static const size_t offsets[] = {0, 1, 47888, 49151, 49152, 65535, 1000003, BYTES - 2};
	char *message = large_message();
	struct kit k;
	const char *answer;

	(void)context;
	kit_open(&k);
	kit_deliver(&k, message);
	free(message);
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "FETCH 1 BINARY.SIZE[1]", "* 1 FETCH (UID 1 BINARY.SIZE[1] 1500000)\r\n" DONE);
	answer = kit_run(&k, "FETCH 1 BINARY.PEEK[1]");
	assert_true(k.steps >= BYTES / (2 * RESPONSE_STEP));
	assert_true(k.response.out.cap < 4 * RESPONSE_STEP);
	answer = strchr(answer, '\n') + 1;
	for (size_t i = 0; i < BYTES; i++)
		if (answer[i] != byte_at(i))
			fail_msg("byte %zu", i);
	assert_string_equal(answer + BYTES, ")\r\n" DONE);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		size_t n = BYTES - offsets[i] < 5 ? BYTES - offsets[i] : 5;
		char command[100], want[200], text[6] = "";

		for (size_t j = 0; j < n; j++)
			text[j] = byte_at(offsets[i] + j);
		snprintf(command, sizeof(command), "FETCH 1 BINARY.PEEK[1]<%zu.5>", offsets[i]);
		snprintf(want, sizeof(want), "* 1 FETCH (UID 1 BINARY[1]<%zu> {%zu}\r\n%s)\r\n" DONE,
			 offsets[i], n, text);
		kit_expect(&k, command, want);
	}
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_bad_arguments),
		cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
