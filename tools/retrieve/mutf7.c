/* SPDX-License-Identifier: ISC */
#include "mutf7.h"

#include "../../store/mime/charset.h"
#include "../../store/mime/transfer.h"

/* The character that valid UTF-8 begins with, and its length. */
static uint32_t first(struct slice text, size_t *len)
{
	unsigned char c = (unsigned char)text.data[0];
	*len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t value = *len == 1 ? c : c & (0x7fu >> *len);
	for (size_t i = 1; i < *len && i < text.len; i++)
		value = value << 6 | ((unsigned char)text.data[i] & 0x3f);
	return value;
}

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
	struct buf clean = {0}, run = {0};
	mime_clean_utf8(utf8, &clean);
	for (size_t i = 0, len; i < clean.len; i += len) {
		uint32_t c = first(slice_skip(buf_slice(&clean), i), &len);
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
	out->failed |= clean.failed;
	buf_finish(&clean);
	buf_finish(&run);
}
