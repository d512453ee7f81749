/* SPDX-License-Identifier: ISC */
#include "utf8.h"

size_t utf8_decode(struct slice s, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead;
	uint32_t n;
	size_t len;

	if (s.len == 0)
		return 0;
	lead = (unsigned char)s.data[0];
	if (lead < 0x80) {
		*code = lead;
		return 1;
	}
	len = lead >= 0xf8 ? 0 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
	if (len == 0 || s.len < len)
		return 0;
	n = lead & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		n = n << 6 | (c & 0x3f);
	}
	if (n < least[len] || n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff))
		return 0;
	*code = n;
	return len;
}

bool utf8_valid(struct slice s)
{
	while (s.len > 0) {
		uint32_t code;
		size_t n = utf8_decode(s, &code);

		if (n == 0)
			return false;
		s = slice_skip(s, n);
	}
	return true;
}

void utf8_encode(uint32_t code, struct buf *out)
{
	if (code < 0x80) {
		buf_add_char(out, (char)code);
		return;
	}
	if (code < 0x800) {
		buf_add_char(out, (char)(0xc0 | code >> 6));
	} else {
		if (code < 0x10000) {
			buf_add_char(out, (char)(0xe0 | code >> 12));
		} else {
			buf_add_char(out, (char)(0xf0 | code >> 18));
			buf_add_char(out, (char)(0x80 | (code >> 12 & 0x3f)));
		}
		buf_add_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	buf_add_char(out, (char)(0x80 | (code & 0x3f)));
}
