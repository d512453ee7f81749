/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../imapd/body.h"

#define TEXT "(\"text\" \"plain\" (\"charset\" \"a)b\") NIL NIL \"7bit\" 6 1"
#define IMAGE "(\"image\" \"png\" NIL \"<i(d>\" {3}\r\n\")( \"base64\" 10"

static const struct {
	const char *structure;
	const char *body; /* NULL: refused */
} cases[] = {
	{TEXT " NIL NIL NIL NIL)", TEXT ")"},
	{TEXT ")", TEXT ")"},
	{IMAGE " NIL (\"inline\" (\"filename\" \"x\\\"(\")) (\"de\" \"en\") NIL)", IMAGE ")"},
	{"(" TEXT " NIL)" IMAGE " NIL NIL NIL NIL) \"mixed\" (\"boundary\" \"(\") NIL NIL NIL)",
	 "(" TEXT ")" IMAGE ") \"mixed\")"},
	{"(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99 (NIL \"s)\" NIL) " TEXT
	 " NIL NIL) 7 NIL NIL NIL NIL)",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99 (NIL \"s)\" NIL) " TEXT ") 7)"},
	{"(\"message\" \"partial\" NIL NIL NIL \"7bit\" 99 NIL NIL NIL NIL)",
	 "(\"message\" \"partial\" NIL NIL NIL \"7bit\" 99)"},
	{"", NULL},
	{"(", NULL},
	{"()", NULL},
	{"(((", NULL},
	{TEXT " NIL", NULL},
	{TEXT " NIL))", NULL},
	{"(\"text\" \"plain\" NIL NIL NIL \"7bit\" 6)", NULL},
	{"(\"text\" \"plain\" NIL NIL {99999999999999999999}\r\nx", NULL},
	{"(\"text\" \"plain\" NIL NIL {9}\r\nx", NULL},
	{"(\"text\" \"pl", NULL},
};

static void check(struct slice structure, const char *body)
{
	struct buf out = {0};

	buf_add_str(&out, "before ");
	assert_int_equal(body_from_structure(structure, &out), body != NULL);
	buf_add_char(&out, '\0');
	assert_memory_equal(out.data, "before ", 7);
	assert_string_equal(out.data + 7, body ? body : "");
	buf_finish(&out);
}

static void test_cases(void **context)
{
	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(slice_str(cases[i].structure), cases[i].body);
}

/* Whatever is cut off, nothing is said of it. */
static void test_cut(void **context)
{
	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = strlen(cases[i].structure);

		for (size_t n = 0; cases[i].body && n < len; n++)
			check(slice_of(cases[i].structure, n), NULL);
	}
}

static void test_depth(void **context)
{
	struct buf deep = {0}, out = {0};

	(void)context;
	for (unsigned i = 0; i < 100000; i++)
		buf_add_char(&deep, '(');
	assert_false(body_from_structure(buf_slice(&deep), &out));
	assert_int_equal(out.len, 0);
	buf_finish(&deep);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_depth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
