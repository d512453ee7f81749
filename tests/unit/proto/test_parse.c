/* SPDX-License-Identifier: ISC */
#include "../../../store/include/quarantine.h"
#include "tester.h"

typedef bool text_rule(struct parser *p, struct slice *out);

/* A rule over a whole text: what it read, and what it left. */
struct text_case {
	struct slice in;
	const char *want; /* NULL: refused */
	const char *left;
};

static void check_texts(text_rule *rule, const struct text_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice got = SLICE("untouched");
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].in);
		bool ok = rule(p, &got);

		if (ok != (cases[i].want != NULL))
			fail_msg("case %zu: \"%.*s\" is %s", i, (int)cases[i].in.len, cases[i].in.data,
				 ok ? "taken" : p->error);
		if (ok) {
			assert_slice(got, slice_str(cases[i].want));
			assert_slice(slice_skip(p->in, p->at), slice_str(cases[i].left));
		} else {
			assert_non_null(p->error);
		}
		tester_end(&t);
	}
}

/* Whatever is cut off an input, the rule ends, reads no byte too far and never takes more. */
static void check_cuts(text_rule *rule, struct slice in)
{
	for (size_t len = 0; len < in.len; len++) {
		struct tester t;
		struct slice got;
		struct parser *p = tester_start(&t, slice_of(in.data, len));

		rule(p, &got);
		assert_true(p->at <= len);
		tester_end(&t);
	}
}

#define CHECK_TEXTS(rule, cases)                                  \
	do {                                                      \
		check_texts(rule, cases, ARRAY_SIZE(cases));      \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(cases); i_++) \
			check_cuts(rule, (cases)[i_].in);         \
	} while (0)

#define T16 "tttttttttttttttt"

static void test_tag(void **state)
{
	static const struct text_case cases[] = {
		{SLICE("a NOOP"), "a", " NOOP"},
		{SLICE("1.1 ID"), "1.1", " ID"},
		{SLICE("-GcR-Q x"), "-GcR-Q", " x"},
		{SLICE("WIR00001 x"), "WIR00001", " x"},
		{SLICE("a]b x"), "a]b", " x"},
		{SLICE("a+b x"), "a", "+b x"},
		{SLICE("+ x"), NULL, NULL},
		{SLICE("* x"), NULL, NULL},
		{SLICE("\"a\" x"), NULL, NULL},
		{SLICE("{1}"), NULL, NULL},
		{SLICE(" a"), NULL, NULL},
		{SLICE("\xc3\xa4 a"), NULL, NULL},
		{SLICE(""), NULL, NULL},
		{SLICE(T16 T16 T16 T16 " x"), T16 T16 T16 T16, " x"},
		{SLICE(T16 T16 T16 T16 "t x"), NULL, NULL},
	};

	(void)state;
	CHECK_TEXTS(parse_tag, cases);
}

static void test_string(void **state)
{
	static const struct text_case cases[] = {
		{SLICE("\"\""), "", ""},
		{SLICE("\"a b\" c"), "a b", " c"},
		{SLICE("\"a\\\"b\\\\\"x"), "a\"b\\", "x"},
		{SLICE("\"\\\\\\\"\""), "\\\"", ""},
		{SLICE("\"\xc3\xa4\xff\""), "\xc3\xa4\xff", ""},
		{SLICE("\"a\\b\""), NULL, NULL},
		{SLICE("\"a\rb\""), NULL, NULL},
		{SLICE("\"a\nb\""), NULL, NULL},
		{SLICE("\"a\0b\""), NULL, NULL},
		{SLICE("\"a\\\0\""), NULL, NULL},
		{SLICE("\"a"), NULL, NULL},
		{SLICE("\"a\\"), NULL, NULL},
		{SLICE("\"a\\\""), NULL, NULL},
		{SLICE("{3}\r\na\r\nx"), "a\r\n", "x"},
		{SLICE("{3+}\r\na\r\nx"), "a\r\n", "x"},
		{SLICE("{3}\nabcx"), "abc", "x"},
		{SLICE("{0}\r\n\r\n"), "", "\r\n"},
		{SLICE("{0000000000000000000001}\r\nabc"), "a", "bc"},
		{SLICE("{4}\r\nabc"), NULL, NULL},
		{SLICE("{4294967295}\r\nabc"), NULL, NULL},
		{SLICE("{9223372036854775808}\r\nabc"), NULL, NULL},
		{SLICE("{18446744073709551616}\r\nabc"), NULL, NULL},
		{SLICE("{-1}\r\nabc"), NULL, NULL},
		{SLICE("{}\r\nabc"), NULL, NULL},
		{SLICE("{1}abc"), NULL, NULL},
		{SLICE("{1-}\r\nabc"), NULL, NULL},
		{SLICE("{3}\r\na\0b"), NULL, NULL},
		{SLICE("abc"), NULL, NULL},
		{SLICE(""), NULL, NULL},
	};
	struct tester t;
	struct slice got;

	(void)state;
	CHECK_TEXTS(parse_string, cases);
	assert_true(parse_string(tester_start(&t, SLICE("~{3}\r\na\0b")), &got));
	assert_slice(got, SLICE("a\0b"));
	tester_end(&t);
}

static void test_astring(void **state)
{
	static const struct text_case cases[] = {
		{SLICE("abc def"), "abc", " def"},
		{SLICE("a]b)"), "a]b", ")"},
		{SLICE("NIL"), "NIL", ""},
		{SLICE("+x"), "+x", ""},
		{SLICE("\"\""), "", ""},
		{SLICE("{1}\r\nab"), "a", "b"},
		{SLICE("a\\b"), "a", "\\b"},
		{SLICE("a*"), "a", "*"},
		{SLICE("\x80"), NULL, NULL},
		{SLICE("(a)"), NULL, NULL},
		{SLICE("~{1}\r\na"), "~", "{1}\r\na"},
		{SLICE(""), NULL, NULL},
	};
	static const struct text_case patterns[] = {
		{SLICE("%/%*]\r\n"), "%/%*]", "\r\n"},
		{SLICE("\"a b%\""), "a b%", ""},
		{SLICE("(a b)"), NULL, NULL},
	};

	(void)state;
	CHECK_TEXTS(parse_astring, cases);
	CHECK_TEXTS(parse_list_mailbox, patterns);
}

static void test_nstring(void **state)
{
	static const struct text_case cases[] = {
		{SLICE("nil)"), "", ")"},
		{SLICE("\"NIL\""), "NIL", ""},
		{SLICE("NILS"), NULL, NULL},
	};
	struct tester t;
	struct slice got = SLICE("x");

	(void)state;
	CHECK_TEXTS(parse_nstring, cases);
	assert_true(parse_nstring(tester_start(&t, SLICE("NIL")), &got));
	assert_null(got.data);
	tester_end(&t);
}

static void test_mailbox(void **state)
{
	static const struct text_case cases[] = {
		{SLICE("inBOX x"), "INBOX", " x"},
		{SLICE("\"Inbox\""), "INBOX", ""},
		{SLICE("INBOXES"), "INBOXES", ""},
		{SLICE("\"Caught (Outgoing)\""), "Caught (Outgoing)", ""},
		{SLICE("&BCIENQRBBEI-"), "\xd0\xa2\xd0\xb5\xd1\x81\xd1\x82", ""},
		{SLICE("a&-b"), "a&b", ""},
		{SLICE("&2D3eAA-"), "\xf0\x9f\x98\x80", ""},
		{SLICE("\"\xc3\xa4\""), "\xc3\xa4", ""},
		/* no modified UTF-7: taken as it stands, and no such mailbox exists */
		{SLICE("a&b"), "a&b", ""},
		{SLICE("&"), "&", ""},
		{SLICE("&AAA-"), "&AAA-", ""},
		{SLICE("\"\xff\""), "\xef\xbf\xbd", ""},
		{SLICE("\"\""), "", ""},
		{SLICE("\"a\0\""), NULL, NULL},
		{SLICE(""), NULL, NULL},
	};

	(void)state;
	CHECK_TEXTS(parse_mailbox, cases);
}

/* After ENABLE: names as they stand, quoted strings in good UTF-8 only. */
static void test_utf8(void **state)
{
	static const struct {
		struct slice in, want;
		bool valid, understood;
	} cases[] = {
		{SLICE("\"\xc3\xa4\""), SLICE("\xc3\xa4"), true, true},
		{SLICE("{2}\r\n\xc3\xa4"), SLICE("\xc3\xa4"), true, true},
		{SLICE("&AOQ-"), SLICE("&AOQ-"), true, true},
		{SLICE("a&b"), SLICE("a&b"), true, true},
		{SLICE("inbox"), SLICE("INBOX"), true, true},
		{SLICE("{1}\r\n\xff"), SLICE("\xef\xbf\xbd"), false, true},
		{SLICE("\"\xff\""), SLICE(""), false, false},
		{SLICE("\"\xed\xa0\x80\""), SLICE(""), false, false},
		{SLICE("\"\xc3\""), SLICE(""), false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].in);
		struct slice got;
		bool valid = true;

		p->utf8 = true;
		assert_int_equal(parse_new_mailbox(p, &got, &valid), cases[i].understood);
		if (cases[i].understood) {
			assert_slice(got, cases[i].want);
			assert_int_equal(valid, cases[i].valid);
		}
		tester_end(&t);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		struct slice in;
		bool number, nz, number64;
		uint64_t want;
	} cases[] = {
		{SLICE("0"), true, false, true, 0},
		{SLICE("007"), true, true, true, 7},
		{SLICE("4294967295"), true, true, true, UINT32_MAX},
		{SLICE("4294967296"), false, false, true, 1ull << 32},
		{SLICE("9223372036854775807"), false, false, true, INT64_MAX},
		{SLICE("9223372036854775808"), false, false, false, 0},
		{SLICE("99999999999999999999999"), false, false, false, 0},
		{SLICE("-1"), false, false, false, 0},
		{SLICE(""), false, false, false, 0},
		{SLICE("x"), false, false, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tester t;
		uint32_t n = 0;
		uint64_t n64 = 0;
		struct parser *p = tester_start(&t, cases[i].in);

		assert_int_equal(parse_number(p, &n), cases[i].number);
		assert_int_equal(n, cases[i].number ? cases[i].want : 0);
		p->at = 0;
		n = 0;
		assert_int_equal(parse_nz_number(p, &n), cases[i].nz);
		assert_int_equal(n, cases[i].nz ? cases[i].want : 0);
		p->at = 0;
		assert_int_equal(parse_number64(p, &n64), cases[i].number64);
		assert_int_equal(n64, cases[i].want);
		tester_end(&t);
	}
}

static void test_words_and_end(void **state)
{
	static const struct {
		struct slice in;
		bool end;
	} ends[] = {
		{SLICE("\r\n"), true},  {SLICE("\n"), true},      {SLICE("  \r\n"), true},
		{SLICE("\r"), false},   {SLICE("\r\r\n"), false}, {SLICE(""), false},
		{SLICE(" "), false},    {SLICE("x\r\n"), false},  {SLICE("\r\nx"), false},
		{SLICE("\n\n"), false}, {SLICE("\t\r\n"), false},
	};
	struct tester t;
	struct parser *p = tester_start(&t, SLICE("CharSet  (utf-8x"));

	(void)state;
	assert_false(parse_word(p, "CHAR"));
	assert_int_equal(p->at, 0);
	assert_true(parse_word(p, "CHARSET"));
	assert_true(parse_space(p));
	assert_false(parse_space(p));
	assert_true(parse_peek(p, '('));
	assert_false(parse_char(p, ')'));
	assert_true(parse_char(p, '('));
	assert_false(parse_word(p, "UTF-8"));
	assert_true(parse_word(p, "UTF-8X"));
	assert_false(parse_peek(p, '\0'));
	assert_false(parse_char(p, '\0'));
	tester_end(&t);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		p = tester_start(&t, ends[i].in);
		assert_int_equal(parse_at_end(p), ends[i].end);
		assert_int_equal(parse_end(p), ends[i].end);
		tester_end(&t);
	}
}

static void test_flags(void **state)
{
	static const struct {
		struct slice in;
		bool ok;
		uint64_t system;
		const char *keywords;
	} cases[] = {
		{SLICE("()\r\n"), true, 0, ""},
		{SLICE("(\\Seen)\r\n"), true, QUARANTINE_SEEN, ""},
		{SLICE("\\seen \\DELETED\r\n"), true, QUARANTINE_SEEN | QUARANTINE_DELETED, ""},
		{SLICE("(\\Answered \\Flagged \\Draft $Junk NonJunk)\r\n"), true,
		 QUARANTINE_ANSWERED | QUARANTINE_FLAGGED | QUARANTINE_DRAFT, "$Junk NonJunk "},
		{SLICE("$label1 \\Seen $LABEL1\n"), true, QUARANTINE_SEEN, "$label1 "},
		{SLICE("(\\Recent)\r\n"), false, 0, ""},
		{SLICE("(\\Foo)\r\n"), false, 0, ""},
		{SLICE("(\\*)\r\n"), false, 0, ""},
		{SLICE("\r\n"), false, 0, ""},
		{SLICE("(\\Seen\r\n"), false, 0, ""},
		{SLICE("(\\Seen\\Deleted)\r\n"), false, 0, ""},
		{SLICE("(\"x\")\r\n"), false, 0, ""},
		{SLICE("((a))\r\n"), false, 0, ""},
		{SLICE("\\Seen)\r\n"), false, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parsed_flags flags = {0};
		struct buf names = {0};
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].in);

		assert_int_equal(parse_flag_list(p, &flags) && parse_end(p), cases[i].ok);
		if (cases[i].ok) {
			for (size_t k = 0; k < flags.keyword_count; k++)
				buf_addf(&names, "%.*s ", (int)flags.keywords[k].len, flags.keywords[k].data);
			assert_int_equal(flags.system, cases[i].system);
			assert_slice(buf_slice(&names), slice_str(cases[i].keywords));
		}
		buf_finish(&names);
		tester_end(&t);
	}
}

static void test_flag_limit(void **state)
{
	(void)state;
	for (int count = PARSE_FLAGS_MAX - 1; count <= PARSE_FLAGS_MAX + 1; count++) {
		struct parsed_flags flags;
		struct buf text = {0};
		struct tester t;

		buf_add_str(&text, "(k");
		for (int i = 1; i < count; i++)
			buf_addf(&text, " k%d", i);
		buf_add_char(&text, ')');
		assert_int_equal(parse_flag_list(tester_start(&t, buf_slice(&text)), &flags),
				 count <= PARSE_FLAGS_MAX);
		tester_end(&t);
		buf_finish(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tag),     cmocka_unit_test(test_string),
		cmocka_unit_test(test_astring), cmocka_unit_test(test_nstring),
		cmocka_unit_test(test_mailbox), cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_words_and_end),
		cmocka_unit_test(test_flags),   cmocka_unit_test(test_flag_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
