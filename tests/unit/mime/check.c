/* SPDX-License-Identifier: ISC */
#include "check.h"

#include "../../../store/mime/pieces.h"
#include "../../../store/mime/preview.h"
#include "../../../store/mime/section.h"
#include "../../../store/mime/structure.h"
#include "../../../store/mime/text.h"
#include "../../../store/mime/wire.h"
#include "grammar.h"

enum { TEXT_LIMIT = 3000 };

/* Line ends counted anew cost parts × bytes: only for messages of this size. */
enum { RECOUNT_MAX = 64 * 1024 };

static uint64_t end_of(const struct mime_part *p)
{
	return p->body + p->body_length;
}

static uint64_t count_lines(struct slice s)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < s.len; i++)
		lines += s.data[i] == '\n';
	return lines;
}

static const char *check_children(const struct mime_structure *s, size_t i, size_t *linked)
{
	const struct mime_part *p = &s->parts[i];
	uint64_t from = p->body;
	size_t count = 0;

	for (uint32_t c = p->first_child; c != 0; c = s->parts[c].next) {
		const struct mime_part *child = &s->parts[c];
		if (c <= i || c >= s->count || child->parent != i)
			return "a child that is none";
		if (child->header < from || end_of(child) > end_of(p))
			return "a child outside of its place";
		from = end_of(child);
		count++;
	}
	*linked += count;
	if (p->kind == MIME_LEAF && count > 0)
		return "a leaf with children";
	if (p->kind == MIME_MESSAGE && (count != 1 || s->parts[p->first_child].header != p->body))
		return "a message without its message";
	return NULL;
}

static const char *check_parts(struct slice message, const struct mime_structure *s)
{
	size_t linked = 1;

	if (s->count == 0 || s->count > MIME_PARTS_MAX)
		return "number of parts";
	if (s->parts[0].header != 0 || end_of(&s->parts[0]) != message.len)
		return "the message is not all of its bytes";
	for (size_t i = 0; i < s->count; i++) {
		const struct mime_part *p = &s->parts[i];
		const char *error = check_children(s, i, &linked);
		size_t depth = 0;
		if (error)
			return error;
		if (p->body != p->header + p->header_length)
			return "a body that does not follow its header";
		if (message.len <= RECOUNT_MAX &&
		    p->lines != count_lines(slice_of(message.data + p->body, p->body_length)))
			return "lines";
		for (size_t at = i; at != 0; at = s->parts[at].parent)
			depth++;
		if (depth > MIME_DEPTH_MAX)
			return "depth";
	}
	return linked == s->count ? NULL : "a part without place";
}

static const char *check_map(struct slice message, const struct mime_structure *s)
{
	struct buf map = {0};
	struct mime_structure again = {0};
	const char *error = NULL;

	mime_structure_encode(s, &map);
	if (!mime_structure_decode(buf_slice(&map), message.len, &again))
		error = "a map that cannot be read";
	else if (again.count != s->count || again.bounded != s->bounded ||
		 memcmp(again.parts, s->parts, s->count * sizeof(*s->parts)) != 0)
		error = "a map that says something else";
	mime_structure_finish(&again);
	buf_finish(&map);
	return error;
}

static const char *check_wire(struct slice message, const struct mime_structure *s)
{
	struct grammar g;
	struct buf out = {0};
	size_t parts = s->count;
	const char *error = NULL;

	for (size_t i = 0; i < s->count; i++)
		parts += s->parts[i].kind == MIME_MULTIPART && s->parts[i].first_child == 0;
	for (int extended = 0; extended < 2 && !error; extended++) {
		buf_reset(&out);
		mime_wire_structure(message, s, extended, &out);
		if (!grammar_body(&g, out.data, out.len, extended))
			error = g.error;
		else if (g.parts != parts)
			error = "parts of the structure";
	}
	buf_reset(&out);
	mime_wire_envelope(slice_of(message.data, s->parts[0].header_length), &out);
	if (!error && !grammar_envelope(&g, out.data, out.len))
		error = g.error;
	if (!error && g.addresses > 2000)
		error = "addresses";
	buf_finish(&out);
	return error;
}

/* The path of a part as a client would number it; 0 when it has no number of its own. */
static size_t path_of(const struct mime_structure *s, size_t i, uint32_t *path)
{
	uint32_t back[MIME_DEPTH_MAX + 1];
	size_t depth = 0;

	if (i > 0 && s->parts[s->parts[i].parent].kind == MIME_MESSAGE && s->parts[i].kind == MIME_MULTIPART)
		return 0;
	for (; i != 0; i = s->parts[i].parent) {
		const struct mime_part *parent = &s->parts[s->parts[i].parent];
		uint32_t number = 1;
		if (parent->kind == MIME_MESSAGE && s->parts[i].kind == MIME_MULTIPART)
			continue;
		for (uint32_t c = parent->first_child; c != i; c = s->parts[c].next)
			number++;
		back[depth++] = number;
	}
	if (s->parts[0].kind != MIME_MULTIPART)
		back[depth++] = 1;
	for (size_t k = 0; k < depth; k++)
		path[k] = back[depth - 1 - k];
	return depth;
}

static const char *check_sections(struct slice message, const struct mime_structure *s)
{
	for (size_t i = 0; i < s->count && i < 300; i++) {
		uint32_t path[MIME_DEPTH_MAX + 1];
		size_t depth = path_of(s, i, path);
		size_t found = SIZE_MAX;
		struct mime_range range;
		if (depth == 0)
			continue;
		if (!mime_section_find(s, path, depth, MIME_SECTION_ALL, &range, &found) || found != i)
			return "a part that its number does not find";
		if (range.offset != s->parts[i].body || range.length != s->parts[i].body_length ||
		    range.offset + range.length > message.len)
			return "a section with other bytes";
		bool message_part = s->parts[i].kind == MIME_MESSAGE;
		if (mime_section_find(s, path, depth, MIME_SECTION_HEADER, &range, NULL) != message_part)
			return "a header of what is no message";
	}
	return NULL;
}

bool check_utf8(struct slice text)
{
	for (size_t i = 0; i < text.len;) {
		unsigned char c = (unsigned char)text.data[i];
		size_t more = c < 0x80 ? 0 : c < 0xc2 ? 9 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 9;
		if (c == 0 || more >= text.len - i)
			return false;
		for (size_t k = 1; k <= more; k++) {
			unsigned char next = (unsigned char)text.data[i + k];
			unsigned char low = k > 1 ? 0x80 : c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
			unsigned char high = k > 1 ? 0xbf : c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
			if (next < low || next > high)
				return false;
		}
		i += more + 1;
	}
	return true;
}

static const char *check_text(struct slice message, const struct mime_structure *s)
{
	struct buf out = {0};
	const char *error = NULL;

	mime_search_text(message, s, true, TEXT_LIMIT, &out);
	if (out.len > TEXT_LIMIT)
		error = "too much text";
	else if (!check_utf8(buf_slice(&out)))
		error = "text that is not UTF-8";
	buf_finish(&out);
	return error;
}

/* Adds the text of a piece that is read by itself; where that cannot be, goes back to the begin of its body.
 */
static bool add_piece(struct mime_pieces *walk, const struct mime_piece *piece, size_t *body, size_t *sets,
		      struct buf *out)
{
	struct mime_piece_reader reader = {0};
	struct buf text = {0};
	bool alone = mime_piece_read(&reader, piece, &text);

	if (alone) {
		buf_add_slice(out, buf_slice(&text));
		if (piece->last)
			buf_add_char(out, '\n');
	} else {
		out->len = *body;
		mime_pieces_join(walk);
	}
	if (alone && piece->last) {
		*body = out->len;
		*sets += piece->how == MIME_FIELD ? reader.sets.count : 2;
	}
	mime_piece_reader_finish(&reader);
	buf_finish(&text);
	return alone || piece->how != MIME_FIELD;
}

/* The text in pieces is the text, unless there are more character sets than one reader takes. */
static const char *check_pieces(struct slice message, const struct mime_structure *s, bool headers)
{
	struct mime_pieces walk = {0};
	struct mime_piece piece;
	struct buf whole = {0}, pieces = {0};
	const char *error = NULL;
	size_t body = 0, sets = 0;

	mime_pieces_begin(&walk, message, s, headers, true);
	while (!error && mime_pieces_next(&walk, &piece))
		if (!add_piece(&walk, &piece, &body, &sets, &pieces))
			error = "a field that is no piece";
	mime_search_text(message, s, headers, SIZE_MAX, &whole);
	if (!error && sets <= MIME_CHARSETS_MAX && !slice_eq(buf_slice(&whole), buf_slice(&pieces)))
		error = "pieces whose text is another one";
	mime_pieces_finish(&walk);
	buf_finish(&whole);
	buf_finish(&pieces);
	return error;
}

const char *check_preview_text(struct slice text)
{
	size_t characters = 0;

	if (!check_utf8(text))
		return "a preview that is not UTF-8";
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];
		bool end = i == 0 || i + 1 == text.len;

		characters += (c & 0xc0) != 0x80;
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text.data[i + 1] < 0xa0))
			return "a control in a preview";
		if (c == ' ' && (end || text.data[i + 1] == ' '))
			return "blanks in a preview";
	}
	return characters <= MIME_PREVIEW_MAX ? NULL : "a long preview";
}

static const char *check_previews(struct slice message, const struct mime_structure *s)
{
	struct buf out = {0};
	const char *error = NULL;

	for (size_t i = 0; i < s->count && !error; i++) {
		const struct mime_part *part = &s->parts[i];
		bool found = mime_preview(slice_of(message.data + part->header, part->header_length),
					  slice_of(message.data + part->body, part->body_length),
					  part->encoding, &out);

		error = found == (out.len > 0) ? check_preview_text(buf_slice(&out)) : "a preview of nothing";
		buf_reset(&out);
	}
	buf_finish(&out);
	return error;
}

const char *check_message(struct slice message)
{
	struct mime_structure s;

	if (!mime_structure_parse(message, &s))
		return "no memory";
	const char *error = check_parts(message, &s);
	if (!error)
		error = check_map(message, &s);
	if (!error)
		error = check_wire(message, &s);
	if (!error)
		error = check_sections(message, &s);
	if (!error)
		error = check_text(message, &s);
	for (int headers = 0; !error && headers < 2; headers++)
		error = check_pieces(message, &s, headers > 0);
	if (!error)
		error = check_previews(message, &s);
	mime_structure_finish(&s);
	return error;
}
