/* SPDX-License-Identifier: ISC
 *
 * The strings of IMAP (RFC 9051 section 4.3). */
#include "wire.h"

/* QUOTED-CHAR of RFC 3501, quoted or not: any of 7 bits but NUL, CR and LF. */
static bool is_quotable(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (c == '\r' || c == '\n' || (unsigned char)c > 0x7f)
			return false;
	}
	return true;
}

static void add_quoted(struct slice text, struct buf *out)
{
	char *room = buf_reserve(out, 2 * text.len + 2);
	if (!room)
		return;
	size_t len = 0;
	room[len++] = '"';
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (c == '\0')
			continue;
		if (c == '"' || c == '\\')
			room[len++] = '\\';
		room[len++] = c;
	}
	room[len++] = '"';
	out->len += len;
}

static void add_literal(struct slice text, struct buf *out)
{
	size_t nuls = 0;

	for (size_t i = 0; i < text.len; i++)
		nuls += text.data[i] == '\0';
	buf_add_char(out, '{');
	buf_add_uint(out, text.len - nuls);
	buf_add_str(out, "}\r\n");
	char *room = buf_reserve(out, text.len - nuls);
	for (size_t i = 0; room && i < text.len; i++) {
		if (text.data[i] != '\0')
			out->data[out->len++] = text.data[i];
	}
}

void mime_wire_nstring(struct slice text, size_t max, struct buf *out)
{
	if (!text.data) {
		buf_add_str(out, "NIL");
		return;
	}
	if (max > 0 && text.len > max)
		text.len = max;
	if (is_quotable(text))
		add_quoted(text, out);
	else
		add_literal(text, out);
}
