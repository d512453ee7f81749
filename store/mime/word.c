/* SPDX-License-Identifier: ISC */
#include "word.h"

#include "header.h"
#include "transfer.h"

enum { WORD_VALUE_MAX = 64 * 1024, CHARSET_MAX = 64 };

/* "=?" charset ["*" language] "?" encoding "?" text "?=" (RFC 2047 section 2, RFC 2231 section 5) */
struct word {
	struct slice charset;
	bool base64;
	struct slice text;
	size_t length; /* of the whole word */
};

/* Reads the word at the start of s; *unended is set when none is ended from here on. */
static bool read_word(struct slice s, struct word *word, bool *unended)
{
	if (!slice_starts(s, SLICE("=?")))
		return false;
	struct slice rest = slice_skip(s, 2);
	const char *mark =
		rest.len > 0 ? memchr(rest.data, '?', rest.len < CHARSET_MAX ? rest.len : CHARSET_MAX) : NULL;
	if (!mark || mark == rest.data || rest.data + rest.len - mark < 5 || mark[2] != '?')
		return false;
	char encoding = (char)(mark[1] | 0x20);
	if (encoding != 'b' && encoding != 'q')
		return false;
	const char *text = mark + 3;
	const char *end = memmem(text, (size_t)(rest.data + rest.len - text), "?=", 2);
	if (!end) {
		*unended = true;
		return false;
	}
	const char *star = memchr(rest.data, '*', (size_t)(mark - rest.data));
	word->charset = slice_of(rest.data, (size_t)((star ? star : mark) - rest.data));
	word->base64 = encoding == 'b';
	word->text = slice_of(text, (size_t)(end - text));
	word->length = (size_t)(end + 2 - s.data);
	return true;
}

/* The "Q" encoding is quoted-printable with "_" for a blank. */
static void decode_word(const struct word *word, struct buf *out)
{
	struct mime_decoder d = {.encoding = word->base64 ? MIME_BASE64 : MIME_QUOTED_PRINTABLE};

	if (word->base64) {
		mime_decode(&d, word->text, true, out);
		return;
	}
	for (size_t i = 0; i < word->text.len; i++) {
		char c = word->text.data[i];
		mime_decode(&d, c == '_' || c == ' ' ? SLICE("=20") : slice_of(&c, 1), false, out);
	}
	mime_decode(&d, slice_of(NULL, 0), true, out);
}

/* Decoded words may hold line ends; the text has none. */
static void add_text(struct mime_charsets *sets, struct slice charset, struct slice bytes, struct buf *out)
{
	size_t start = out->len;

	mime_to_utf8_with(sets, charset, bytes, out);
	for (size_t i = start; i < out->len; i++) {
		if (out->data[i] == '\r' || out->data[i] == '\n')
			out->data[i] = ' ';
	}
}

static size_t blanks(struct slice s)
{
	size_t len = 0;

	while (len < s.len && (s.data[len] == ' ' || s.data[len] == '\t'))
		len++;
	return len;
}

/* Decodes the word at the start of s and those that follow it with nothing but blanks between and in the
 * same character set: they may share a character. Returns what follows. */
static struct slice decode_run(struct slice s, struct word *word, struct buf *bytes, bool *unended)
{
	struct slice charset = word->charset;
	bool more = true;

	buf_reset(bytes);
	while (more) {
		decode_word(word, bytes);
		s = slice_skip(s, word->length);
		struct slice next = slice_skip(s, blanks(s));
		more = !*unended && read_word(next, word, unended);
		if (more)
			s = next;
		more = more && slice_ieq(word->charset, charset);
	}
	return s;
}

static void decode_line(struct mime_charsets *sets, struct slice s, struct buf *bytes, struct buf *out)
{
	size_t plain = 0; /* bytes before the next word */
	bool unended = false;

	while (plain < s.len) {
		struct word word;
		const char *mark = unended ? NULL : memmem(s.data + plain, s.len - plain, "=?", 2);
		plain = mark ? (size_t)(mark - s.data) : s.len;
		if (!mark || !read_word(slice_skip(s, plain), &word, &unended)) {
			plain += plain < s.len;
			continue;
		}
		mime_clean_utf8(slice_of(s.data, plain), out);
		struct slice charset = word.charset;
		s = decode_run(slice_skip(s, plain), &word, bytes, &unended);
		add_text(sets, charset, buf_slice(bytes), out);
		plain = 0;
	}
	mime_clean_utf8(s, out);
}

/* Some character sets write more than they read: cut between two characters. */
static void cut(struct buf *out, size_t end)
{
	if (out->len <= end)
		return;
	while (end > 0 && ((unsigned char)out->data[end] & 0xc0) == 0x80)
		end--;
	out->len = end;
}

void mime_decode_words_with(struct mime_charsets *sets, struct slice value, struct buf *out)
{
	struct buf line = {0};
	struct buf bytes = {0};
	size_t start = out->len;

	if (value.len > WORD_VALUE_MAX)
		value.len = WORD_VALUE_MAX;
	mime_unfold(value, &line);
	decode_line(sets, buf_slice(&line), &bytes, out);
	cut(out, start + 4 * line.len);
	buf_finish(&line);
	buf_finish(&bytes);
}

void mime_decode_words(struct slice value, struct buf *out)
{
	struct mime_charsets sets = {0};

	mime_decode_words_with(&sets, value, out);
	mime_charsets_finish(&sets);
}
