/* SPDX-License-Identifier: ISC */
#include "mutf7.h"

#include "base64.h"
#include "utf8.h"

/* The alphabet has "," where base64 has "/". */
static int value_of(char c)
{
	return c == ',' ? 63 : c == '/' ? -1 : base64_value(c);
}

static bool is_direct(uint32_t code)
{
	return code >= 0x20 && code <= 0x7e;
}

/* One UTF-16 unit; *high is the first half of a pair that waits for its second, or 0. */
static bool take_unit(uint32_t unit, uint32_t *high, struct buf *utf8)
{
	if (*high != 0) {
		if (unit < 0xdc00 || unit > 0xdfff)
			return false;
		utf8_encode(0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00), utf8);
		*high = 0;
	} else if (unit >= 0xd800 && unit <= 0xdbff) {
		*high = unit;
	} else if (unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
		return false;
	} else {
		utf8_encode(unit, utf8);
	}
	return true;
}

/* Reads "&…-" and returns its length; 0 when it is wrong. */
static size_t decode_shift(struct slice s, struct buf *utf8)
{
	uint32_t bits = 0, high = 0;
	unsigned count = 0;
	size_t i = 1;

	if (s.len > 1 && s.data[1] == '-') {
		buf_add_char(utf8, '&');
		return 2;
	}
	for (; i < s.len && s.data[i] != '-'; i++) {
		int value = value_of(s.data[i]);

		if (value < 0)
			return 0;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 16) {
			count -= 16;
			if (!take_unit(bits >> count & 0xffff, &high, utf8))
				return 0;
		}
	}
	return i < s.len && high == 0 ? i + 1 : 0;
}

/* A name has one correct form only, the one that encoding makes of it: so all that is not caught on the
 * way (bits left over, plain characters encoded, two shifts in a row) shows in the comparison. */
static bool is_correct_form(struct slice name, struct slice utf8)
{
	struct buf again = {0};
	bool same;

	mutf7_encode(utf8, &again);
	same = !again.failed && slice_eq(buf_slice(&again), name);
	buf_finish(&again);
	return same;
}

bool mutf7_decode(struct slice name, struct buf *utf8)
{
	struct slice rest = name;
	size_t start = utf8->len;

	while (rest.len > 0) {
		size_t n = 1;

		if (!is_direct((unsigned char)rest.data[0]))
			return false;
		if (rest.data[0] == '&')
			n = decode_shift(rest, utf8);
		else
			buf_add_char(utf8, rest.data[0]);
		if (n == 0)
			return false;
		rest = slice_skip(rest, n);
	}
	if (utf8->failed)
		return false;
	return is_correct_form(name, slice_skip(buf_slice(utf8), start));
}

struct encoder {
	struct buf *out;
	uint32_t bits;
	unsigned count;
	bool shifted;
};

static void put_unit(struct encoder *e, uint32_t unit)
{
	if (!e->shifted)
		buf_add_char(e->out, '&');
	e->shifted = true;
	e->bits = e->bits << 16 | unit;
	for (e->count += 16; e->count >= 6; e->count -= 6) {
		char c = base64_alphabet[e->bits >> (e->count - 6) & 0x3f];

		buf_add_char(e->out, c == '/' ? ',' : c);
	}
}

static void end_shift(struct encoder *e)
{
	if (!e->shifted)
		return;
	if (e->count > 0) {
		char c = base64_alphabet[e->bits << (6 - e->count) & 0x3f];

		buf_add_char(e->out, c == '/' ? ',' : c);
	}
	buf_add_char(e->out, '-');
	*e = (struct encoder){.out = e->out};
}

static void put_code(struct encoder *e, uint32_t code)
{
	if (is_direct(code)) {
		end_shift(e);
		buf_add_char(e->out, (char)code);
		if (code == '&')
			buf_add_char(e->out, '-');
	} else if (code >= 0x10000) {
		put_unit(e, 0xd800 + ((code - 0x10000) >> 10));
		put_unit(e, 0xdc00 + ((code - 0x10000) & 0x3ff));
	} else {
		put_unit(e, code);
	}
}

void mutf7_encode(struct slice utf8, struct buf *name)
{
	struct encoder e = {.out = name};

	while (utf8.len > 0) {
		uint32_t code = 0xfffd;
		size_t n = utf8_decode(utf8, &code);

		put_code(&e, code);
		utf8 = slice_skip(utf8, n > 0 ? n : 1);
	}
	end_shift(&e);
}
