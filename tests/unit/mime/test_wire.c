/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "../../../store/mime/address.h"
#include "../../../store/mime/structure.h"
#include "../../../store/mime/wire.h"
#include "grammar.h"

static void test_strings(void **state)
{
	static const struct {
		struct slice text;
		size_t max;
		const char *expected;
	} cases[] = {
		{{NULL, 0}, 0, "NIL"},
		{SLICE(""), 0, "\"\""},
		{SLICE("NIL"), 0, "\"NIL\""},
		{SLICE("a \"b\" \\"), 0, "\"a \\\"b\\\" \\\\\""},
		{SLICE("a\x01\x1b\x7f"), 0, "\"a\x01\x1b\x7f\""},
		{SLICE("a\0b"), 0, "\"ab\""},
		{SLICE("\0"), 0, "\"\""},
		{SLICE("\xc3\xa9"), 0, "{2}\r\n\xc3\xa9"},
		{SLICE("\xc3\0\xa9"), 0, "{2}\r\n\xc3\xa9"},
		{SLICE("a\r\nb"), 0, "{4}\r\na\r\nb"},
		{SLICE("a\nb"), 0, "{3}\r\na\nb"},
		{SLICE("abcdef"), 3, "\"abc\""},
		{SLICE("abc\xff"), 3, "\"abc\""},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_reset(&out);
		mime_wire_nstring(cases[i].text, cases[i].max, &out);
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].expected);
	}
	buf_finish(&out);
}

static const struct {
	const char *header;
	const char *envelope;
} envelopes[] = {
	{"", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
	{"Date: \r\nSubject:\r\nIn-Reply-To: <a>\r\nMessage-ID: <b>\r\n",
	 "(\"\" \"\" NIL NIL NIL NIL NIL NIL \"<a>\" \"<b>\")"},
	{"Subject: one\r\n\ttwo \"x\"\r\nsubject: later\r\n",
	 "(NIL \"one\ttwo \\\"x\\\"\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
	{"Subject: \xc3\xa9\r\n", "(NIL {2}\r\n\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)"},
	{"Subject: a\r* 1 EXPUNGE\r\n", "(NIL \"a * 1 EXPUNGE\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
	{"From: A <a@b>\r\nTo: c@d\r\nCc: e@f, g@h\r\nBcc: i@j\r\n",
	 "(NIL NIL ((\"A\" NIL \"a\" \"b\")) ((\"A\" NIL \"a\" \"b\")) ((\"A\" NIL \"a\" \"b\")) "
	 "((NIL NIL \"c\" \"d\")) ((NIL NIL \"e\" \"f\")(NIL NIL \"g\" \"h\")) ((NIL NIL \"i\" \"j\")) NIL "
	 "NIL)"},
	{"From: a@b\r\nSender: c@d\r\nReply-To: \r\n",
	 "(NIL NIL ((NIL NIL \"a\" \"b\")) ((NIL NIL \"c\" \"d\")) ((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL "
	 "NIL)"},
	{"To: g: <@r:a@b>;\r\n", "(NIL NIL NIL NIL NIL ((NIL NIL \"g\" NIL)(NIL \"@r\" \"a\" \"b\")(NIL NIL "
				 "NIL NIL)) NIL NIL NIL NIL)"},
	{"To: :;\r\n", "(NIL NIL NIL NIL NIL ((NIL NIL \"\" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL)"},
	{"To: lone, N <>, @h\r\n", "(NIL NIL NIL NIL NIL ((NIL NIL \"lone\" \"MISSING_DOMAIN\")(\"N\" NIL "
				   "\"MISSING_MAILBOX\" \"MISSING_DOMAIN\")"
				   "(NIL NIL \"MISSING_MAILBOX\" \"h\")) NIL NIL NIL NIL)"},
	{"To: a@b\r\nSubject: s\r\nTo: c@d\r\n",
	 "(NIL \"s\" NIL NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")) NIL NIL NIL NIL)"},
};

static void test_envelopes(void **state)
{
	struct buf out = {0};
	struct grammar g;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(envelopes); i++) {
		buf_reset(&out);
		mime_wire_envelope(slice_str(envelopes[i].header), &out);
		assert_true(grammar_envelope(&g, out.data, out.len));
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, envelopes[i].envelope);
	}
	buf_finish(&out);
}

#define PLAIN "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" "

static const struct {
	const char *message;
	const char *extended;
	const char *basic;
} structures[] = {
	{"", PLAIN "0 0 NIL NIL NIL NIL)", PLAIN "0 0)"},
	{"\nx", PLAIN "1 0 NIL NIL NIL NIL)", PLAIN "1 0)"},
	{"Content-Type: Image/PNG; name=\"a\\\"b\"\n"
	 "Content-Transfer-Encoding: BASE64\nContent-ID: <i>\nContent-Description: \xc3\xa9\nContent-MD5: m\n"
	 "Content-Disposition: attachment; filename=f\nContent-Language: en, de,\nContent-Location: "
	 "http://x/\n\nAAAA\n",
	 "(\"Image\" \"PNG\" (\"name\" \"a\\\"b\") \"<i>\" {2}\r\n\xc3\xa9 \"base64\" 5 \"m\" "
	 "(\"attachment\" (\"filename\" \"f\")) (\"en\" \"de\") \"http://x/\")",
	 "(\"Image\" \"PNG\" (\"name\" \"a\\\"b\") \"<i>\" {2}\r\n\xc3\xa9 \"base64\" 5)"},
	{"Content-Type: text/html; charset=\"utf-8\"\nContent-Transfer-Encoding: x-odd\nContent-Disposition: "
	 "inline\n\n",
	 "(\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"x-odd\" 0 0 NIL (\"inline\" NIL) NIL NIL)",
	 "(\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"x-odd\" 0 0)"},
	{"Content-Type: multipart/mixed; boundary=b\n\nx\n",
	 "(" PLAIN "0 0 NIL NIL NIL NIL) \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)",
	 "(" PLAIN "0 0) \"mixed\")"},
	{"Content-Type: multipart/alternative; boundary=b\nContent-Language: "
	 "en\n\n--b\n\nx\n--b\n\ny\n--b--\n",
	 "(" PLAIN "1 0 NIL NIL NIL NIL)" PLAIN
	 "1 0 NIL NIL NIL NIL) \"alternative\" (\"boundary\" \"b\") NIL (\"en\") NIL)",
	 "(" PLAIN "1 0)" PLAIN "1 0) \"alternative\")"},
	{"Content-Type: message/rfc822\n\nSubject: s\n\nx\n",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 14 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) " PLAIN
	 "2 1 NIL NIL NIL NIL) 3 NIL NIL NIL NIL)",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 14 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) " PLAIN
	 "2 1) 3)"},
	{"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nAAAA",
	 "(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 4 NIL NIL NIL NIL)",
	 "(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 4)"},
	{"Content-Type: message/delivery-status\n\nx",
	 "(\"message\" \"delivery-status\" NIL NIL NIL \"7bit\" 1 NIL NIL NIL NIL)",
	 "(\"message\" \"delivery-status\" NIL NIL NIL \"7bit\" 1)"},
};

static void test_structures(void **state)
{
	struct buf out = {0};
	struct grammar g;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(structures); i++) {
		struct slice message = slice_str(structures[i].message);
		struct mime_structure s;
		assert_true(mime_structure_parse(message, &s));
		for (int extended = 0; extended < 2; extended++) {
			buf_reset(&out);
			mime_wire_structure(message, &s, extended, &out);
			assert_true(grammar_body(&g, out.data, out.len, extended));
			buf_add_char(&out, '\0');
			assert_string_equal(out.data,
					    extended ? structures[i].extended : structures[i].basic);
		}
		mime_structure_finish(&s);
	}
	buf_finish(&out);
}

/* The checker itself: what it must refuse. */
static void test_grammar_refuses(void **state)
{
	static const char *const bodies[] = {
		"",
		"()",
		"NIL",
		"(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0)",
		"(\"text\" \"plain\" NIL NIL NIL NIL 0 0)",
		"(\"text\" \"plain\" () NIL NIL \"7bit\" 0 0)",
		"(\"text\" \"plain\" (\"a\") NIL NIL \"7bit\" 0 0)",
		"( \"mixed\")",
		"(\"multipart\" \"mixed\" NIL NIL NIL \"7bit\" 0)",
		"(\"a\" \"b\" NIL NIL NIL \"7bit\" 00)",
		"(\"a\" \"b\" NIL NIL NIL \"7bit\" -1)",
		"(\"a\" \"b\" NIL NIL NIL \"7bit\" 0) ",
		"(\"a\" \"b\" NIL \"x\ny\" NIL \"7bit\" 0)",
		"(\"a\" \"b\" NIL \"\\x\" NIL \"7bit\" 0)",
		"(\"a\" \"b\" NIL {3}\r\nxy NIL \"7bit\" 0)",
		"(\"a\" \"b\" NIL \"\xc3\" NIL \"7bit\" 0)",
		"(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 0)",
	};
	static const char *const envelopes_refused[] = {
		"(NIL NIL () NIL NIL NIL NIL NIL NIL NIL)",
		"(NIL NIL ((NIL NIL NIL \"h\")) NIL NIL NIL NIL NIL NIL NIL)",
		"(NIL NIL ((NIL NIL \"g\" NIL)) NIL NIL NIL NIL NIL NIL NIL)",
		"(NIL NIL ((NIL NIL NIL NIL)) NIL NIL NIL NIL NIL NIL NIL)",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL)",
	};
	struct grammar g;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		assert_false(grammar_body(&g, bodies[i], strlen(bodies[i]), false));
	for (size_t i = 0; i < ARRAY_SIZE(envelopes_refused); i++)
		assert_false(grammar_envelope(&g, envelopes_refused[i], strlen(envelopes_refused[i])));
}

static void repeat(const char *text, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		buf_add_str(out, text);
}

/* Many fields, one large field, many addresses: V-33 and V-34 of the faults that others had. */
static void test_large_headers(void **state)
{
	struct buf header = {0};
	struct buf out = {0};
	struct grammar g;
	clock_t start = clock();

	(void)state;
	repeat("To: a@b\n", 500000, &header);
	mime_wire_envelope(buf_slice(&header), &out);
	assert_true(grammar_envelope(&g, out.data, out.len));
	assert_int_equal(g.addresses, MIME_ADDRESSES_MAX);

	buf_reset(&header);
	buf_reset(&out);
	buf_add_str(&header, "From: ");
	repeat("a@b,\"", 5000000, &header);
	mime_wire_envelope(buf_slice(&header), &out);
	assert_true(grammar_envelope(&g, out.data, out.len));
	assert_true(g.addresses <= MIME_ADDRESSES_MAX);

	static const char *const pieces[] = {"<@,", "<(", "\"(", "<@a:", "a<", ":;", "(\\", "<a@\"", "@"};
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		buf_reset(&header);
		buf_reset(&out);
		buf_add_str(&header, "From: ");
		repeat(pieces[i], 400000, &header);
		clock_t piece_start = clock();
		mime_wire_envelope(buf_slice(&header), &out);
		assert_true(grammar_envelope(&g, out.data, out.len));
		assert_true((double)(clock() - piece_start) / CLOCKS_PER_SEC < 2);
	}

	buf_reset(&header);
	buf_reset(&out);
	buf_add_str(&header, "Subject: ");
	repeat("xxxxxxxxxx", 5000000, &header);
	mime_wire_envelope(buf_slice(&header), &out);
	assert_true(grammar_envelope(&g, out.data, out.len));
	assert_true(out.len < MIME_WIRE_TEXT_MAX + 100);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10);
	buf_finish(&header);
	buf_finish(&out);
}

/* Many messages with long address lists: beyond the limit the structure has no details. */
static void test_details_are_bounded(void **state)
{
	struct buf message = {0};
	struct buf out = {0};
	struct mime_structure s;
	struct grammar g;

	(void)state;
	buf_add_str(&message, "Content-Type: multipart/digest; boundary=b\n\n");
	for (int i = 0; i < 4000; i++) {
		buf_add_str(&message, "--b\n\nFrom: ");
		repeat("a,", 1000, &message);
		buf_add_str(&message, "\n\nx\n");
	}
	assert_true(mime_structure_parse(buf_slice(&message), &s));
	mime_wire_structure(buf_slice(&message), &s, true, &out);
	assert_true(grammar_body(&g, out.data, out.len, true));
	assert_int_equal(g.parts, s.count);
	assert_true(out.len < MIME_WIRE_DETAIL_MAX + 4000 * 400);
	mime_structure_finish(&s);
	buf_finish(&message);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),       cmocka_unit_test(test_envelopes),
		cmocka_unit_test(test_structures),    cmocka_unit_test(test_grammar_refuses),
		cmocka_unit_test(test_large_headers), cmocka_unit_test(test_details_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
