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

/* What is selected, said plainly. */
static void select_plainly(struct slice block, const struct slice *names, size_t count, bool except,
			   struct buf *out)
{
	struct mime_fields walk = {.block = block};
	struct mime_field field;

	while (mime_fields_next(&walk, &field)) {
		bool named = false;

		for (size_t i = 0; i < count; i++)
			named |= slice_ieq(names[i], field.name);
		if (named == except)
			continue;
		buf_add_slice(out, field.whole);
		if (field.whole.data[field.whole.len - 1] != '\n')
			buf_add_str(out, "\r\n");
	}
	buf_add_str(out, "\r\n");
}

static void test_select_any_block(void **state)
{
	static const struct slice pieces[] = {
		SLICE("To"), SLICE("tO"),      SLICE("T"),  SLICE("Tox"),  SLICE("X-Y"), SLICE("4"),
		SLICE(":"),  SLICE(" "),       SLICE("\t"), SLICE("\r"),   SLICE("\n"),  SLICE("\r\n"),
		SLICE("\n"), SLICE(": v\r\n"), SLICE("\0"), SLICE("\xc3"), SLICE("q"),
	};
	static const struct slice names[] = {SLICE("to"),    SLICE("TOX"),  SLICE("x-y"),     SLICE("T"),
					     SLICE("To:v"),  SLICE(""),     SLICE("To "),     SLICE("4"),
					     SLICE("to\0q"), SLICE("\xc3"), SLICE("missing"), SLICE("TO")};
	struct buf block = {0}, quick = {0}, plain = {0};

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		int length = rand() % 40;
		size_t first = (size_t)rand() % ARRAY_SIZE(names);
		size_t count = (size_t)rand() % (ARRAY_SIZE(names) - first + 1);
		bool except = rand() % 4 == 0;

		buf_reset(&block);
		buf_reset(&quick);
		buf_reset(&plain);
		while (length-- > 0)
			buf_add_slice(&block, pieces[(size_t)rand() % ARRAY_SIZE(pieces)]);
		mime_header_select(buf_slice(&block), names + first, count, except, &quick);
		select_plainly(buf_slice(&block), names + first, count, except, &plain);
		assert_true(slice_eq(buf_slice(&quick), buf_slice(&plain)));
	}
	buf_finish(&block);
	buf_finish(&quick);
	buf_finish(&plain);
}

/* Of blocks at the limits, and for more names than a command may have. */
static void test_select_much(void **state)
{
	struct slice names[300];
	struct buf block = {0}, chosen = {0}, plain = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		names[i] = i % 2 ? SLICE("b") : SLICE("c");
	for (size_t fields = MIME_FIELDS_MAX - 2; fields < MIME_FIELDS_MAX + 3; fields++) {
		for (size_t count = 254; count < 258; count++) {
			buf_reset(&block);
			buf_reset(&chosen);
			buf_reset(&plain);
			for (size_t i = 0; i < fields; i++)
				buf_add_str(&block, i % 3 ? "B:\n" : "A:\n");
			mime_header_select(buf_slice(&block), names, count, false, &chosen);
			select_plainly(buf_slice(&block), names, count, false, &plain);
			assert_true(slice_eq(buf_slice(&chosen), buf_slice(&plain)));
		}
	}
	buf_finish(&block);
	buf_finish(&chosen);
	buf_finish(&plain);
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
		cmocka_unit_test(test_length),           cmocka_unit_test(test_fields),
		cmocka_unit_test(test_field_list),       cmocka_unit_test(test_find),
		cmocka_unit_test(test_select),           cmocka_unit_test(test_limits),
		cmocka_unit_test(test_select_any_block), cmocka_unit_test(test_select_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
