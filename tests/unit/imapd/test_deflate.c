/* SPDX-License-Identifier: ISC
 *
 * What goes through deflater and inflater comes out as it was, however it is cut and whenever the deflater is
 * given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../imapd/net/deflate.h"

enum { SIZE = 300000 };

static void fill(struct buf *b, unsigned salt)
{
	for (unsigned n = 0; n < SIZE / 30; n++)
		buf_addf(b, "* %u FETCH (UID %u FLAGS (%x))\r\n", n, n * 7 + salt, n * 2654435761u);
}

static void all_comes_back(void **state)
{
	struct inflater *in = inflater_create();
	struct deflater *out = deflater_create();
	struct buf plain = {0}, packed = {0}, back = {0};

	(void)state;
	for (unsigned round = 0; round < 4; round++) {
		buf_reset(&plain);
		buf_reset(&back);
		fill(&plain, round);
		assert_true(deflater_add(out, buf_slice(&plain), &packed));
		assert_true(packed.len < plain.len / 2);
		while (back.len < plain.len)
			assert_true(inflater_add(in, &packed, 1000 * round + 1 + round * 70000, &back));
		assert_int_equal(back.len, plain.len);
		assert_memory_equal(back.data, plain.data, plain.len);
		assert_true(inflater_add(in, &packed, 1000, &back));
		assert_int_equal(packed.len, 0);
		deflater_destroy(out);
		out = deflater_create();
	}
	deflater_destroy(out);
	inflater_destroy(in);
	buf_finish(&plain);
	buf_finish(&packed);
	buf_finish(&back);
}

static void no_more_than_there_is_room(void **state)
{
	struct inflater *in = inflater_create();
	struct deflater *out = deflater_create();
	struct buf plain = {0}, packed = {0}, back = {0};

	(void)state;
	memset(buf_reserve(&plain, SIZE), 'a', SIZE);
	plain.len = SIZE;
	assert_true(deflater_add(out, buf_slice(&plain), &packed));
	assert_true(packed.len < 2000);
	for (size_t n = 1; n <= 10; n++) {
		assert_true(inflater_add(in, &packed, 1000, &back));
		assert_int_equal(back.len, 1000 * n);
	}
	assert_true(inflater_add(in, &packed, 0, &back));
	assert_int_equal(back.len, 10000);
	assert_true(inflater_add(in, &packed, SIZE, &back));
	assert_int_equal(back.len, SIZE);
	deflater_destroy(out);
	inflater_destroy(in);
	buf_finish(&plain);
	buf_finish(&packed);
	buf_finish(&back);
}

static void garbage_and_the_end(void **state)
{
	struct inflater *in = inflater_create();
	struct buf packed = {0}, back = {0};

	(void)state;
	buf_add(&packed, "\x03\x00left", 6); /* an empty last block */
	assert_true(inflater_add(in, &packed, 1000, &back));
	assert_int_equal(packed.len, 0);
	buf_add(&packed, "more", 4);
	assert_true(inflater_add(in, &packed, 1000, &back));
	assert_int_equal(back.len + packed.len, 0);
	inflater_destroy(in);
	in = inflater_create();
	buf_add(&packed, "\xff\xff\xff", 3);
	assert_false(inflater_add(in, &packed, 1000, &back));
	inflater_destroy(in);
	inflater_destroy(NULL);
	deflater_destroy(NULL);
	buf_finish(&packed);
	buf_finish(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_comes_back),
		cmocka_unit_test(no_more_than_there_is_room),
		cmocka_unit_test(garbage_and_the_end),
	};

	return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
