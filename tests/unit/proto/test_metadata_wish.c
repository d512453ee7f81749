/* SPDX-License-Identifier: ISC
 *
 * Names of metadata entries, and what is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../imapd/proto/metadata_wish.h"
#include "../../../store/base/buf.h"

static struct arena arena = {.limit = 65536};

static bool is_name(struct slice text)
{
	struct parser p = {.in = text, .arena = &arena};
	const char *entry;

	return metadata_entry_parse(&p, &entry) && p.at == text.len;
}

static void test_names(void **state)
{
	char longest[258] = "\"/shared/";

	(void)state;
	assert_true(is_name(SLICE("/shared/comment")));
	assert_true(is_name(SLICE("\"/Private/a b\"")));
	assert_true(is_name(SLICE("/PRIVATE/a-b.c")));
	assert_true(is_name(SLICE("/shared")));
	assert_false(is_name(SLICE("/sharedx")));
	assert_false(is_name(SLICE("shared/a")));
	assert_false(is_name(SLICE("/")));
	assert_false(is_name(SLICE("\"\"")));
	assert_false(is_name(SLICE("/shared/")));
	assert_false(is_name(SLICE("/shared//a")));
	assert_false(is_name(SLICE("\"/shared/a*\"")));
	assert_false(is_name(SLICE("\"/shared/a%\"")));
	assert_false(is_name(SLICE("\"/shared/\xc3\xa4\"")));
	assert_false(is_name(SLICE("\"/shared/\x19\"")));
	memset(longest + 9, 'x', 247);
	longest[256] = '"';
	assert_true(is_name(slice_of(longest, 257)));
	longest[256] = 'x';
	longest[257] = '"';
	assert_false(is_name(slice_of(longest, 258)));
	arena_finish(&arena);
}

static void test_whole(void **state)
{
	(void)state;
	assert_true(metadata_entry_is_whole("/shared/comment"));
	assert_true(metadata_entry_is_whole("/shared/vendors"));
	assert_true(metadata_entry_is_whole("/private/vendor/x/y"));
	assert_false(metadata_entry_is_whole("/shared"));
	assert_false(metadata_entry_is_whole("/shared/vendor"));
	assert_false(metadata_entry_is_whole("/shared/VENDOR/x"));
}

static void test_depth(void **state)
{
	struct metadata_wish w = {.depth = METADATA_ENTRY};

	(void)state;
	assert_true(metadata_wish_matches(&w, "/shared/A", "/Shared/a"));
	assert_false(metadata_wish_matches(&w, "/shared/a", "/shared/a/b"));
	w.depth = METADATA_CHILDREN;
	assert_true(metadata_wish_matches(&w, "/shared/a", "/shared/a"));
	assert_true(metadata_wish_matches(&w, "/shared/a", "/shared/a/b"));
	assert_false(metadata_wish_matches(&w, "/shared/a", "/shared/ab"));
	assert_false(metadata_wish_matches(&w, "/shared/a", "/shared/a/b/c"));
	assert_false(metadata_wish_matches(&w, "/shared/a/b", "/shared/a"));
	w.depth = METADATA_ALL;
	assert_true(metadata_wish_matches(&w, "/shared", "/shared/a/b/c"));
	assert_false(metadata_wish_matches(&w, "/private", "/shared/a/b/c"));
}

static bool entries(struct slice text, struct metadata_wish *w)
{
	struct parser p = {.in = text, .arena = &arena};

	*w = (struct metadata_wish){.count = 0};
	return metadata_entries_parse(&p, w) && parse_end(&p);
}

static void test_entries(void **state)
{
	struct metadata_wish w;
	struct buf many = {0};

	(void)state;
	assert_true(entries(SLICE("/shared/a\r\n"), &w) && w.count == 1);
	assert_true(entries(SLICE("/shared/a /shared/b\r\n"), &w) && w.count == 2);
	assert_true(entries(SLICE("(/shared/a /shared/b)\r\n"), &w) && w.count == 2);
	assert_false(entries(SLICE("()\r\n"), &w));
	assert_false(entries(SLICE("(/shared/a\r\n"), &w));
	assert_false(entries(SLICE("\r\n"), &w));
	for (int i = 0; i < METADATA_WISHES_MAX; i++)
		buf_add_str(&many, i == 0 ? "/shared/a" : " /shared/a");
	buf_add_str(&many, "\r\n");
	assert_true(entries(buf_slice(&many), &w) && w.count == METADATA_WISHES_MAX);
	many.len -= 2;
	buf_add_str(&many, " /shared/a\r\n");
	assert_false(entries(buf_slice(&many), &w));
	buf_finish(&many);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
