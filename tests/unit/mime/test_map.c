/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/mime/structure.h"

static const char message[] = "Content-Type: multipart/mixed; boundary=a\n\n"
			      "--a\n\nx\n"
			      "--a\nContent-Type: message/rfc822\n\nSubject: s\n\nbody\n"
			      "--a\nContent-Transfer-Encoding: base64\n\ny\n--a--\n";

static bool is_same(const struct mime_structure *a, const struct mime_structure *b)
{
	return a->count == b->count && a->bounded == b->bounded &&
	       memcmp(a->parts, b->parts, a->count * sizeof(*a->parts)) == 0;
}

static void test_round_trip(void **state)
{
	struct mime_structure s, again;
	struct buf map = {0};

	(void)state;
	assert_true(mime_structure_parse(slice_str(message), &s));
	assert_int_equal(s.count, 5);
	s.bounded = true;
	mime_structure_encode(&s, &map);
	assert_true(map.len < 40);
	assert_true(mime_structure_decode(buf_slice(&map), strlen(message), &again));
	assert_true(is_same(&s, &again));
	mime_structure_finish(&again);
	mime_structure_finish(&s);
	buf_finish(&map);
}

/* A file of 3 TiB: offsets are of 64 bits. */
static void test_large_offsets(void **state)
{
	const uint64_t size = (uint64_t)3 << 40;
	struct mime_part part = {
		.header_length = 10, .body = 10, .body_length = size - 10, .lines = size / 80};
	struct mime_structure s = {.parts = &part, .count = 1}, again;
	struct buf map = {0};

	(void)state;
	mime_structure_encode(&s, &map);
	assert_true(mime_structure_decode(buf_slice(&map), size, &again));
	assert_true(is_same(&s, &again));
	mime_structure_finish(&again);
	assert_false(mime_structure_decode(buf_slice(&map), size - 1, &again));
	buf_finish(&map);
}

/* A map that was cut or changed is refused, or can be used. */
static void test_hostile_maps(void **state)
{
	struct mime_structure s, other;
	struct buf map = {0};
	size_t accepted = 0;

	(void)state;
	assert_true(mime_structure_parse(slice_str(message), &s));
	mime_structure_encode(&s, &map);
	for (size_t len = 0; len < map.len; len++)
		assert_false(mime_structure_decode(slice_of(map.data, len), strlen(message), &other));
	for (size_t i = 0; i < map.len; i++) {
		char kept = map.data[i];
		for (int byte = 0; byte < 256; byte++) {
			map.data[i] = (char)byte;
			if (!mime_structure_decode(buf_slice(&map), strlen(message), &other))
				continue;
			accepted++;
			for (size_t k = 0; k < other.count; k++) {
				const struct mime_part *p = &other.parts[k];
				assert_true(p->body + p->body_length <= strlen(message));
				assert_true(p->parent < other.count && p->next < other.count);
				assert_true(p->kind != MIME_MESSAGE || p->first_child > k);
			}
			mime_structure_finish(&other);
		}
		map.data[i] = kept;
	}
	assert_true(accepted >= map.len);
	buf_add_char(&map, 0);
	assert_false(mime_structure_decode(buf_slice(&map), strlen(message), &other));
	mime_structure_finish(&s);
	buf_finish(&map);
}

static void test_refused(void **state)
{
	static const struct {
		struct slice map;
		const char *why;
	} cases[] = {
		{SLICE("\x02\0\x01\0\0\0\0\0"), "another version"},
		{SLICE("\x01\0\0"), "no part"},
		{SLICE("\x01\0\x01\0\x01\0\0\0"), "a message that begins at 1"},
		{SLICE("\x01\0\x01\0\0\0\x65\0"), "longer than the message"},
		{SLICE("\x01\0\x01\0\0\0\x02\x03"), "more lines than bytes"},
		{SLICE("\x01\0\x01\0\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02\0"), "more than 64 bits"},
		{SLICE("\x01\0\x01\x0c\0\0\0\0"), "a message part without a message"},
		{SLICE("\x01\0\x02\0\0\0\x05\x01\0\0\0\0\0\0"), "a leaf with a child"},
		{SLICE("\x01\0\x02\x06\0\x02\x05\x01\x01\0\x02\0\0\0"), "a parent above the message"},
		{SLICE("\x01\0\x02\x06\0\x02\x05\x01\0\0\x01\0\0\0"), "a child before its parent's body"},
		{SLICE("\x01\0\x02\x06\0\x02\x05\x01\0\0\x02\0\x06\0"),
		 "a child that ends behind its parent"},
		{SLICE("\x01\0\x02\x0c\0\x02\x05\x01\0\0\x03\0\0\0"), "a message not at its place"},
		{SLICE("\x01\0\x03\x06\0\x02\x05\x01\0\0\x02\0\x02\0\x01\0\x01\0\0\0"),
		 "children that overlap"},
	};
	struct mime_structure s;

	(void)state;
	assert_true(mime_structure_decode(SLICE("\x01\0\x02\x06\0\x02\x05\x01\0\0\x02\0\x05\0"), 100, &s));
	mime_structure_finish(&s);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (mime_structure_decode(cases[i].map, 100, &s))
			fail_msg("accepted: %s", cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_large_offsets),
		cmocka_unit_test(test_hostile_maps),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
