/* SPDX-License-Identifier: ISC */
#include "literal8.h"

#include <stdint.h>

#include "../store/mime/header.h"
#include "../store/mime/structure.h"

enum { LINE_BYTES = 57, LINES_AT_ONCE = 512 }; /* 57 bytes are a line of 76 characters */

static bool has_nul(struct slice bytes)
{
	return bytes.len > 0 && memchr(bytes.data, '\0', bytes.len);
}

/* Bytes that stay as they are. */
static enum literal8_result keep(struct slice bytes, struct spill *out)
{
	if (has_nul(bytes))
		return LITERAL8_UNKNOWN;
	return spill_add(out, bytes) ? LITERAL8_REWRITTEN : LITERAL8_NO_ROOM;
}

/* The header of a part, its encoding replaced; *line_end becomes what its lines end in. */
static enum literal8_result add_header(struct slice header, const char **line_end, struct spill *out)
{
	struct mime_field field;
	enum literal8_result result;
	size_t before, len;
	struct buf line = {0};

	if (!mime_header_find(header, SLICE("Content-Transfer-Encoding"), 0, &field))
		return LITERAL8_UNKNOWN;
	before = (size_t)(field.whole.data - header.data);
	len = field.whole.len;
	*line_end = len > 1 && field.whole.data[len - 2] == '\r' ? "\r\n" : "\n";
	result = keep(slice_of(header.data, before), out);
	if (result != LITERAL8_REWRITTEN)
		return result;
	buf_addf(&line, "%.*s: base64%s", (int)field.name.len, field.name.data, *line_end);
	if (line.failed || !spill_add(out, buf_slice(&line)))
		result = LITERAL8_NO_ROOM;
	buf_finish(&line);
	return result == LITERAL8_REWRITTEN ? keep(slice_skip(header, before + len), out) : result;
}

static enum literal8_result add_base64(struct slice bytes, const char *line_end, struct spill *out)
{
	struct buf lines = {0};
	bool room = true;

	while (room && bytes.len > 0) {
		buf_reset(&lines);
		for (size_t i = 0; i < LINES_AT_ONCE && bytes.len > 0; i++) {
			size_t n = bytes.len < LINE_BYTES ? bytes.len : LINE_BYTES;

			mime_encode_base64(slice_of(bytes.data, n), &lines);
			bytes = slice_skip(bytes, n);
			if (bytes.len > 0)
				buf_add_str(&lines, line_end);
		}
		room = !lines.failed && spill_add(out, buf_slice(&lines));
	}
	buf_finish(&lines);
	return room ? LITERAL8_REWRITTEN : LITERAL8_NO_ROOM;
}

static enum literal8_result add_part(struct slice message, const struct mime_part *part, struct spill *out)
{
	const char *line_end = "\r\n";
	enum literal8_result result = add_header(
		slice_of(message.data + part->header, (size_t)part->header_length), &line_end, out);

	if (result != LITERAL8_REWRITTEN)
		return result;
	return add_base64(slice_of(message.data + part->body, (size_t)part->body_length), line_end, out);
}

enum literal8_result literal8_rewrite(struct slice message, struct spill *out)
{
	enum literal8_result result = LITERAL8_REWRITTEN;
	struct mime_structure s;
	uint64_t done = 0;

	if (!mime_structure_parse(message, &s))
		return LITERAL8_NO_ROOM;
	for (size_t i = 0; i < s.count && result == LITERAL8_REWRITTEN; i++) {
		const struct mime_part *part = &s.parts[i];

		if (part->kind != MIME_LEAF || part->encoding != MIME_BINARY ||
		    !has_nul(slice_of(message.data + part->body, (size_t)part->body_length)))
			continue;
		result = keep(slice_of(message.data + done, (size_t)(part->header - done)), out);
		if (result == LITERAL8_REWRITTEN)
			result = add_part(message, part, out);
		done = part->body + part->body_length;
	}
	if (result == LITERAL8_REWRITTEN)
		result = keep(slice_skip(message, (size_t)done), out);
	mime_structure_finish(&s);
	return result;
}
