/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>
#include <pthread.h>

#include "../../../store/mime/structure.h"
#include "../../../store/mime/wire.h"
#include "check.h"

#define MIXED(boundary) "Content-Type: multipart/mixed; boundary=" boundary "\n"

/* Each part as its kind and its body, children in parentheses; of containers no body. */
static void print_parts(struct slice message, const struct mime_structure *s, uint32_t i, struct buf *out)
{
	const struct mime_part *p = &s->parts[i];

	buf_add_char(out, "LMR"[p->kind]);
	if (p->kind == MIME_LEAF) {
		buf_add_char(out, '[');
		buf_add(out, message.data + p->body, p->body_length);
		buf_add_char(out, ']');
		return;
	}
	buf_add_char(out, '(');
	for (uint32_t c = p->first_child; c != 0; c = s->parts[c].next)
		print_parts(message, s, c, out);
	buf_add_char(out, ')');
}

static const struct {
	const char *message;
	const char *parts;
} cases[] = {
	{"", "L[]"},
	{"A: b", "L[]"},
	{"\r\nbody", "L[body]"},
	{"no header\n\nbody\n", "L[body\n]"},
	{"From x@y Mon Jan  1 00:00:00 2024\n" MIXED("b") "\n--b\n\nx\n--b--\n", "M(L[x])"},
	/* a line end before a boundary is the boundary's */
	{MIXED("b") "\npreamble\n--b\n\nx\r\n--b\n\ny\n\n--b--\nepilogue\n", "M(L[x]L[y\n])"},
	{MIXED("b") "\n--b\n--b\n\n--b--", "M(L[]L[])"},
	{MIXED("b") "\n--b\nX: y\n--b\nX: y\n\n--b--", "M(L[]L[])"},
	/* blanks after a boundary; any other text too (RFC 2046 section 5.1.1) */
	{MIXED("b") "\n--b \t\n\nx\n--b-- \nz", "M(L[x])"},
	{MIXED("b") "\n--bc\n\nx\n--b--c\nz", "M(L[x])"},
	/* a bare CR ends no line */
	{MIXED("b") "\n--b\n\nx\r--b\r--b--\n--b--", "M(L[x\r--b\r--b--])"},
	/* without an end, without a begin, without a boundary */
	{MIXED("b") "\n--b\n\nx\n", "M(L[x\n])"},
	{MIXED("b") "\nx\n", "M()"},
	{"Content-Type: multipart/mixed\n\n--b\n\nx\n", "M()"},
	{MIXED("\"\"") "\n--\n\nx\n", "M()"},
	{MIXED("b") "\n--b--\n--b\n\nx\n", "M()"},
	{MIXED("b") "\n--b\n\nx\n--b--\n--b\n\ny\n", "M(L[x])"},
	/* the outer boundary ends the inner part */
	{MIXED("a") "\n--a\n" MIXED("b") "\n--b\n\nx\n--a\n\ny\n--a--", "M(M(L[x])L[y])"},
	{MIXED("a") "\n--a\n" MIXED("b") "\n--a\n\ny\n--a--", "M(M()L[y])"},
	{MIXED("a") "\n--a\n" MIXED("b") "--a\n\ny\n--a--", "M(M()L[y])"},
	/* a boundary that begins with the other */
	{MIXED("a") "\n--a\n" MIXED("ab") "\n--ab\n\nx\n--ab--\n--a\n\ny\n--a--", "M(M(L[x])L[y])"},
	{MIXED("ab") "\n--ab\n" MIXED("a") "\n--a\n\nx\n--ab\n\ny\n--ab--", "M(M(L[x])L[y])"},
	{MIXED("a") "\n--a\n" MIXED("a--") "\n--a--\n\nx\n--a----\n--a--", "M(M(L[x]))"},
	{MIXED("a--") "\n--a--\n" MIXED("a") "\n--a\n\nx\n--a--\n--a--\n\ny", "M(M(L[x])L[y])"},
	/* the same boundary: the inner one is meant */
	{MIXED("a") "\n--a\n" MIXED("a") "\n--a\n\nx\n--a--\n--a\n\ny\n--a--", "M(M(L[x])L[y])"},
	/* messages inside */
	{"Content-Type: message/rfc822\n\nA: b\n\nx", "R(L[x])"},
	{"Content-Type: message/rfc822\n", "R(L[])"},
	{"Content-Type: message/global\n\n\nx", "R(L[x])"},
	{"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nA: b\n\nx", "L[A: b\n\nx]"},
	{"Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n" MIXED("b") "\n--b\n\nx",
	 "R(R(M(L[x])))"},
	{MIXED("b") "\n--b\nContent-Type: message/rfc822\n\nA: b\n--b\n\ny", "M(R(L[])L[y])"},
	{MIXED("b") "\n--b\nContent-Type: message/rfc822\n\n--b\n\ny", "M(R(L[])L[y])"},
	{"Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: b\n\nx\n--b\nContent-Type: "
	 "text/plain\n\ny\n--b--",
	 "M(R(L[x])L[y])"},
	/* of two fields the first counts */
	{MIXED("a") MIXED("b") "\n--b\n\nx\n--a\n\ny\n--a--", "M(L[y])"},
	{"Content-Type: text/plain\n" MIXED("b") "\n--b\n\nx", "L[--b\n\nx]"},
	{"Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--b\n\nx\n--a\n\ny\n--a--", "M(L[y])"},
};

static void test_parts(void **state)
{
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice message = slice_str(cases[i].message);
		struct mime_structure s;
		assert_true(mime_structure_parse(message, &s));
		buf_reset(&out);
		print_parts(message, &s, 0, &out);
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].parts);
		assert_false(s.bounded);
		assert_ptr_equal(check_message(message), NULL);
		mime_structure_finish(&s);
	}
	buf_finish(&out);
}

/* Any head of a message is a message. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t len = 0; len < strlen(cases[i].message); len++) {
			struct buf head = {0};
			buf_add(&head, cases[i].message, len);
			assert_ptr_equal(check_message(buf_slice(&head)), NULL);
			buf_finish(&head);
		}
	}
}

static void test_offsets_and_lines(void **state)
{
	const struct slice message = SLICE(MIXED("b") "\n--b\r\nA: b\r\n\r\none\r\ntwo\r\n--b--\r\n");
	struct mime_structure s;

	(void)state;
	assert_true(mime_structure_parse(message, &s));
	assert_int_equal(s.count, 2);
	const struct mime_part *p = &s.parts[1];
	assert_memory_equal(message.data + p->header, "A: b\r\n\r\none", 11);
	assert_int_equal(p->header_length, 8);
	assert_int_equal(p->body, p->header + 8);
	assert_int_equal(p->body_length, 8);
	assert_int_equal(p->lines, 1);
	assert_int_equal(s.parts[0].lines, 6);
	mime_structure_finish(&s);
}

enum family { NESTED, NESTED_MESSAGES, NESTED_SAME, FLAT, FAMILIES };

static void add_container(enum family family, int level, struct buf *out)
{
	if (family == NESTED_MESSAGES)
		buf_add_str(out, "Content-Type: message/rfc822\n\n");
	else
		buf_addf(out, MIXED("b%d") "\n--b%d\n", family == NESTED ? level : 0,
			 family == NESTED ? level : 0);
}

static size_t depth_of(const struct mime_structure *s)
{
	size_t deepest = 0;

	for (size_t i = 0; i < s->count; i++) {
		size_t depth = 0;
		for (size_t at = i; at != 0; at = s->parts[at].parent)
			depth++;
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest;
}

static void test_depth(void **state)
{
	static const int depths[] = {
		1, MIME_DEPTH_MAX - 1, MIME_DEPTH_MAX, MIME_DEPTH_MAX + 1, MIME_DEPTH_MAX + 2, 30000};
	struct mime_structure s;

	(void)state;
	for (enum family family = NESTED; family <= NESTED_SAME; family++) {
		for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
			struct buf message = {0};
			for (int level = 0; level < depths[i]; level++)
				add_container(family, level, &message);
			buf_add_str(&message, "\nx");
			assert_true(mime_structure_parse(buf_slice(&message), &s));
			size_t expected = (size_t)(depths[i] < MIME_DEPTH_MAX ? depths[i] : MIME_DEPTH_MAX);
			assert_int_equal(depth_of(&s), expected);
			assert_int_equal(s.bounded, depths[i] > MIME_DEPTH_MAX);
			assert_int_equal(s.parts[s.count - 1].kind, MIME_LEAF);
			assert_ptr_equal(check_message(buf_slice(&message)), NULL);
			mime_structure_finish(&s);
			buf_finish(&message);
		}
	}
}

static void *read_deep_message(void *unused)
{
	enum family family = NESTED;

	for (; family <= NESTED_SAME; family++) {
		struct buf message = {0};
		struct buf out = {0};
		struct mime_structure s;
		for (int level = 0; level < 100000; level++)
			add_container(family, level, &message);
		if (mime_structure_parse(buf_slice(&message), &s))
			mime_wire_structure(buf_slice(&message), &s, true, &out);
		mime_structure_finish(&s);
		buf_finish(&message);
		buf_finish(&out);
	}
	return unused;
}

/* No depth of a message costs stack. */
static void test_small_stack(void **state)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
	assert_int_equal(pthread_create(&thread, &attributes, read_deep_message, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
}

/* `count` parts in all; the last one is of that type. */
static void make_flat(size_t count, const char *type, struct buf *out)
{
	buf_add_str(out, MIXED("b") "\n");
	for (size_t i = 1; i + 1 < count; i++)
		buf_add_str(out, "--b\n\nx\n");
	buf_addf(out, "--b\nContent-Type: %s\n\nlast\n--b--\n", type);
}

static void test_number_of_parts(void **state)
{
	static const char *const types[] = {"text/plain", "multipart/mixed; boundary=c", "message/rfc822"};
	struct mime_structure s;

	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		for (size_t count = MIME_PARTS_MAX - 2; count <= MIME_PARTS_MAX + 2; count++) {
			struct buf message = {0};
			make_flat(count, types[t], &message);
			assert_true(mime_structure_parse(buf_slice(&message), &s));
			size_t all = count + (t == 2);
			assert_int_equal(s.count, all < MIME_PARTS_MAX ? all : MIME_PARTS_MAX);
			assert_int_equal(s.bounded, all >= MIME_PARTS_MAX);
			const struct mime_part *last = &s.parts[s.count - 1];
			if (s.bounded) {
				assert_int_equal(last->kind, MIME_LEAF);
				assert_int_equal(last->body + last->body_length, message.len);
			}
			assert_ptr_equal(check_message(buf_slice(&message)), NULL);
			mime_structure_finish(&s);
			buf_finish(&message);
		}
	}
}

static void test_long_boundary(void **state)
{
	struct mime_structure s;

	(void)state;
	for (size_t len = MIME_BOUNDARY_MAX - 1; len <= MIME_BOUNDARY_MAX + 1; len++) {
		char boundary[MIME_BOUNDARY_MAX + 2] = {0};
		struct buf message = {0};
		memset(boundary, 'b', len);
		buf_addf(&message, MIXED("%s") "\n--%s\n\nx\n--%s--\n", boundary, boundary, boundary);
		assert_true(mime_structure_parse(buf_slice(&message), &s));
		assert_int_equal(s.count, len <= MIME_BOUNDARY_MAX ? 2 : 1);
		mime_structure_finish(&s);
		buf_finish(&message);
	}
}

/* The families that are slow where a parser is not linear. */
static void make_large(int family, size_t size, struct buf *out)
{
	for (int level = 0; level < MIME_DEPTH_MAX && family < 3; level++) {
		char prefix[1500] = {0};
		memset(prefix, 'p', sizeof(prefix) - 1);
		/* boundaries of one letter, of one long prefix, or messages */
		if (family == 2)
			buf_add_str(out, "Content-Type: message/rfc822\n\n");
		else
			buf_addf(out, MIXED("\"%s%c\"") "\n--%s%c\n", family ? prefix : "", '!' + level % 90,
				 family ? prefix : "", '!' + level % 90);
	}
	buf_add_str(out, family == 3 ? MIXED("b") "\n" : "\n");
	while (out->len < size) {
		static const char *const lines[] = {"--~\n", "--pppppppp\n", "\n", "--b\nX: y\n"};
		buf_add_str(out, lines[family]);
	}
}

static double seconds_for(struct slice message)
{
	struct mime_structure s;
	struct buf out = {0};
	clock_t start = clock();

	assert_true(mime_structure_parse(message, &s));
	mime_wire_structure(message, &s, true, &out);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	assert_true(out.len < 8 * 1024 * 1024);
	mime_structure_finish(&s);
	buf_finish(&out);
	return seconds;
}

static void test_time_is_linear(void **state)
{
	(void)state;
	for (int family = 0; family < 4; family++) {
		struct buf message = {0};
		make_large(family, 16 << 20, &message);
		double half = seconds_for(slice_of(message.data, message.len / 2));
		double full = seconds_for(buf_slice(&message));
		if (full > 4 * half + 0.2)
			fail_msg("family %d: %.3f s for 8 MiB, %.3f s for 16 MiB", family, half, full);
		buf_finish(&message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_offsets_and_lines),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_small_stack),
		cmocka_unit_test(test_number_of_parts),
		cmocka_unit_test(test_long_boundary),
		cmocka_unit_test(test_time_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
