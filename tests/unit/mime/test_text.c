/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "../../../store/mime/html.h"
#include "../../../store/mime/text.h"
#include "check.h"

static void test_html(void **state)
{
	static const struct {
		const char *html;
		const char *text;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"a<b>b</b>c<br>d<p>e", "abc d e"},
		{"a<!-- x > y -->b", "ab"},
		{"a<!DOCTYPE x>b<?xml y?>c", "abc"},
		{"a<style type=x>p{}</style>b<SCRIPT>if (a</b) x</SCRIPT >c", "a b c"},
		{"&lt;&amp;&gt;&quot;&nbsp;&eacute;&yuml;&euro;",
		 "<&>\"\xc2\xa0\xc3\xa9\xc3\xbf\xe2\x82\xac"},
		{"&#65;&#x42;&#x1F600;&#xd800;&#0;", "AB\xf0\x9f\x98\x80\xef\xbf\xbd&#0;"},
		{"&amp x&bogus;&;&#;&#x;&#99999999999;&", "& x&bogus;&;&#;&#x;&#99999999999;&"},
		{"a < b <3 <", "a < b <3 <"},
		{"<a title=\">\" class='>'>x</a>", "x"},
		{"<a href=\"http://x/?a=1&amp;b\">here</a> now<img src=i.png>",
		 "here now  http://x/?a=1&b i.png"},
		{"<form action = 'u'>", "  u"},
		{"open <b", "open "},
		{"open <a href=\"x", "open  x"},
		{"open <!-- x", "open "},
		{"open <script>x", "open  "},
		{"&eacut", "&eacut"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_reset(&out);
		mime_html_text(slice_str(cases[i].html), &out);
		buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].text);
	}
	buf_finish(&out);
}

static const char mail[] =
	"Subject: =?utf-8?q?=C3=89?= one\nX: y\n"
	"Content-Type: multipart/mixed; boundary=a\n\npreamble\n"
	"--a\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
	"quoted-printable\n\nF=FC=\nr  DICH\n"
	"--a\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+Qm9sZDwvYj48YnI+\n"
	"--a\nContent-Type: image/png; name=Pic.png\n\nbinary\n"
	"--a\nContent-Type: message/rfc822\n\nSubject: Inner\n\nInside\n"
	"--a\nContent-Type: multipart/mixed\n\nNo boundary\n"
	"--a--\n";

static void search_text(struct slice message, bool headers, size_t max, struct buf *out)
{
	struct mime_structure s;

	assert_true(mime_structure_parse(message, &s));
	mime_search_text(message, &s, headers, max, out);
	mime_structure_finish(&s);
}

static void test_search_text(void **state)
{
	struct buf out = {0};
	struct buf all = {0};

	(void)state;
	search_text(slice_str(mail), false, 10000, &out);
	buf_add_char(&out, '\0');
	assert_string_equal(out.data, "fu\xcc\x88r dich\nbold \nsubject: inner\ninside\nno boundary\n");

	search_text(slice_str(mail), true, 10000, &all);
	buf_add_char(&all, '\0');
	assert_non_null(strstr(all.data, "subject: e\xcc\x81 one\nx: y\n"));
	assert_non_null(strstr(all.data, "name=pic.png\n"));
	assert_null(strstr(all.data, "binary"));
	assert_null(strstr(all.data, "preamble"));

	/* Cut anywhere it is a head of the whole, of whole characters, behind what was there. */
	for (size_t max = 0; max < out.len - 1; max++) {
		struct buf part = {0};
		buf_add_str(&part, "before");
		search_text(slice_str(mail), false, max, &part);
		assert_true(part.len <= 6 + max && part.len + 3 >= 6 + max);
		assert_true(check_utf8(buf_slice(&part)));
		assert_memory_equal(part.data + 6, out.data, part.len - 6);
		buf_finish(&part);
	}
	buf_finish(&out);
	buf_finish(&all);
}

/* Time doubles when the text does. */
static void test_linear(void **state)
{
	static const char *const pieces[] = {"<a href=", "<!--",  "<script>", "&",
					     "&#",       "<b \"", "</",       "<a b='"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct buf html = {0};
		struct buf out = {0};
		double seconds[2];
		while (html.len < 4 << 20)
			buf_add_str(&html, pieces[i]);
		for (int k = 0; k < 2; k++) {
			clock_t start = clock();
			buf_reset(&out);
			mime_html_text(slice_of(html.data, html.len / (k == 0 ? 2 : 1)), &out);
			seconds[k] = (double)(clock() - start) / CLOCKS_PER_SEC;
		}
		if (seconds[1] > 4 * seconds[0] + 0.2)
			fail_msg("%s: %.3f s, then %.3f s", pieces[i], seconds[0], seconds[1]);
		buf_reset(&out);
		mime_html_shown(buf_slice(&html), &out);
		buf_finish(&html);
		buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_search_text),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
