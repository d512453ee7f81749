/* SPDX-License-Identifier: ISC */
#include "msgid.h"

/* Reads on from a "<"; the place where it stopped becomes the start of *s, a further "<" included. */
static bool read_id(struct slice *s, struct buf *out)
{
	bool quoted = false, sided = false;
	size_t i = 1, at = 0;

	buf_reset(out);
	for (; i < s->len; i++) {
		char c = s->data[i];

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && c == '\\' && i + 1 < s->len)
			c = s->data[++i];
		else if (!quoted && (c == '<' || c == '>'))
			break;
		else if (c == '\r' || c == '\n' || (!quoted && (c == ' ' || c == '\t')))
			continue;
		else if (!quoted && c == '@' && !sided) {
			sided = true;
			at = out->len;
		}
		buf_add_char(out, c);
	}
	sided = sided && at > 0 && at + 1 < out->len && i < s->len && s->data[i] == '>';
	*s = slice_skip(*s, i);
	return sided;
}

bool mime_msgid_next(struct slice *value, struct buf *out)
{
	while (value->len > 0) {
		const char *open = memchr(value->data, '<', value->len);

		*value = open ? slice_skip(*value, (size_t)(open - value->data)) : slice_of(NULL, 0);
		if (open && read_id(value, out))
			return true;
	}
	return false;
}
