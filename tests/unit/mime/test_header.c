/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../store/mime/fields.h"

static void test_length(void **state)
{
	static const struct {
		struct slice message;
		size_t length;
	} cases[] = {
		{{"", 0}, 0},
		{SLICE("\n"), 1},
		{SLICE("\r\nbody"), 2},
		{SLICE("A: b\r\n\r\nbody"), 8},
		{SLICE("A: b\n\nbody"), 6},
		{SLICE("A: b\r\n\nbody"), 7},
		{SLICE("A: b\n\r\nbody"), 7},
		{SLICE("A: b"), 4},
		{SLICE("A: b\n"), 5},
		{SLICE("A: b\n \n\nbody"), 8},    /* blanks are a fold, not an empty line */
		{SLICE("A: b\r\r\n\r\nbody"), 9}, /* a bare CR ends no line */
		{SLICE("A: b\r\rC: d\n\nbody"), 12},
		{SLICE("\r"), 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(mime_header_length(cases[i].message), cases[i].length);
}

/* Fields as "name=value|…", the value unfolded. */
static void list_fields(struct slice block, struct buf *out)
{
	struct mime_fields walk = {.block = block};
	struct mime_field field;

	buf_reset(out);
	while (mime_fields_next(&walk, &field)) {
		buf_add_slice(out, field.name);
		buf_add_char(out, '=');
		mime_unfold(field.value, out);
		buf_add_char(out, '|');
	}
}

static void test_fields(void **state)
{
	static const struct {
		struct slice block;
		const char *fields;
	} cases[] = {
		{{"", 0}, ""},
		{SLICE("\r\nA: b\r\n"), ""},
		{SLICE("A: b\r\nC:d\r\n\r\nE: f\r\n"), "A=b|C=d|"},
		{SLICE("A: b\r\n c\r\n\td\r\nE: f"), "A=b c\td|E=f|"},
		{SLICE("A : b\nB\t:c\n"), "A=b|B=c|"},
		{SLICE("no colon\nA: b\n"), "A=b|"},
		{SLICE("no colon\n folded: x\nA: b\n"), "A=b|"},
		{SLICE(": empty name\nA: b\n"), "A=b|"},
		{SLICE("From a@b Mon Jan  1 00:00:00 2024\nA: b\n"), "A=b|"},
		{SLICE(" first line folds: x\nA: b\n"), "A=b|"},
		{SLICE("A:\nB: \r\n \r\nC: d\n"), "A=|B=|C=d|"},
		{SLICE("A: b\rC: d\n"), "A=b C: d|"},
		{SLICE("A: b\0c\n"), "A=b c|"},
		{SLICE("\xc3\xa9: x\nA: \xc3\xa9\n"), "A=\xc3\xa9|"},
		{SLICE("A"), ""},
		{SLICE("A:"), "A=|"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		list_fields(cases[i].block, &out);
		assert_true(slice_eq(buf_slice(&out), slice_str(cases[i].fields)));
	}
	buf_finish(&out);
}

static void test_find(void **state)
{
	const struct slice block = SLICE("To: 1\nX: y\nTO: 2\nto: 3\n");
	struct mime_field field;

	(void)state;
	assert_true(mime_header_find(block, SLICE("to"), 0, &field));
	assert_true(slice_eq(slice_trim(field.value), SLICE("1")));
	assert_true(slice_eq(field.whole, SLICE("To: 1\n")));
	assert_true(mime_header_find(block, SLICE("to"), 2, &field));
	assert_true(slice_eq(slice_trim(field.value), SLICE("3")));
	assert_false(mime_header_find(block, SLICE("to"), 3, &field));
	assert_true(mime_header_find_last(block, SLICE("To"), &field));
	assert_true(slice_eq(slice_trim(field.value), SLICE("3")));
	assert_false(mime_header_find_last(block, SLICE("Cc"), &field));
}

static void test_select(void **state)
{
	const struct slice block = SLICE("From x@y 10:00\r\nA: 1\r\n more\r\njunk\r\nb: 2\r\nA: 3\r\nC: 4");
	const struct slice names[] = {SLICE("a"), SLICE("B"), SLICE("missing")};
	struct buf out = {0};

	(void)state;
	mime_header_select(block, names, ARRAY_SIZE(names), false, &out);
	assert_true(slice_eq(buf_slice(&out), SLICE("A: 1\r\n more\r\nb: 2\r\nA: 3\r\n\r\n")));
	buf_reset(&out);
	mime_header_select(block, names, ARRAY_SIZE(names), true, &out);
	assert_true(slice_eq(buf_slice(&out), SLICE("C: 4\r\n\r\n")));
	buf_reset(&out);
	mime_header_select(block, NULL, 0, false, &out);
	assert_true(slice_eq(buf_slice(&out), SLICE("\r\n")));
	buf_finish(&out);
}

static void test_limits(void **state)
{
	struct buf block = {0};
	struct buf out = {0};
	struct mime_fields walk = {0};
	struct mime_field field;
	size_t count = 0;

	(void)state;
	for (int i = 0; i < MIME_FIELDS_MAX + 5; i++)
		buf_add_str(&block, "A:b\n");
	walk.block = buf_slice(&block);
	while (mime_fields_next(&walk, &field))
		count++;
	assert_int_equal(count, MIME_FIELDS_MAX);

	/* One line of 3 MiB is cut, and the field after it is not seen. */
	buf_reset(&block);
	buf_add_str(&block, "A: ");
	memset(buf_reserve(&block, 3 << 20), 'x', 3 << 20);
	block.len += 3 << 20;
	buf_add_str(&block, "\r\nB: c\r\n\r\nbody");
	assert_int_equal(mime_header_length(buf_slice(&block)), block.len - 4);
	walk = (struct mime_fields){.block = buf_slice(&block)};
	assert_true(mime_fields_next(&walk, &field));
	assert_int_equal(field.whole.len, MIME_HEADER_PARSED_MAX);
	assert_false(mime_fields_next(&walk, &field));
	mime_header_select(buf_slice(&block), &SLICE("A"), 1, false, &out);
	assert_int_equal(out.len, MIME_HEADER_PARSED_MAX + 4);
	assert_memory_equal(out.data + out.len - 5, "x\r\n\r\n", 5);
	buf_finish(&block);
	buf_finish(&out);
}

/* The list has what a walk gives, limit included, and finds by name from the top. */
static void test_field_list(void **state)
{
	struct slice block = SLICE("To: a\r\nX: 1\r\ntO : b\r\n c\r\nOt: d\r\nTO: e\r\n\r\nTo: f\r\n");
	static const char *const values[] = {" a", " b\r\n c", " e"};
	struct mime_field_list list;
	const struct mime_field *field = NULL;
	struct arena arena = {0};
	struct buf many = {0};

	(void)state;
	assert_true(mime_field_list_read(block, &arena, &list));
	assert_int_equal(list.count, 5);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		field = mime_field_list_find(&list, SLICE("to"), field);
		assert_non_null(field);
		assert_true(slice_eq(field->value, slice_str(values[i])));
	}
	assert_null(mime_field_list_find(&list, SLICE("to"), field));
	assert_null(mime_field_list_find(&list, SLICE("Subject"), NULL));
	assert_true(mime_field_list_read(slice_of(NULL, 0), &arena, &list));
	assert_null(mime_field_list_find(&list, SLICE("To"), NULL));
	for (size_t i = 0; i < MIME_FIELDS_MAX + 1; i++)
		buf_add_str(&many, i < MIME_FIELDS_MAX ? "A: b\r\n" : "Last: c\r\n");
	assert_true(mime_field_list_read(buf_slice(&many), &arena, &list));
	assert_int_equal(list.count, MIME_FIELDS_MAX);
	assert_null(mime_field_list_find(&list, SLICE("Last"), NULL));
	buf_finish(&many);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length),     cmocka_unit_test(test_fields),
		cmocka_unit_test(test_field_list), cmocka_unit_test(test_find),
		cmocka_unit_test(test_select),     cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
