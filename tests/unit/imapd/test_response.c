/* SPDX-License-Identifier: ISC */
#include "../../../imapd/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../imapd/proto/parse.h"
#include "../../../store/include/quarantine.h"

/* The answer so far, which is then forgotten. */
static void expect(struct response *r, struct slice want)
{
	if (!slice_eq(buf_slice(&r->out), want))
		fail_msg("got \"%.*s\", want \"%.*s\"", (int)r->out.len, r->out.data, (int)want.len,
			 want.data);
	buf_reset(&r->out);
}

static void test_lines(void **state)
{
	struct response r = {.code = ""};

	(void)state;
	response_untagged(&r, "%d EXISTS", 7);
	expect(&r, SLICE("* 7 EXISTS\r\n"));
	response_notice(&r, "BYE", NULL, "Logging out");
	expect(&r, SLICE("* BYE Logging out\r\n"));
	response_notice(&r, "OK", "UIDNEXT 5", "Next");
	expect(&r, SLICE("* OK [UIDNEXT 5] Next\r\n"));
	response_notice(&r, "OK", "", "Still here");
	expect(&r, SLICE("* OK Still here\r\n"));
	response_continue(&r, "");
	expect(&r, SLICE("+ \r\n"));
	response_continue(&r, "idling");
	expect(&r, SLICE("+ idling\r\n"));
	response_finish(&r);
}

static void test_tagged(void **state)
{
	struct response r = {.code = ""};

	(void)state;
	response_tagged(&r, SLICE("a.1"), "FETCH");
	expect(&r, SLICE("a.1 OK FETCH completed\r\n"));
	assert_false(response_no(&r, "TRYCREATE", "No such mailbox"));
	response_tagged(&r, SLICE("a"), "COPY");
	expect(&r, SLICE("a NO [TRYCREATE] No such mailbox\r\n"));
	assert_false(response_bad(&r, "Too long"));
	response_tagged(&r, SLICE(""), "");
	expect(&r, SLICE("* BAD Too long\r\n"));
	assert_false(response_no(&r, NULL, NULL));
	response_tagged(&r, SLICE("a"), "STORE");
	expect(&r, SLICE("a NO STORE failed\r\n"));
	response_reset(&r);
	response_tagged(&r, SLICE("a"), "NOOP");
	expect(&r, SLICE("a OK NOOP completed\r\n"));
	response_finish(&r);
}

static void test_strings(void **state)
{
	static const struct {
		struct slice text, string, astring;
	} cases[] = {
		{SLICE(""), SLICE("\"\""), SLICE("\"\"")},
		{SLICE("abc"), SLICE("\"abc\""), SLICE("abc")},
		{SLICE("a]b"), SLICE("\"a]b\""), SLICE("a]b")},
		{SLICE("nil"), SLICE("\"nil\""), SLICE("\"nil\"")},
		{SLICE("a b"), SLICE("\"a b\""), SLICE("\"a b\"")},
		{SLICE("a\"\\b"), SLICE("\"a\\\"\\\\b\""), SLICE("\"a\\\"\\\\b\"")},
		{SLICE("%*(){"), SLICE("\"%*(){\""), SLICE("\"%*(){\"")},
		{SLICE("\t\x01\x7f"), SLICE("\"\t\x01\x7f\""), SLICE("\"\t\x01\x7f\"")},
		{SLICE("\xc3\xa4"), SLICE("{2}\r\n\xc3\xa4"), SLICE("{2}\r\n\xc3\xa4")},
		{SLICE("a\r\n* 1 EXPUNGE"), SLICE("{14}\r\na\r\n* 1 EXPUNGE"),
		 SLICE("{14}\r\na\r\n* 1 EXPUNGE")},
		{SLICE("\r"), SLICE("{1}\r\n\r"), SLICE("{1}\r\n\r")},
		{SLICE("\n"), SLICE("{1}\r\n\n"), SLICE("{1}\r\n\n")},
		{SLICE("a\0b"), SLICE("{3}\r\na\0b"), SLICE("{3}\r\na\0b")},
	};
	struct response r = {.code = ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		response_string(&r, cases[i].text);
		expect(&r, cases[i].string);
		response_astring(&r, cases[i].text);
		expect(&r, cases[i].astring);
	}
	response_string(&r, slice_of(NULL, 0));
	expect(&r, SLICE("\"\""));
	response_finish(&r);
}

/* Whatever the bytes, a reader of the grammar gets them back. */
static void test_strings_read_back(void **state)
{
	struct response r = {.code = ""};
	struct arena arena = {0};
	char text[3];

	(void)state;
	for (unsigned i = 1; i < 65536; i++) {
		struct parser p = {.arena = &arena};
		struct slice got;

		text[0] = (char)(i & 0xff ? i & 0xff : 1);
		text[1] = (char)(i >> 8 ? i >> 8 : 1);
		text[2] = 'x';
		response_astring(&r, slice_of(text, 3));
		p.in = buf_slice(&r.out);
		assert_true(parse_astring(&p, &got));
		assert_true(slice_eq(got, slice_of(text, 3)));
		assert_int_equal(p.at, r.out.len);
		buf_reset(&r.out);
		arena_reset(&arena);
	}
	arena_finish(&arena);
	response_finish(&r);
}

static void test_long_string_is_literal(void **state)
{
	struct response r = {.code = ""};
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t len = 1023; len <= 1025; len++) {
		response_string(&r, slice_of(text, len));
		assert_int_equal(r.out.data[0], len <= 1024 ? '"' : '{');
		assert_int_equal(r.out.len, len <= 1024 ? len + 2 : len + 8);
		buf_reset(&r.out);
		response_astring(&r, slice_of(text, len));
		assert_int_equal(r.out.data[0], len <= 1024 ? 'x' : '{');
		buf_reset(&r.out);
	}
	response_finish(&r);
}

static void test_mailbox(void **state)
{
	struct response r = {.code = ""};

	(void)state;
	response_mailbox(&r, "Outgoing");
	expect(&r, SLICE("Outgoing"));
	response_mailbox(&r, "Caught (Outgoing)");
	expect(&r, SLICE("\"Caught (Outgoing)\""));
	response_mailbox(&r, "\xc3\xa4&\r\n");
	expect(&r, SLICE("&AOQ-&-&AA0ACg-"));
	r.utf8 = true;
	response_mailbox(&r, "a&b");
	expect(&r, SLICE("a&b"));
	response_mailbox(&r, "\xc3\xa4\"");
	expect(&r, SLICE("\"\xc3\xa4\\\"\""));
	response_string(&r, SLICE("\xff"));
	expect(&r, SLICE("{1}\r\n\xff"));
	response_string(&r, SLICE("\xc3\xa4\n"));
	expect(&r, SLICE("{3}\r\n\xc3\xa4\n"));
	response_finish(&r);
}

static void test_store_errors(void **state)
{
	struct response r = {.code = ""};
	char detail[400];

	(void)state;
	memset(detail, 'd', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	for (int status = -1; status >= QUARANTINE_READ_ONLY; status--) {
		response_reset(&r);
		response_store_error(&r, status, detail);
		assert_int_equal(r.condition, RESPONSE_NO);
		assert_string_not_equal(r.code, "SERVERBUG");
		assert_non_null(r.text);
		assert_null(strstr(r.text, "ddd"));
		assert_int_equal(strlen(r.log_detail), sizeof(r.log_detail) - 1);
	}
	response_store_error(&r, QUARANTINE_NOT_FOUND, NULL);
	assert_string_equal(r.code, "NONEXISTENT");
	assert_string_equal(r.log_detail, "");
	response_store_error(&r, -1000, "odd");
	assert_string_equal(r.code, "SERVERBUG");
	response_finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_tagged),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_strings_read_back),
		cmocka_unit_test(test_long_string_is_literal),
		cmocka_unit_test(test_mailbox),
		cmocka_unit_test(test_store_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
