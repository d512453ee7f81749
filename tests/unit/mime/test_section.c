/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../store/base/buf.h"
#include "../../../store/mime/section.h"

/* Part 1: text. Part 2: a message with a multipart of two. Part 3: a message with one text. Part 4: an
 * empty multipart. */
static const char nested[] =
	"Subject: s\nContent-Type: multipart/mixed; boundary=a\n\npre\n"
	"--a\nX: 1\n\nbody1\n"
	"--a\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b\n\n"
	"--b\nX: 21\n\nbody21\n--b\n\nbody22\n--b--\n"
	"--a\nContent-Type: message/rfc822\n\nSubject: 3\n\nbody3\n"
	"--a\nContent-Type: multipart/mixed; boundary=c\n\nnone\n"
	"--a--\n";

static const char single[] = "Subject: s\n\nbody\n";

static const char message[] = "Content-Type: message/rfc822\n\nSubject: i\n\nbody\n";

#define INNER_2 "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: 21\n\nbody21\n--b\n\nbody22\n--b--"

static const struct {
	const char *message;
	const char *path; /* as a client writes it */
	enum mime_section_text text;
	const char *bytes; /* NULL: no such part */
} cases[] = {
	{nested, "", MIME_SECTION_ALL, nested},
	{nested, "", MIME_SECTION_HEADER, "Subject: s\nContent-Type: multipart/mixed; boundary=a\n\n"},
	{nested, "1", MIME_SECTION_ALL, "body1"},
	{nested, "1", MIME_SECTION_MIME, "X: 1\n\n"},
	{nested, "1", MIME_SECTION_HEADER, NULL},
	{nested, "1", MIME_SECTION_TEXT, NULL},
	{nested, "1.1", MIME_SECTION_ALL, NULL},
	{nested, "2", MIME_SECTION_ALL, INNER_2},
	{nested, "2", MIME_SECTION_MIME, "Content-Type: message/rfc822\n\n"},
	{nested, "2", MIME_SECTION_HEADER, "Content-Type: multipart/mixed; boundary=b\n\n"},
	{nested, "2", MIME_SECTION_TEXT, "--b\nX: 21\n\nbody21\n--b\n\nbody22\n--b--"},
	{nested, "2.1", MIME_SECTION_ALL, "body21"},
	{nested, "2.1", MIME_SECTION_MIME, "X: 21\n\n"},
	{nested, "2.2", MIME_SECTION_ALL, "body22"},
	{nested, "2.3", MIME_SECTION_ALL, NULL},
	{nested, "2.1.1", MIME_SECTION_ALL, NULL},
	{nested, "3", MIME_SECTION_HEADER, "Subject: 3\n\n"},
	{nested, "3", MIME_SECTION_TEXT, "body3"},
	{nested, "3.1", MIME_SECTION_ALL, "body3"},
	{nested, "3.2", MIME_SECTION_ALL, NULL},
	{nested, "4", MIME_SECTION_ALL, "none"},
	{nested, "4.1", MIME_SECTION_ALL, NULL},
	{nested, "5", MIME_SECTION_ALL, NULL},
	{nested, "0", MIME_SECTION_ALL, NULL},
	{nested, "4294967295", MIME_SECTION_ALL, NULL},
	{single, "", MIME_SECTION_TEXT, "body\n"},
	{single, "1", MIME_SECTION_ALL, "body\n"},
	{single, "1", MIME_SECTION_MIME, "Subject: s\n\n"},
	{single, "1", MIME_SECTION_TEXT, NULL},
	{single, "2", MIME_SECTION_ALL, NULL},
	{single, "1.1", MIME_SECTION_ALL, NULL},
	{message, "", MIME_SECTION_HEADER, "Content-Type: message/rfc822\n\n"},
	{message, "1", MIME_SECTION_ALL, "Subject: i\n\nbody\n"},
	{message, "1", MIME_SECTION_HEADER, "Subject: i\n\n"},
	{message, "1", MIME_SECTION_TEXT, "body\n"},
	{message, "1.1", MIME_SECTION_ALL, "body\n"},
	{message, "1.1.1", MIME_SECTION_ALL, NULL},
	{"", "1", MIME_SECTION_ALL, ""},
	{"", "", MIME_SECTION_TEXT, ""},
};

static size_t read_path(const char *text, uint32_t *path)
{
	size_t depth = 0;

	while (*text) {
		char *end;
		path[depth++] = (uint32_t)strtoul(text, &end, 10);
		text = *end == '.' ? end + 1 : end;
	}
	return depth;
}

static void test_sections(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t path[8];
		struct mime_structure s;
		struct mime_range range;
		struct slice bytes = slice_str(cases[i].message);
		assert_true(mime_structure_parse(bytes, &s));
		bool found = mime_section_find(&s, path, read_path(cases[i].path, path), cases[i].text,
					       &range, NULL);
		if (found != (cases[i].bytes != NULL))
			fail_msg("[%s] found: %d", cases[i].path, found);
		if (found)
			assert_true(slice_eq(slice_of(bytes.data + range.offset, range.length),
					     slice_str(cases[i].bytes)));
		mime_structure_finish(&s);
	}
}

static void test_index(void **state)
{
	const uint32_t path[] = {2, 1};
	struct mime_structure s;
	struct mime_range range;
	size_t part = 99;

	(void)state;
	assert_true(mime_structure_parse(slice_str(nested), &s));
	assert_true(mime_section_find(&s, path, 2, MIME_SECTION_ALL, &range, &part));
	assert_int_equal(part, 4);
	assert_true(mime_section_find(&s, path, 0, MIME_SECTION_ALL, &range, &part));
	assert_int_equal(part, 0);
	mime_structure_finish(&s);
	s = (struct mime_structure){0};
	assert_false(mime_section_find(&s, path, 0, MIME_SECTION_ALL, &range, &part));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sections), cmocka_unit_test(test_index)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
