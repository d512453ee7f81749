/* SPDX-License-Identifier: ISC
 *
 * Some thousand broken messages, one generator for each kind of breakage, the same at every run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../store/base/buf.h"
#include "check.h"

enum { ROUNDS = 150 };

struct random {
	uint64_t state;
};

static size_t below(struct random *r, size_t n)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (size_t)((r->state >> 11) % n);
}

static const char *pick(struct random *r, const char *const *from, size_t count)
{
	return from[below(r, count)];
}

#define PICK(r, ...)                                  \
	pick((r), (const char *const[]){__VA_ARGS__}, \
	     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *line_end(struct random *r)
{
	return PICK(r, "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\r", "");
}

static void add_noise(struct random *r, size_t max, struct buf *out)
{
	for (size_t n = below(r, max); n > 0; n--)
		buf_add_char(out, (char)below(r, 256));
}

/* A sound message to break. */
static void add_sound(struct random *r, struct buf *out)
{
	buf_add_str(out,
		    "From: \"A (b)\" <a@b.c>, g: d@e, f;\r\nTo: =?utf-8?q?=C3=A9?= <x@y>\r\n"
		    "Subject: s\r\n folded\r\nDate: Mon, 1 Jan 2024 00:00:00 +0100\r\nMessage-ID: <i@j>\r\n");
	buf_addf(out, "Content-Type: multipart/%s; boundary=\"b\"\r\n\r\npre\r\n--b\r\n",
		 PICK(r, "mixed", "digest", "related"));
	buf_add_str(out, "Content-Type: text/plain; charset=iso-8859-1; name*0*=utf-8''a%20; name*1=b\r\n"
			 "Content-Transfer-Encoding: quoted-printable\r\n\r\n=E9=\r\nx \r\n--b\r\n");
	buf_add_str(out, "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--b\r\n");
	buf_add_str(out, "Content-Type: text/html\r\nContent-Disposition: attachment; filename=\"a\\\"b\"\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\nPGI+eDwvYj4=\r\n--b--\r\nepilogue\r\n");
}

static void flip_bytes(struct random *r, struct buf *out)
{
	add_sound(r, out);
	for (size_t n = 1 + below(r, 20); n > 0; n--)
		out->data[below(r, out->len)] = (char)below(r, 256);
}

static void drop_ranges(struct random *r, struct buf *out)
{
	add_sound(r, out);
	for (size_t n = 1 + below(r, 4); n > 0; n--) {
		size_t at = below(r, out->len);
		size_t len = below(r, out->len - at) / 8;
		memmove(out->data + at, out->data + at + len, out->len - at - len);
		out->len -= len;
	}
}

static void repeat_ranges(struct random *r, struct buf *out)
{
	struct buf sound = {0};

	add_sound(r, &sound);
	for (size_t n = 2 + below(r, 6); n > 0; n--) {
		size_t at = below(r, sound.len);
		buf_add(out, sound.data + at, below(r, sound.len - at));
	}
	buf_finish(&sound);
}

static void cut_end(struct random *r, struct buf *out)
{
	add_sound(r, out);
	out->len = below(r, out->len);
}

static void break_line_ends(struct random *r, struct buf *out)
{
	struct buf sound = {0};

	add_sound(r, &sound);
	for (size_t i = 0; i < sound.len; i++) {
		if (sound.data[i] == '\n')
			buf_add_str(out, line_end(r));
		else if (sound.data[i] != '\r')
			buf_add_char(out, sound.data[i]);
	}
	buf_finish(&sound);
}

static void break_addresses(struct random *r, struct buf *out)
{
	for (size_t field = 0; field < 5; field++) {
		buf_add_str(out, PICK(r, "From:", "Sender:", "Reply-To:", "To:", "Cc:", "Bcc:", "from :"));
		for (size_t n = below(r, 30); n > 0; n--)
			buf_add_str(out, PICK(r, "a", "b@c", "<", ">", "(", ")", "\"", "\\", ",", ";", ":",
					      "@", ".", " ", "\r\n ", "[", "]", "\xc3\xa9",
					      "=?utf-8?b?w6k=?=", "g:", "<@r:x@y>", "\x01", "NIL"));
		buf_add_str(out, line_end(r));
	}
}

static void break_content_type(struct random *r, struct buf *out)
{
	buf_add_str(out, PICK(r, "Content-Type:", "Content-Disposition:", "Content-Language:"));
	for (size_t n = below(r, 40); n > 0; n--)
		buf_add_str(out, PICK(r, "text", "multipart", "message", "/", "plain", "rfc822", "mixed", ";",
				      "=", "\"", "\\", "(", ")", "boundary", "charset", "*0", "*1*", "*",
				      "%41", "'", " ", "\r\n\t", "\xff", "a", ","));
	buf_add_str(out, "\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n");
}

static void conflict(struct random *r, struct buf *out)
{
	for (size_t n = 1 + below(r, 5); n > 0; n--)
		buf_addf(out, "%s: %s\n",
			 PICK(r, "Content-Type", "content-TYPE", "Content-Transfer-Encoding"),
			 PICK(r, "multipart/mixed; boundary=a; boundary=b",
			      "multipart/mixed; boundary*0=a; boundary*1=b", "message/rfc822", "text/html",
			      "base64", "quoted-printable", "7bit", "x-unknown",
			      "multipart/digest; boundary=b"));
	buf_add_str(out, "\n--a\n\nA: x\n\ny\n--b\n\nA: x\n\ny\n--ab\n\nz\n--a--\n--b--\n");
}

static void nest(struct random *r, struct buf *out)
{
	for (size_t n = below(r, 130); n > 0; n--) {
		const char *b = PICK(r, "a", "ab", "a--", "b", "-", "--", "aa");
		if (below(r, 4) == 0)
			buf_add_str(out, "Content-Type: message/rfc822\n\n");
		else
			buf_addf(out, "Content-Type: multipart/%s; boundary=\"%s\"\n\n--%s\n",
				 PICK(r, "mixed", "digest"), b, b);
	}
	for (size_t n = below(r, 60); n > 0; n--)
		buf_addf(out, "--%s%s\n", PICK(r, "a", "ab", "a--", "b", "-", "--", "aa"),
			 PICK(r, "", "--", " ", "\n"));
}

static void inject(struct random *r, struct buf *out)
{
	const char *bad =
		PICK(r, "\r* 1 EXPUNGE\r", "\"", "\\", "\"\\", "{3}\r", "\xff\xfe", ") NIL", "\x7f\x1b[31m");

	buf_addf(out,
		 "Subject: %s\r\nMessage-ID: %s\r\nFrom: \"%s\" <%s@%s>\r\nDate: %s\r\nIn-Reply-To: %s\r\n",
		 bad, bad, bad, bad, bad, bad, bad);
	buf_addf(out,
		 "Content-ID: %s\r\nContent-Description: %s\r\nContent-MD5: %s\r\nContent-Location: %s\r\n",
		 bad, bad, bad, bad);
	buf_addf(out,
		 "Content-Transfer-Encoding: %s\r\nContent-Type: text/plain; charset=\"%s\"; %s=%s\r\n\r\n",
		 bad, bad, bad, bad);
	add_noise(r, 50, out);
}

static void only_noise(struct random *r, struct buf *out)
{
	add_noise(r, 600, out);
}

static void odd_start(struct random *r, struct buf *out)
{
	buf_add_str(out, PICK(r, "\r\n", "\n\n", " folded: x\r\n", "From a@b Mon Jan 1 00:00:00 2024\r\n",
			      ":\r\n", ">From: x\r\n", "\xef\xbb\xbf", "--b\r\n", "\t\r\n"));
	add_sound(r, out);
}

static void break_encodings(struct random *r, struct buf *out)
{
	buf_addf(out, "Subject: =?%s?%s?%s",
		 PICK(r, "utf-8", "utf-7", "iso-2022-jp", "utf-16", "x", "", "gb2312*en"),
		 PICK(r, "q", "b", "Q", "B", "x", ""),
		 PICK(r, "=C3?=", "w6k=?=", "=", "?=", "??\?=", "w6?="));
	buf_addf(out, "\r\nContent-Type: text/%s; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
		 PICK(r, "plain", "html"), PICK(r, "utf-8", "utf-7", "iso-2022-kr", "utf-32", "none", "big5"),
		 PICK(r, "base64", "quoted-printable", "binary", "x"));
	for (size_t n = below(r, 60); n > 0; n--)
		buf_add_str(out, PICK(r, "=", "=4", "=C3=A9", "QUJD", "<a href=", "<!--", "-->", "\"", "&#x",
				      "&amp;", "&", ">", "<script>", "</script", "\x1b$B", "\xff", "+AGE-",
				      " ", "\r\n"));
}

static void test_broken_messages(void **state)
{
	static void (*const generators[])(struct random *, struct buf *) = {
		flip_bytes,      drop_ranges,        repeat_ranges,   cut_end, break_line_ends,
		break_addresses, break_content_type, conflict,        nest,    inject,
		only_noise,      odd_start,          break_encodings,
	};
	struct random r = {0x9e3779b97f4a7c15};

	(void)state;
	for (size_t g = 0; g < ARRAY_SIZE(generators); g++) {
		for (int round = 0; round < ROUNDS; round++) {
			struct buf message = {0};
			generators[g](&r, &message);
			const char *error = check_message(buf_slice(&message));
			if (error)
				fail_msg("generator %zu, round %d: %s", g, round, error);
			buf_finish(&message);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_broken_messages)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
