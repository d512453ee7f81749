/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/search_key.h"

#include "../../../store/include/quarantine.h"
#include "tester.h"

static void print_argument(const struct search_key *key, struct buf *out)
{
	static const char *const names[] = {[SEARCH_RECENT] = "recent",
					    [SEARCH_KEYWORD] = "keyword",
					    [SEARCH_BEFORE] = "before",
					    [SEARCH_ON] = "on",
					    [SEARCH_SINCE] = "since",
					    [SEARCH_SENTBEFORE] = "sentbefore",
					    [SEARCH_SENTON] = "senton",
					    [SEARCH_SENTSINCE] = "sentsince",
					    [SEARCH_LARGER] = "larger",
					    [SEARCH_SMALLER] = "smaller",
					    [SEARCH_OLDER] = "older",
					    [SEARCH_YOUNGER] = "younger",
					    [SEARCH_FROM] = "from",
					    [SEARCH_TO] = "to",
					    [SEARCH_CC] = "cc",
					    [SEARCH_BCC] = "bcc",
					    [SEARCH_SUBJECT] = "subject",
					    [SEARCH_HEADER] = "header",
					    [SEARCH_BODY] = "body",
					    [SEARCH_TEXT] = "text",
					    [SEARCH_UID] = "uid",
					    [SEARCH_SEQUENCE] = "seq",
					    [SEARCH_SAVEDBEFORE] = "savedbefore",
					    [SEARCH_SAVEDON] = "savedon",
					    [SEARCH_SAVEDSINCE] = "savedsince",
					    [SEARCH_EMAILID] = "emailid",
					    [SEARCH_THREADID] = "threadid"};

	buf_add_str(out, names[key->op]);
	if (key->op == SEARCH_UID || key->op == SEARCH_SEQUENCE) {
		buf_add_char(out, ' ');
		seqset_print(key->set.ranges, key->set.count, out);
	}
	if (key->name.data)
		buf_addf(out, " %.*s", (int)key->name.len, key->name.data);
	if (key->text.data)
		buf_addf(out, " '%.*s'", (int)key->text.len, key->text.data);
	if (key->number > 0)
		buf_addf(out, " %llu", (unsigned long long)key->number);
	if (key->day != 0)
		buf_addf(out, " day %d", key->day);
}

/* As nested lists: "&(a |(b c) !d)". */
static void print_key(const struct search_key *key, struct buf *out)
{
	if (key->op == SEARCH_FLAGS) {
		buf_addf(out, "f%llu", (unsigned long long)key->flags);
		return;
	}
	if (key->op != SEARCH_AND && key->op != SEARCH_OR && key->op != SEARCH_NOT) {
		print_argument(key, out);
		return;
	}
	buf_add_char(out, key->op == SEARCH_AND ? '&' : key->op == SEARCH_OR ? '|' : '!');
	buf_add_char(out, '(');
	for (size_t i = 0; i < key->count; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		print_key(key->children[i], out);
	}
	buf_add_char(out, ')');
}

static const struct {
	struct slice in;
	const char *want; /* NULL: refused */
} cases[] = {
	{SLICE("ALL\r\n"), "&()"},
	{SLICE("(ALL)\r\n"), "&()"},
	{SLICE("seen\r\n"), "f1"},
	{SLICE("UNSEEN UnDeleted\r\n"), "&(!(f1) !(f8))"},
	{SLICE("ANSWERED FLAGGED DRAFT DELETED\r\n"), "&(f2 f4 f16 f8)"},
	{SLICE("UNANSWERED UNFLAGGED UNDRAFT\r\n"), "&(!(f2) !(f4) !(f16))"},
	{SLICE("NEW\r\n"), "&(recent !(f1))"},
	{SLICE("OR NEW OLD\r\n"), "|(&(recent !(f1)) !(recent))"},
	{SLICE("KEYWORD $Junk UNKEYWORD Foo\r\n"), "&(keyword '$Junk' !(keyword 'Foo'))"},
	{SLICE("1:3,*\r\n"), "seq 1:3,*"},
	{SLICE("*:*\n"), "seq *"},
	{SLICE("1:* UID 5 UNSEEN\r\n"), "&(seq 1:* uid 5 !(f1))"},
	{SLICE("NOT 3\r\n"), "!(seq 3)"},
	{SLICE("BEFORE 1-Feb-1970 ON \"2-Jan-1970\" SINCE 3-Jan-1970\r\n"),
	 "&(before day 31 on day 1 since day 2)"},
	{SLICE("SENTBEFORE 2-Jan-1970 SENTON 2-Jan-1970 SENTSINCE 2-Jan-1970\r\n"),
	 "&(sentbefore day 1 senton day 1 sentsince day 1)"},
	{SLICE("SAVEDBEFORE 2-Jan-1970 savedon 2-Jan-1970 SAVEDSINCE 2-Jan-1970 SAVEDATESUPPORTED\r\n"),
	 "&(savedbefore day 1 savedon day 1 savedsince day 1)"},
	{SLICE("EMAILID M1 threadid T_9-z\r\n"), "&(emailid 'M1' threadid 'T_9-z')"},
	{SLICE("LARGER 9 SMALLER 4294967296 OLDER 60 YOUNGER 70\r\n"),
	 "&(larger 9 smaller 4294967296 older 60 younger 70)"},
	{SLICE("FROM a TO \"B b\" CC {1}\r\nc BCC d SUBJECT e BODY f TEXT g\r\n"),
	 "&(from 'a' to 'b b' cc 'c' bcc 'd' subject 'e' body 'f' text 'g')"},
	{SLICE("HEADER Message-ID <X@y>\r\n"), "header Message-ID '<x@y>'"},
	{SLICE("HEADER X \"\"\r\n"), "header X ''"},
	{SLICE("CHARSET UTF-8 SUBJECT \"\xc3\x84\"\r\n"), "subject 'a\xcc\x88'"},
	{SLICE("CHARSET iso-8859-1 SUBJECT \"\xc4\"\r\n"), "subject 'a\xcc\x88'"},
	{SLICE("charset \"US-ASCII\" UNSEEN\r\n"), "!(f1)"},
	{SLICE("SUBJECT \"\xc3\x84\"\r\n"), "subject 'a\xcc\x88'"},
	/* trees are as flat as can be */
	{SLICE("NOT NOT SEEN\r\n"), "f1"},
	{SLICE("NOT NOT NOT SEEN\r\n"), "!(f1)"},
	{SLICE("NOT UNSEEN\r\n"), "f1"},
	{SLICE("((((SEEN))))\r\n"), "f1"},
	{SLICE("(SEEN (DRAFT (DELETED)))\r\n"), "&(f16 f8 f1)"},
	{SLICE("OR SEEN OR DRAFT DELETED\r\n"), "|(f16 f8 f1)"},
	{SLICE("OR OR SEEN DRAFT DELETED\r\n"), "|(f1 f16 f8)"},
	{SLICE("OR (SEEN) (OR (DRAFT) (DELETED))\r\n"), "|(f16 f8 f1)"},
	{SLICE("(OR SEEN DRAFT)\r\n"), "|(f1 f16)"},
	{SLICE("OR (SEEN DRAFT) DELETED 1\r\n"), "&(|(&(f1 f16) f8) seq 1)"},
	{SLICE("OR ALL SEEN\r\n"), "|(&() f1)"},
	{SLICE("NOT (SEEN DRAFT)\r\n"), "!(&(f1 f16))"},
	{SLICE("NOT OR SEEN DRAFT DELETED\r\n"), "&(!(|(f1 f16)) f8)"},
	{SLICE("OR NOT SEEN NOT DRAFT\r\n"), "|(!(f1) !(f16))"},
	/* refused */
	{SLICE("\r\n"), NULL},
	{SLICE("FOO\r\n"), NULL},
	{SLICE("SEEN"), NULL},
	{SLICE("()\r\n"), NULL},
	{SLICE("(SEEN\r\n"), NULL},
	{SLICE("SEEN)\r\n"), NULL},
	{SLICE("(SEEN))\r\n"), NULL},
	{SLICE("OR SEEN\r\n"), NULL},
	{SLICE("(OR SEEN)\r\n"), NULL},
	{SLICE("(OR SEEN) DRAFT\r\n"), NULL},
	{SLICE("NOT\r\n"), NULL},
	{SLICE("(NOT)\r\n"), NULL},
	{SLICE("NOT(SEEN)\r\n"), NULL},
	{SLICE("SEEN,DRAFT\r\n"), NULL},
	{SLICE("1,\r\n"), NULL},
	{SLICE("UID\r\n"), NULL},
	{SLICE("UID x\r\n"), NULL},
	{SLICE("FROM\r\n"), NULL},
	{SLICE("FROM (a)\r\n"), NULL},
	{SLICE("HEADER X\r\n"), NULL},
	{SLICE("BEFORE 30-Feb-2020\r\n"), NULL},
	{SLICE("LARGER -1\r\n"), NULL},
	{SLICE("OLDER 0\r\n"), NULL},
	{SLICE("LARGER 9223372036854775808\r\n"), NULL},
	{SLICE("KEYWORD \"x\"\r\n"), NULL},
	{SLICE("EMAILID\r\n"), NULL},
	{SLICE("EMAILID \"M1\"\r\n"), NULL},
	{SLICE("EMAILID M.1\r\n"), NULL},
	{SLICE("THREADID (T1)\r\n"), NULL},
	{SLICE("SAVEDON\r\n"), NULL},
	{SLICE("CHARSET UTF-8\r\n"), NULL},
	{SLICE("SEEN CHARSET UTF-8\r\n"), NULL},
};

static void test_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct search_program program;
		struct buf out = {0};
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].in);
		bool ok = search_program_parse(p, &program) && parse_end(p);

		if (ok != (cases[i].want != NULL))
			fail_msg("case %zu: \"%s\" is %s", i, cases[i].in.data, ok ? "taken" : p->error);
		if (ok) {
			print_key(program.root, &out);
			assert_slice(buf_slice(&out), slice_str(cases[i].want));
		}
		assert_false(program.bad_charset || program.limited);
		buf_finish(&out);
		tester_end(&t);
	}
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t len = 0; len < cases[i].in.len; len++) {
			struct search_program program;
			struct tester t;
			struct parser *p = tester_start(&t, slice_of(cases[i].in.data, len));

			search_program_parse(p, &program);
			assert_true(p->at <= len);
			tester_end(&t);
		}
	}
}

static void test_charset(void **state)
{
	struct search_program program;
	struct tester t;

	(void)state;
	assert_false(search_program_parse(tester_start(&t, SLICE("CHARSET X-NONE SUBJECT a\r\n")), &program));
	assert_true(program.bad_charset);
	tester_end(&t);
}

enum result { TAKEN, REFUSED, LIMITED };

/* count times `before`, then `key`, then count times `after`; the root in *key_out when asked for */
static enum result result_of(const char *before, int count, const char *key, const char *after,
			     size_t *children)
{
	struct search_program program;
	struct buf text = {0};
	struct tester t;
	bool ok;

	for (int i = 0; i < count; i++)
		buf_add_str(&text, before);
	buf_add_str(&text, key);
	for (int i = 0; i < count; i++)
		buf_add_str(&text, after);
	buf_add_str(&text, "\r\n");
	ok = search_program_parse(tester_start(&t, buf_slice(&text)), &program);
	if (ok)
		*children = program.root->count;
	tester_end(&t);
	buf_finish(&text);
	return ok ? TAKEN : program.limited ? LIMITED : REFUSED;
}

static void test_long_chains(void **state)
{
	size_t n = 0;

	(void)state;
	assert_int_equal(result_of("OR FROM a ", 499, "SEEN", "", &n), TAKEN);
	assert_int_equal(n, 500);
	assert_int_equal(result_of("OR ", 499, "SEEN", " FROM a", &n), TAKEN);
	assert_int_equal(n, 500);
	assert_int_equal(result_of("OR (FROM a) (", 499, "SEEN", ")", &n), TAKEN);
	assert_int_equal(n, 500);
	assert_int_equal(result_of("OR (FROM a) (", SEARCH_KEYS_MAX - 1, "SEEN", ")", &n), TAKEN);
	assert_int_equal(n, SEARCH_KEYS_MAX);
	assert_int_equal(result_of("FROM a (", 499, "SEEN", ")", &n), TAKEN);
	assert_int_equal(n, 500);
}

static void test_identifiers_have_a_length(void **state)
{
	(void)state;
	for (size_t n = SEARCH_OBJECT_MAX - 1; n <= SEARCH_OBJECT_MAX + 1; n++) {
		struct buf key = {0};
		size_t children;

		buf_add_str(&key, "EMAILID ");
		for (size_t i = 0; i < n; i++)
			buf_add_char(&key, 'x');
		buf_add_char(&key, '\0');
		assert_int_equal(result_of("", 0, key.data, "", &children),
				 n <= SEARCH_OBJECT_MAX ? TAKEN : REFUSED);
		buf_finish(&key);
	}
}

static void test_limits(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(result_of("SEEN ", SEARCH_KEYS_MAX - 1, "SEEN", "", &n), TAKEN);
	assert_int_equal(result_of("SEEN ", SEARCH_KEYS_MAX, "SEEN", "", &n), LIMITED);
	/* each turn is two levels: an AND, a NOT; the key itself is the last */
	assert_int_equal(result_of("NOT (DRAFT ", SEARCH_DEPTH_MAX / 2 - 1, "SEEN", ")", &n), TAKEN);
	assert_int_equal(result_of("NOT (DRAFT ", SEARCH_DEPTH_MAX / 2, "SEEN", ")", &n), LIMITED);
	assert_int_equal(result_of("(", 2000, "SEEN", ")", &n), TAKEN);
	assert_int_equal(result_of("(", 100000, "SEEN", ")", &n), LIMITED);
	assert_int_equal(result_of("NOT ", 100000, "SEEN", "", &n), LIMITED);
	assert_int_equal(result_of("(", 100, "SEEN", "", &n), REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_charset),  cmocka_unit_test(test_long_chains),
		cmocka_unit_test(test_limits),   cmocka_unit_test(test_identifiers_have_a_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
