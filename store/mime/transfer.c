/* SPDX-License-Identifier: ISC */
#include "transfer.h"

enum mime_encoding mime_encoding_of(struct slice value)
{
	static const struct {
		struct slice name;
		enum mime_encoding encoding;
	} names[] = {
		{SLICE("7bit"), MIME_7BIT},
		{SLICE("8bit"), MIME_8BIT},
		{SLICE("binary"), MIME_BINARY},
		{SLICE("base64"), MIME_BASE64},
		{SLICE("quoted-printable"), MIME_QUOTED_PRINTABLE},
	};

	value = slice_trim(value);
	if (slice_starts(value, SLICE("\"")))
		value = slice_skip(value, 1);
	size_t len = 0;
	while (len < value.len && !memchr(" \t\r\n;(\"", value.data[len], 7))
		len++;
	value.len = len;
	if (value.len == 0)
		return MIME_7BIT;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (slice_ieq(value, names[i].name))
			return names[i].encoding;
	}
	return MIME_OTHER;
}

/* The six bits that a character of base64 stands for, plus one; 0: not of the alphabet. */
static unsigned int bits_of(char c)
{
	static const unsigned char table[256] = {
		['+'] = 63, ['/'] = 64, ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['A'] = 1,
		2,          3,          4,          5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
		15,         16,         17,         18, 19, 20, 21, 22, 23, 24, 25, 26, ['a'] = 27,
		28,         29,         30,         31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
		41,         42,         43,         44, 45, 46, 47, 48, 49, 50, 51, 52,
	};

	return table[(unsigned char)c];
}

/* The bytes that `count` characters of a group hold, one less than there are characters. */
static size_t put_group(const char *group, size_t count, char *to)
{
	unsigned int bits = 0;

	for (size_t i = 0; i < 4; i++)
		bits = bits << 6 | (i < count ? bits_of(group[i]) - 1 : 0);
	to[0] = (char)(bits >> 16);
	to[1] = (char)(bits >> 8);
	to[2] = (char)bits;
	return count > 0 ? count - 1 : 0;
}

/* Decodes whole groups as long as nothing stands between; returns what follows. */
static struct slice decode_groups(struct slice s, char *to, size_t *len)
{
	while (s.len >= 4 && bits_of(s.data[0]) && bits_of(s.data[1]) && bits_of(s.data[2]) &&
	       bits_of(s.data[3])) {
		*len += put_group(s.data, 4, to + *len);
		s = slice_of(s.data + 4, s.len - 4);
	}
	return s;
}

static void decode_base64(struct mime_decoder *d, struct slice piece, bool last, struct buf *out)
{
	char *room = buf_reserve(out, piece.len / 4 * 3 + 6);
	size_t len = 0;

	while (room && piece.len > 0 && !d->done) {
		if (d->held_len == 0)
			piece = decode_groups(piece, room, &len);
		if (piece.len == 0)
			break;
		char c = piece.data[0];
		piece = slice_skip(piece, 1);
		if (bits_of(c) > 0)
			d->held[d->held_len++] = c;
		else if (c == '=' && d->held_len >= 2)
			d->done = true;
		if (d->held_len == 4 || d->done) {
			len += put_group(d->held, d->held_len, room + len);
			d->held_len = 0;
		}
	}
	if (room && last)
		len += put_group(d->held, d->held_len, room + len);
	if (last)
		d->held_len = 0;
	out->len += len;
}

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static void hold(struct mime_decoder *d, char c)
{
	d->held[d->held_len++] = c;
}

static void flush(struct mime_decoder *d, struct buf *out)
{
	buf_add(out, d->held, d->held_len);
	d->held_len = 0;
}

/* Held back is what may be the begin of an escape ("=", "=4"), of a soft line break ("=", blanks, CR), or
 * blanks that do not count before a line end. False when c does not go on with it. */
static bool continue_held(struct mime_decoder *d, char c, struct buf *out)
{
	char first = d->held[0];
	char last = d->held[d->held_len - 1];
	bool blank = c == ' ' || c == '\t' || c == '\r';

	if (d->held_len == 2 && first == '=' && hex_of(last) >= 0) {
		if (hex_of(c) < 0)
			return false;
		buf_add_char(out, (char)(hex_of(last) * 16 + hex_of(c)));
		d->held_len = 0;
	} else if (c == '\n') {
		if (first != '=')
			buf_add_str(out, last == '\r' ? "\r\n" : "\n");
		d->held_len = 0;
	} else if ((d->held_len == 1 && first == '=' && hex_of(c) >= 0) ||
		   (blank && last != '\r' && d->held_len < sizeof(d->held))) {
		hold(d, c);
	} else {
		return false;
	}
	return true;
}

/* The bytes from i on that stand for themselves. */
static size_t plain_run(struct slice s, size_t i)
{
	size_t end = i;

	while (end < s.len && s.data[end] != '=' && s.data[end] != ' ' && s.data[end] != '\t')
		end++;
	return end - i;
}

static void decode_quoted_printable(struct mime_decoder *d, struct slice piece, bool last, struct buf *out)
{
	for (size_t i = 0; i < piece.len;) {
		if (d->held_len > 0 && continue_held(d, piece.data[i], out)) {
			i++;
			continue;
		}
		flush(d, out);
		size_t plain = plain_run(piece, i);
		buf_add(out, piece.data + i, plain);
		i += plain;
		if (i < piece.len)
			hold(d, piece.data[i++]);
	}
	if (last && d->held_len == 2 && hex_of(d->held[1]) >= 0)
		flush(d, out);
	if (last)
		d->held_len = 0;
}

void mime_decode(struct mime_decoder *d, struct slice piece, bool last, struct buf *out)
{
	if (d->encoding == MIME_BASE64)
		decode_base64(d, piece, last, out);
	else if (d->encoding == MIME_QUOTED_PRINTABLE)
		decode_quoted_printable(d, piece, last, out);
	else
		buf_add_slice(out, piece);
}

void mime_encode_base64(struct slice bytes, struct buf *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t count = bytes.len - i < 3 ? bytes.len - i : 3;
		unsigned int bits = 0;
		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < count ? (unsigned char)bytes.data[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_add_char(out, k <= count ? alphabet[bits >> (18 - 6 * k) & 63] : '=');
	}
}
