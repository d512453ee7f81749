/* SPDX-License-Identifier: ISC */
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <utf8proc.h>

enum { FOLDED_MAX = 32 };

static const struct slice REPLACEMENT = {"\xef\xbf\xbd", 3}; /* U+FFFD */

/* Names that iconv lacks, or that stand for more than they say. */
static const struct {
	struct slice name;
	const char *meant;
} aliases[] = {
	{SLICE("gb2312"), "GB18030"},
	{SLICE("gbk"), "GB18030"},
	{SLICE("iso-8859-8-i"), "ISO-8859-8"},
	{SLICE("ks_c_5601-1987"), "CP949"},
	{SLICE("shift_jis"), "CP932"},
	{SLICE("unicode-1-1-utf-7"), "UTF-7"},
	{SLICE("x-sjis"), "CP932"},
};

/* Only names that could be one are shown to iconv, which reads more into "/" and the like. */
static bool is_name(struct slice charset)
{
	for (size_t i = 0; i < charset.len; i++) {
		char c = charset.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && !memchr("-_.:+()", c, 7))
			return false;
	}
	return charset.len > 0 && charset.len <= MIME_CHARSET_NAME_MAX;
}

/* NULL when iconv does not know the name. */
static void *open_converter(const char *name)
{
	iconv_t converter;

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (slice_ieq(slice_str(name), aliases[i].name))
			name = aliases[i].meant;
	}
	converter = iconv_open("UTF-8", name);
	return converter == (iconv_t)-1 ? NULL : converter;
}

static void *find_converter(struct mime_charsets *sets, struct slice charset)
{
	if (!is_name(charset))
		return NULL;
	for (size_t i = 0; i < sets->count; i++) {
		if (slice_ieq(slice_str(sets->known[i].name), charset))
			return sets->known[i].converter;
	}
	if (sets->count == MIME_CHARSETS_MAX)
		return NULL;
	char *name = sets->known[sets->count].name;
	memcpy(name, charset.data, charset.len);
	name[charset.len] = '\0';
	return sets->known[sets->count++].converter = open_converter(name);
}

void mime_charsets_finish(struct mime_charsets *sets)
{
	while (sets->count > 0) {
		void *converter = sets->known[--sets->count].converter;
		if (converter)
			iconv_close(converter);
	}
}

static bool is_utf8_name(struct slice charset)
{
	return slice_ieq(charset, SLICE("utf-8")) || slice_ieq(charset, SLICE("utf8"));
}

static bool is_ascii_name(struct slice charset)
{
	return slice_ieq(charset, SLICE("us-ascii")) || slice_ieq(charset, SLICE("ascii"));
}

bool mime_charset_known(struct slice charset)
{
	struct mime_charsets sets = {0};
	bool known = is_utf8_name(charset) || is_ascii_name(charset) || find_converter(&sets, charset);

	mime_charsets_finish(&sets);
	return known;
}

enum { WORD = sizeof(uint64_t) };

/* A byte in each of a word's eight. */
static uint64_t bytes_of(unsigned char c)
{
	return c * UINT64_C(0x0101010101010101);
}

/* The bytes at the start that are ASCII but not NUL; eight at once, as a text is mostly nothing else. */
static size_t ascii_run(struct slice s)
{
	uint64_t high = bytes_of(0x80), word;
	size_t i = 0;

	while (s.len - i >= WORD) {
		memcpy(&word, s.data + i, WORD);
		if ((word & high) != 0 || (((word | high) - bytes_of(1)) & high) != high)
			break;
		i += WORD;
	}
	while (i < s.len && s.data[i] != '\0' && (unsigned char)s.data[i] < 0x80)
		i++;
	return i;
}

bool mime_is_ascii(struct slice text)
{
	return ascii_run(text) == text.len;
}

/* The length of the valid character at the start of s (RFC 3629), 0 when there is none. */
static size_t character_length(struct slice s)
{
	utf8proc_int32_t code;
	utf8proc_ssize_t len =
		utf8proc_iterate((const utf8proc_uint8_t *)s.data, (utf8proc_ssize_t)s.len, &code);

	return len > 0 && code > 0 ? (size_t)len : 0;
}

static bool is_utf8(struct slice s)
{
	while (s.len > 0) {
		size_t len = ascii_run(s);
		if (len == 0)
			len = character_length(s);
		if (len == 0 && s.data[0] != '\0')
			return false;
		s = slice_skip(s, len > 0 ? len : 1);
	}
	return true;
}

void mime_nfc(struct slice utf8, struct buf *out)
{
	utf8proc_uint8_t *normal = NULL;
	utf8proc_ssize_t len = UTF8PROC_ERROR_INVALIDUTF8;

	if (ascii_run(utf8) < utf8.len)
		len = utf8proc_map((const utf8proc_uint8_t *)utf8.data, (utf8proc_ssize_t)utf8.len, &normal,
				   UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (len == UTF8PROC_ERROR_NOMEM)
		out->failed = true;
	else if (len >= 0)
		buf_add(out, (const char *)normal, (size_t)len);
	else
		buf_add_slice(out, utf8);
	free(normal);
}

void mime_clean_utf8(struct slice text, struct buf *out)
{
	while (text.len > 0) {
		size_t len = ascii_run(text);
		if (len == 0)
			len = character_length(text);
		if (len > 0)
			buf_add(out, text.data, len);
		else
			buf_add_slice(out, REPLACEMENT);
		text = slice_skip(text, len > 0 ? len : 1);
	}
}

static void convert(void *converter, struct slice text, struct buf *out)
{
	char *in = (char *)(uintptr_t)text.data; /* iconv does not write there */
	size_t in_left = text.len;
	char chunk[1024];

	iconv(converter, NULL, NULL, NULL, NULL);
	for (bool last = false; !last && !out->failed;) {
		char *to = chunk;
		size_t room = sizeof(chunk);
		size_t before = in_left;
		last = in_left == 0;
		size_t result = iconv(converter, last ? NULL : &in, last ? NULL : &in_left, &to, &room);
		bool stuck = result == (size_t)-1 && (errno != E2BIG || (in_left == before && to == chunk));
		mime_clean_utf8(slice_of(chunk, (size_t)(to - chunk)), out);
		if (stuck && in_left > 0) {
			buf_add_slice(out, REPLACEMENT);
			in++;
			in_left--;
		}
	}
}

bool mime_to_utf8_with(struct mime_charsets *sets, struct slice charset, struct slice text, struct buf *out)
{
	bool ascii = is_ascii_name(charset);

	if (is_utf8_name(charset)) {
		mime_clean_utf8(text, out);
		return true;
	}
	void *converter = ascii ? NULL : find_converter(sets, charset);
	bool known = ascii || converter;
	if (!converter && !is_utf8(text))
		converter = find_converter(sets, SLICE("WINDOWS-1252"));
	if (converter)
		convert(converter, text, out);
	else
		mime_clean_utf8(text, out);
	return known;
}

bool mime_to_utf8(struct slice charset, struct slice text, struct buf *out)
{
	struct mime_charsets sets = {0};
	bool known = mime_to_utf8_with(&sets, charset, text, out);

	mime_charsets_finish(&sets);
	return known;
}

static bool ends_in_blank(const struct buf *b)
{
	return b->len > 0 && b->data[b->len - 1] == ' ';
}

/* Lowers eight bytes of ASCII at once; false when blanks in them need a closer look. */
static bool fold_word(const char *from, bool after_blank, char *to)
{
	uint64_t high = bytes_of(0x80), word, spaces, upper;

	memcpy(&word, from, WORD);
	if (((word + bytes_of(0x80 - ' ')) & high) != high)
		return false; /* a control character */
	spaces = ~((word ^ bytes_of(' ')) + bytes_of(0x7f)) & high;
	if ((spaces & spaces << 8) != 0 || (after_blank && *from == ' '))
		return false;
	upper = ((word + bytes_of(0x80 - 'A')) ^ (word + bytes_of(0x7f - 'Z'))) & high;
	word |= upper >> 2;
	memcpy(to, &word, WORD);
	return true;
}

/* Folds a run of ASCII. */
static void fold_ascii(struct slice run, bool join_blanks, struct buf *out)
{
	char *room = buf_reserve(out, run.len);
	if (!room)
		return;
	bool after_blank = join_blanks && ends_in_blank(out);
	size_t len = 0;
	for (size_t i = 0; i < run.len; i++) {
		char c = run.data[i];
		while (join_blanks && run.len - i > WORD &&
		       fold_word(run.data + i, after_blank, room + len)) {
			i += WORD;
			len += WORD;
			after_blank = room[len - 1] == ' ';
			c = run.data[i];
		}
		if (join_blanks && (c == ' ' || (c >= '\t' && c <= '\r'))) {
			if (!after_blank)
				room[len++] = ' ';
			after_blank = true;
			continue;
		}
		after_blank = false;
		room[len++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	out->len += len;
}

static void fold_character(utf8proc_int32_t code, bool join_blanks, struct buf *out)
{
	utf8proc_int32_t folded[FOLDED_MAX];
	int boundclass = 0;
	utf8proc_ssize_t count = utf8proc_decompose_char(
		code, folded, FOLDED_MAX,
		UTF8PROC_CASEFOLD | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE, &boundclass);

	for (utf8proc_ssize_t i = 0; i < count && count <= FOLDED_MAX; i++) {
		char bytes[4];
		utf8proc_ssize_t len = utf8proc_encode_char(folded[i], (utf8proc_uint8_t *)bytes);
		if (len == 1)
			fold_ascii(slice_of(bytes, 1), join_blanks, out);
		else if (len > 1)
			buf_add(out, bytes, (size_t)len);
	}
}

void mime_fold(struct slice utf8, bool join_blanks, struct buf *out)
{
	while (utf8.len > 0) {
		size_t len = ascii_run(utf8);
		if (len > 0) {
			fold_ascii(slice_of(utf8.data, len), join_blanks, out);
		} else {
			utf8proc_int32_t code = 0;
			len = character_length(utf8);
			if (len > 0)
				utf8proc_iterate((const utf8proc_uint8_t *)utf8.data, (utf8proc_ssize_t)len,
						 &code);
			fold_character(len > 0 ? code : 0xfffd, join_blanks, out);
		}
		utf8 = slice_skip(utf8, len > 0 ? len : 1);
	}
}
