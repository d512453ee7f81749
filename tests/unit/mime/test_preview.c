/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/mime/preview.h"
#include "check.h"

#define HTML "Content-Type: text/html; charset=utf-8\r\n"

static const struct {
	const char *header;
	const char *body;
	enum mime_encoding encoding;
	const char *text; /* NULL: none */
} cases[] = {
	{"", "two\r\nlines\r\n", MIME_7BIT, "two lines"},
	{"", "", MIME_7BIT, NULL},
	{"", " \r\n\t\v\r\n", MIME_7BIT, NULL},
	{"", "\x1b[31m red \x01\x7f", MIME_7BIT, "[31m red"},
	{"Content-Type: text/plain; charset=iso-8859-1\r\n", "F=FC=\nr dich=A0!", MIME_QUOTED_PRINTABLE,
	 "F\xc3\xbcr dich !"},
	{"Content-Type: text/plain; charset=utf-8\r\n", "d29uZGVyZnVsIHByaXpl", MIME_BASE64,
	 "wonderful prize"},
	{"Content-Type: text/plain\r\n", "x", MIME_OTHER, NULL},
	{"Content-Type: image/png\r\n", "x", MIME_7BIT, NULL},
	{"Content-Type: text/calendar\r\n", "x", MIME_7BIT, NULL},
	{"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a\r\n", "x", MIME_7BIT, NULL},
	{"Content-Disposition: inline\r\nContent-Type: TEXT/Plain\r\n", "x", MIME_7BIT, "x"},
	{"Content-Type: nonsense\r\n", "x", MIME_7BIT, "x"},
	{HTML,
	 "<html><head><title>no</title><style>p{}</style></head><p>Click&nbsp;<a href=http://x/>here</a>!",
	 MIME_7BIT, "Click here!"},
	{HTML, "<script>x</script><!-- y --><img src=z>", MIME_7BIT, NULL},
	{HTML, "cut <a href=\"http", MIME_7BIT, "cut"},
	{HTML, "cut in a letter \xc3", MIME_8BIT, "cut in a letter \xef\xbf\xbd"},
	/* The filling of a hidden first line. */
	{HTML, "Now&zwnj;&nbsp;&zwnj;&nbsp;\xcd\x8f &zwnj;&#8203;&shy;&#65279; then", MIME_8BIT,
	 "Now\xe2\x80\x8c then"},
	/* Joiners between letters stay; marks that turn the direction of writing do not. */
	{"Content-Type: text/plain; charset=utf-8\r\n",
	 "a\xe2\x80\x8d"
	 "b \xe2\x80\xaetxt.exe\xe2\x80\xac",
	 MIME_8BIT,
	 "a\xe2\x80\x8d"
	 "b txt.exe"},
	{"Content-Type: text/plain; charset=utf-8\r\n",
	 "line\xe2\x80\xa8sep\xc2\x85"
	 "next",
	 MIME_8BIT, "line sep next"},
};

static void the_first_words(void **state)
{
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool found = mime_preview(slice_str(cases[i].header), slice_str(cases[i].body),
					  cases[i].encoding, &out);

		assert_int_equal(found, cases[i].text != NULL);
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].text ? cases[i].text : "");
		buf_reset(&out);
	}
	buf_finish(&out);
}

/* 199, 200 and 201 characters of three bytes, and of one after blanks. */
static void at_most_200_characters(void **state)
{
	struct buf body = {0}, out = {0};

	(void)state;
	for (unsigned i = 1; i <= MIME_PREVIEW_MAX + 1; i++) {
		buf_add_str(&body, "\xe2\x82\xac");
		if (i < MIME_PREVIEW_MAX - 1)
			continue;
		buf_reset(&out);
		assert_true(mime_preview(slice_of(NULL, 0), buf_slice(&body), MIME_8BIT, &out));
		assert_null(check_preview_text(buf_slice(&out)));
		assert_int_equal(out.len, 3 * (i < MIME_PREVIEW_MAX ? i : MIME_PREVIEW_MAX));
	}
	buf_reset(&body);
	for (unsigned i = 0; i < 5000; i++)
		buf_add_str(&body, "  \r\n");
	for (unsigned i = 0; i < 150; i++)
		buf_add_str(&body, "x ");
	buf_reset(&out);
	assert_true(mime_preview(slice_of(NULL, 0), buf_slice(&body), MIME_7BIT, &out));
	assert_null(check_preview_text(buf_slice(&out)));
	assert_int_equal(out.len, MIME_PREVIEW_MAX - 1);
	buf_finish(&body);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_words),
		cmocka_unit_test(at_most_200_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
