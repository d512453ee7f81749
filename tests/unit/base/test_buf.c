/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../store/base/buf.h"

static void assert_content(const struct buf *b, const char *expected)
{
	assert_int_equal(b->len, strlen(expected));
	assert_memory_equal(b->data, expected, b->len);
}

static void test_adding(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_add(&b, NULL, 0);
	assert_null(b.data);
	buf_add(&b, "ab", 2);
	buf_add_str(&b, "cd");
	buf_add_char(&b, '-');
	buf_add_slice(&b, SLICE("ef"));
	buf_add_uint(&b, 0);
	buf_add_uint(&b, UINT64_MAX);
	buf_addf(&b, " %d%s", -5, "x");
	assert_content(&b, "abcd-ef018446744073709551615 -5x");
	assert_false(b.failed);
	buf_finish(&b);
	assert_int_equal(b.len, 0);
	buf_add_str(&b, "again");
	assert_content(&b, "again");
	buf_finish(&b);
}

static void test_growing_keeps_content(void **state)
{
	struct buf b = {0};

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "%05d", i);
	assert_int_equal(b.len, 500000);
	assert_memory_equal(b.data + 5 * 77777, "77777", 5);
	buf_finish(&b);
}

static void test_limit_drops_what_comes(void **state)
{
	struct buf b = {.limit = 5};

	(void)state;
	buf_add_str(&b, "abc");
	buf_add_str(&b, "def");
	assert_true(b.failed);
	buf_add_str(&b, "g");
	buf_addf(&b, "h");
	assert_content(&b, "abc");
	assert_null(buf_reserve(&b, 1));
	assert_null(buf_steal(&b));
	assert_false(b.failed);
	assert_int_equal(b.limit, 5);
	buf_addf(&b, "%s", "12345");
	assert_content(&b, "12345");
	assert_false(b.failed);
	buf_addf(&b, "6");
	assert_true(b.failed);
	buf_reset(&b);
	assert_false(b.failed);
	buf_finish(&b);
}

static void test_reserve(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_non_null(buf_reserve(&b, 0));
	char *room = buf_reserve(&b, 1000);
	memset(room, 'x', 1000);
	b.len += 1000;
	assert_true(b.cap >= 1000);
	assert_null(buf_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
	assert_int_equal(b.len, 1000);
	buf_finish(&b);
}

static void test_consume(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_consume(&b, 3);
	buf_add_str(&b, "abcdef");
	buf_consume(&b, 0);
	buf_consume(&b, 2);
	assert_content(&b, "cdef");
	buf_consume(&b, 100);
	assert_int_equal(b.len, 0);
	buf_finish(&b);
}

static void test_steal(void **state)
{
	struct buf b = {.limit = 3};

	(void)state;
	buf_add_str(&b, "abc");
	char *text = buf_steal(&b);
	assert_string_equal(text, "abc");
	assert_null(b.data);
	free(text);
	text = buf_steal(&b);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adding),
		cmocka_unit_test(test_growing_keeps_content),
		cmocka_unit_test(test_limit_drops_what_comes),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_consume),
		cmocka_unit_test(test_steal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
