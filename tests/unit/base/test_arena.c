/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/base/arena.h"

static void test_alloc_is_zeroed_aligned_and_apart(void **state)
{
	struct arena a = {0};
	unsigned char *before = NULL;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t size = 1; size < 3000; size += 7) {
			unsigned char *bytes = arena_alloc(&a, size);
			assert_non_null(bytes);
			assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(bytes[i], 0);
			memset(bytes, 0xaa, size);
			if (before)
				assert_int_equal(before[0], 0xaa);
			before = bytes;
		}
		arena_reset(&a);
		assert_int_equal(a.used, 0);
		before = NULL;
	}
	arena_finish(&a);
	assert_null(a.blocks);
	assert_non_null(arena_alloc(&a, 1));
	arena_finish(&a);
}

static void test_large_blocks_are_not_kept(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_non_null(arena_alloc(&a, 10 * 1024 * 1024));
	arena_reset(&a);
	assert_null(a.blocks);
	assert_non_null(arena_alloc(&a, 100));
	arena_reset(&a);
	assert_non_null(a.blocks);
	arena_finish(&a);
}

static void test_limit(void **state)
{
	struct arena a = {.limit = 1000};

	(void)state;
	assert_null(arena_alloc(&a, 1001));
	assert_non_null(arena_alloc(&a, 500));
	assert_null(arena_alloc(&a, 500));
	assert_non_null(arena_alloc(&a, 400));
	assert_true(a.used <= 1000);
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 900));
	arena_finish(&a);
}

static void test_sizes_that_overflow(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 20));
	assert_null(arena_grow(&a, NULL, 0, SIZE_MAX / 4, 8));
	assert_null(arena_grow(&a, NULL, 8, 4, 8));
	assert_null(arena_strndup(&a, (struct slice){NULL, SIZE_MAX}));
	arena_finish(&a);
}

static void test_copies(void **state)
{
	struct arena a = {0};
	const int numbers[] = {1, 2, 3};

	(void)state;
	char *text = arena_strndup(&a, slice_of("abcdef", 3));
	assert_string_equal(text, "abc");
	assert_string_equal(arena_strndup(&a, slice_of(NULL, 0)), "");
	int *grown = arena_grow(&a, numbers, 3, 6, sizeof(int));
	assert_memory_equal(grown, numbers, sizeof(numbers));
	assert_int_equal(grown[5], 0);
	arena_finish(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc_is_zeroed_aligned_and_apart),
		cmocka_unit_test(test_large_blocks_are_not_kept),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_sizes_that_overflow),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
