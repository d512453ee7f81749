/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/base/buf.h"
#include "../../../store/mime/address.h"

/* "name|route|mailbox|host" each, "-" where absent; "{name" begins a group, "}" ends it. */
static void print_addresses(const struct mime_addresses *list, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < list->count; i++) {
		const struct mime_address *a = &list->list[i];
		const struct slice texts[] = {a->name, a->route, a->mailbox, a->host};
		if (i > 0)
			buf_add_char(out, ' ');
		if (a->kind != MIME_MAILBOX) {
			buf_add_char(out, a->kind == MIME_GROUP_START ? '{' : '}');
			buf_add_slice(out, a->mailbox);
			continue;
		}
		for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
			buf_add_str(out, k > 0 ? "|" : "");
			buf_add_slice(out, texts[k].data ? texts[k] : SLICE("-"));
		}
	}
	buf_add_char(out, '\0');
}

static const struct {
	const char *value;
	const char *expected;
} cases[] = {
	{"", ""},
	{" , ,; ", ""},
	{"a@b.c", "-|-|a|b.c"},
	{"<a@b.c>", "-|-|a|b.c"},
	{"Ann <a@b.c>, b@c", "Ann|-|a|b.c -|-|b|c"},
	{"\"A, B\" <a@b>", "A, B|-|a|b"},
	{"\"A \\\"x\\\"\" <a@b>", "A \"x\"|-|a|b"},
	{"John Q. Public <a@b>", "John Q. Public|-|a|b"},
	{"a@b (Ann (x) \\) y)", "Ann (x) ) y|-|a|b"},
	{"<a@b> (Ann)", "Ann|-|a|b"},
	{"Name (c) <a@b>", "Name|-|a|b"},
	{"=?utf-8?q?x?= <a@b>", "=?utf-8?q?x?=|-|a|b"},
	{"\xc3\xa9 <\xc3\xa9@\xc3\xa9>", "\xc3\xa9|-|\xc3\xa9|\xc3\xa9"},
	{"\"a b\"@c", "-|-|a b|c"},
	{"\"a@b\"@c", "-|-|a@b|c"},
	{"john . doe @ example . com", "-|-|john.doe|example.com"},
	{"a@[1.2.3.4], b@[IPv6:1::2]", "-|-|a|[1.2.3.4] -|-|b|[IPv6:1::2]"},
	{"<@r,@s:a@b>", "-|@r,@s|a|b"},
	{"<@r>", "-|-|-|r"},
	{"A\r\n B <a@\r\n b>", "A B|-|a|b"},
	/* groups */
	{"g: a@b, c@d;", "{g -|-|a|b -|-|c|d }"},
	{"undisclosed-recipients:;", "{undisclosed-recipients }"},
	{"g: a@b", "{g -|-|a|b }"},
	{"g: h: a@b; c@d", "{g } {h -|-|a|b } -|-|c|d"},
	{":;:;", "{ } { }"},
	{"mailto:x@y", "{mailto -|-|x|y }"},
	/* what is no address */
	{"lone", "-|-|lone|-"},
	{"no at sign", "no at sign|-|-|-"},
	{"\"quoted\"", "quoted|-|-|-"},
	{"<>", "-|-|-|-"},
	{"Name <>", "Name|-|-|-"},
	{"a@", "-|-|a|-"},
	{"@b", "-|-|-|b"},
	{"a@b@c", "-|-|a@b|c"},
	{"(only a comment)", ""},
	/* what spam does */
	{"bank@real.com <a@evil.com>", "bank@real.com|-|a|evil.com"},
	{"\"bank@real.com\" <a@evil.com>", "bank@real.com|-|a|evil.com"},
	{"a@b; c@d", "-|-|a|b -|-|c|d"},
	{"A <a@b> C <c@d>", "A|-|a|b C|-|c|d"},
	{"<a@b> junk, c@d", "-|-|a|b -|-|c|d"},
	{"A <a@b, c@d", "A|-|a|b -|-|c|d"},
	{"<<a@b>>", "-|-|a|b"},
	{"\"open <a@b>", "open|-|a|b"},
	{"(open <a@b>", "(open|-|a|b"},
	{"a@b (open", "-|-|a|b (open"},
	{"x@y, , ,z@w", "-|-|x|y -|-|z|w"},
	{"a\\@b", "-|-|a\\|b"},
	{"\"\" <a@b>", "-|-|a|b"},
};

static void test_lists(void **state)
{
	struct arena arena = {0};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mime_addresses list;
		mime_addresses_parse(slice_str(cases[i].value), &arena, &list);
		print_addresses(&list, &out);
		assert_string_equal(out.data, cases[i].expected);
	}
	arena_finish(&arena);
	buf_finish(&out);
}

static void repeat(const char *text, size_t count, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < count; i++)
		buf_add_str(out, text);
}

static void test_limits(void **state)
{
	struct arena arena = {0};
	struct buf value = {0};
	struct mime_addresses list;

	(void)state;
	repeat("a@b,", 100000, &value);
	mime_addresses_parse(buf_slice(&value), &arena, &list);
	assert_int_equal(list.count, MIME_ADDRESSES_MAX);

	repeat("a@b,", MIME_ADDRESSES_MAX - 1, &value);
	buf_add_str(&value, "g:x@y;");
	mime_addresses_parse(buf_slice(&value), &arena, &list);
	assert_int_equal(list.count, MIME_ADDRESSES_MAX - 1);

	/* A group that the limit cuts is ended all the same. */
	repeat("a@b,", MIME_ADDRESSES_MAX - 3, &value);
	buf_add_str(&value, "g:x@y,x@y,x@y;");
	mime_addresses_parse(buf_slice(&value), &arena, &list);
	assert_int_equal(list.count, MIME_ADDRESSES_MAX);
	assert_int_equal(list.list[list.count - 1].kind, MIME_GROUP_END);

	repeat("(", 300000, &value);
	buf_add_str(&value, "a@b");
	mime_addresses_parse(buf_slice(&value), &arena, &list);
	assert_int_equal(list.count, 1);

	/* Deeper than the limit, a parenthesis is text: the comment ends early. */
	repeat("(", MIME_COMMENT_DEPTH, &value);
	for (int i = 0; i < MIME_COMMENT_DEPTH; i++)
		buf_add_char(&value, ')');
	buf_add_str(&value, "a@b");
	mime_addresses_parse(buf_slice(&value), &arena, &list);
	assert_int_equal(list.count, 1);
	assert_true(slice_eq(list.list[0].mailbox, SLICE("a")));

	arena_reset(&arena);
	arena.limit = 200;
	repeat("name <a@b>,", 1000, &value);
	mime_addresses_parse(buf_slice(&value), &arena, &list);
	assert_true(list.count < 10);
	arena_finish(&arena);
	buf_finish(&value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lists), cmocka_unit_test(test_limits)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
