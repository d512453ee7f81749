/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../../store/mime/structure.h"

/* "type/subtype;name=value;…" */
static void print_content(const struct mime_content *c, struct buf *out)
{
	buf_reset(out);
	buf_add_slice(out, c->type);
	buf_add_char(out, '/');
	buf_add_slice(out, c->subtype);
	for (size_t i = 0; i < c->count; i++) {
		buf_add_char(out, ';');
		buf_add_slice(out, c->parameters[i].name);
		buf_add_char(out, '=');
		buf_add_slice(out, c->parameters[i].value);
	}
}

static const struct {
	const char *value;
	const char *expected;
} cases[] = {
	{"text/html", "text/html"},
	{" TEXT / HTML ;Charset=UTF-8", "TEXT/HTML;Charset=UTF-8"},
	{"text/plain; charset=us-ascii (plain)", "text/plain;charset=us-ascii"},
	{"(c (d \\) e)) text/(x)plain", "text/plain"},
	{"text/plain; a=\"b c;d\\\"e\"; f=g", "text/plain;a=b c;d\"e;f=g"},
	{"text/plain; name=my file.pdf; x=y", "text/plain;name=my file.pdf;x=y"},
	{"text/plain;\r\n\tboundary=\"a\r\n b\"", "text/plain;boundary=a b"},
	{"multipart/mixed; boundary=----=_Part/1;", "multipart/mixed;boundary=----=_Part/1"},
	{"multipart/mixed; boundary=\"\\\"\"", "multipart/mixed;boundary=\""},
	{"text/plain; a=1; A=2", "text/plain;a=1"},
	{"text/plain; a=\"open", "text/plain;a=open"},
	{"text/plain; a=\"x\\", "text/plain;a=x\\"},
	{"text/plain; a=; =b; c; d=e", "text/plain;a=;d=e"},
	{"text/plain a=b", "text/plain;a=b"},
	{"text/plain; a=\"b\" c=d", "text/plain;a=b;c=d"},
	{"text; charset=x", "text/plain;charset=x"},
	{"", "text/plain"},
	{"/", "text/plain"},
	{"\xc3\xa9/x", "text/plain"},
	{";;;;", "text/plain"},
	/* RFC 2231 section 3 and 4 */
	{"a/b; n*0=one; n*1=\" two\"", "a/b;n=one two"},
	{"a/b; n*1=two; n*0=one", "a/b;n=onetwo"},
	{"a/b; n*0*=utf-8''%41; n*1=\"50% x\"; n*2*=%42", "a/b;n*=utf-8''%4150%25%20x%42"},
	{"a/b; n*=utf-8''%41; n=plain", "a/b;n*=utf-8''%41;n=plain"},
	{"a/b; n*0=a; n*2=c", "a/b;n=a"},
	{"a/b; n*1=a", "a/b"},
	{"a/b; n*0=a; n*0=b; N*0=c; n=d", "a/b;n=a"},
	{"a/b; n*x=a", "a/b;n*x=a"},
	{"a/b; n*99999999999999999999=a; *=b; *0=c", "a/b;n*99999999999999999999=a;*=b;*0=c"},
};

static void test_types(void **state)
{
	struct mime_content c = {0};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		mime_content_type(slice_str(cases[i].value), false, &c);
		print_content(&c, &out);
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].expected);
	}
	mime_content_finish(&c);
	buf_finish(&out);
}

static void test_fallback_and_disposition(void **state)
{
	struct mime_content c = {0};

	(void)state;
	mime_content_type(slice_of(NULL, 0), true, &c);
	assert_true(slice_eq(c.type, SLICE("message")) && slice_eq(c.subtype, SLICE("rfc822")));
	mime_content_disposition(SLICE("attachment; filename=\"a.exe\""), &c);
	assert_true(slice_eq(c.type, SLICE("attachment")) && c.subtype.len == 0);
	assert_true(slice_eq(mime_parameter(&c, SLICE("FileName")), SLICE("a.exe")));
	assert_null(mime_parameter(&c, SLICE("file")).data);
	mime_content_disposition(slice_of(NULL, 0), &c);
	assert_int_equal(c.type.len + c.count, 0);
	mime_content_finish(&c);
}

/* Values must stay where they are while others are joined. */
static void test_limits(void **state)
{
	struct mime_content c = {0};
	struct buf value = {0};

	(void)state;
	buf_add_str(&value, "a/b");
	for (int i = 0; i < 100000; i++)
		buf_addf(&value, ";n*%d*=%%41\x01\xc3", i);
	mime_content_type(buf_slice(&value), false, &c);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.parameters[0].value.len, 5 * MIME_PARAMETERS_MAX);

	buf_reset(&value);
	buf_add_str(&value, "a/b");
	for (int i = 0; i < 200; i++)
		buf_addf(&value, ";p%d*0*=%%41;p%d*1=\xc3\xc3\xc3\xc3\xc3\xc3", i, i);
	mime_content_type(buf_slice(&value), false, &c);
	assert_int_equal(c.count, MIME_PARAMETERS_MAX / 2);
	for (size_t i = 0; i < c.count; i++) {
		char name[32];
		snprintf(name, sizeof(name), "p%zu*", i);
		assert_true(slice_eq(c.parameters[i].name, slice_str(name)));
		assert_true(slice_eq(c.parameters[i].value, SLICE("%41%C3%C3%C3%C3%C3%C3")));
	}
	buf_reset(&value);
	buf_add_str(&value, "a/b;");
	for (int i = 0; i < 300000; i++)
		buf_add_char(&value, '(');
	mime_content_type(buf_slice(&value), false, &c);
	assert_int_equal(c.count, 0);
	mime_content_finish(&c);
	buf_finish(&value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_fallback_and_disposition),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
