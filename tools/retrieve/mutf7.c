/* SPDX-License-Identifier: ISC */
#include "mutf7.h"

#include "../../store/base/utf8.h"
#include "../../store/mime/transfer.h"

static void add_utf16(uint32_t c, struct buf *out)
{
	if (c > 0xffff) {
		add_utf16(0xd800 + ((c - 0x10000) >> 10), out);
		add_utf16(0xdc00 + ((c - 0x10000) & 0x3ff), out);
		return;
	}
	buf_add_char(out, (char)(c >> 8));
	buf_add_char(out, (char)c);
}

/* A run of what is not printable ASCII, in base64 with a comma for the slash and without padding. */
static void end_run(struct buf *run, struct buf *out)
{
	struct buf encoded = {0};
	if (run->len == 0)
		return;
	mime_encode_base64(buf_slice(run), &encoded);
	buf_add_char(out, '&');
	for (size_t i = 0; i < encoded.len; i++)
		if (encoded.data[i] != '=' && encoded.data[i] != '\r' && encoded.data[i] != '\n')
			buf_add_char(out, encoded.data[i] == '/' ? ',' : encoded.data[i]);
	buf_add_char(out, '-');
	out->failed |= encoded.failed || run->failed;
	buf_finish(&encoded);
	buf_reset(run);
}

void mutf7_encode(struct slice utf8, struct buf *out)
{
	struct buf run = {0};
	while (utf8.len > 0) {
		uint32_t c = 0xfffd;
		size_t len = utf8_decode(utf8, &c);
		utf8 = slice_skip(utf8, len > 0 ? len : 1);
		if (c < ' ' || c > '~') {
			add_utf16(c, &run);
			continue;
		}
		end_run(&run, out);
		buf_add_char(out, (char)c);
		if (c == '&')
			buf_add_char(out, '-');
	}
	end_run(&run, out);
	buf_finish(&run);
}
