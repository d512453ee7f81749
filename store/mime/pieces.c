/* SPDX-License-Identifier: ISC */
#include "pieces.h"

#include "html.h"
#include "word.h"

enum {
	LINES_LEAST = 160,  /* bytes of a piece of lines, */
	LINES_MOST = 2048,  /* and where the next line ends it */
	LINES_ONE_IN = 4,   /* of the lines between ends it, by what it says */
	PLACE_MASK = 3,     /* in `how` */
	ENCODING_SHIFT = 2, /* the enum mime_encoding above it, */
	ENCODING_MASK = 7,  /* of so many bits, */
	HTML_BIT = 1 << 5,  /* and whether it is HTML */
};

static const struct slice UTF_8 = SLICE("utf-8");

static uint32_t place_of(const struct mime_piece *piece)
{
	return piece->how & PLACE_MASK;
}

static enum mime_encoding encoding_of(const struct mime_piece *piece)
{
	return (enum mime_encoding)(piece->how >> ENCODING_SHIFT & ENCODING_MASK);
}

void mime_pieces_begin(struct mime_pieces *walk, struct slice message, const struct mime_structure *s,
		       bool headers, bool cut)
{
	walk->message = message.len > 0 ? message : SLICE(""); /* it may have no bytes to count from */
	walk->structure = s;
	walk->headers = headers;
	walk->cut = cut;
	walk->part = 0;
	walk->state = MIME_AT_PART;
}

void mime_pieces_finish(struct mime_pieces *walk)
{
	mime_content_finish(&walk->content);
}

static bool is_text(const struct mime_content *c)
{
	return slice_ieq(c->type, SLICE("text")) || slice_ieq(c->type, SLICE("message")) ||
	       slice_ieq(c->type, SLICE("multipart"));
}

static bool is_utf8(struct slice charset)
{
	return slice_ieq(charset, UTF_8) || slice_ieq(charset, SLICE("utf8"));
}

static bool is_ascii_or_none(struct slice charset)
{
	return charset.len == 0 || slice_ieq(charset, SLICE("us-ascii")) ||
	       slice_ieq(charset, SLICE("ascii"));
}

/* Sets in which ASCII stands for itself, whatever is around it. */
static bool holds_ascii(struct slice charset)
{
	return is_ascii_or_none(charset) || slice_istarts(charset, SLICE("iso-8859-")) ||
	       slice_istarts(charset, SLICE("windows-125"));
}

/* Whether the body may be read by lines; then its set is UTF-8, or none: what is not ASCII is not read so. */
static bool has_lines(struct mime_piece *body)
{
	bool utf8 = is_utf8(body->charset);

	if ((body->how & HTML_BIT) || encoding_of(body) == MIME_BASE64 ||
	    !(utf8 || holds_ascii(body->charset)))
		return false;
	body->charset = utf8 ? UTF_8 : slice_of(NULL, 0);
	return true;
}

/* A leaf of text; or a multipart or message that could not be read, which then is text too. */
static bool begin_body(struct mime_pieces *walk, const struct mime_part *part)
{
	struct mime_field field = {0};
	struct slice header = slice_of(walk->message.data + part->header, part->header_length);
	struct mime_content *content = &walk->content;
	bool html;

	if (part->first_child > 0)
		return false;
	mime_header_find(header, SLICE("Content-Type"), 0, &field);
	mime_content_type(field.value, false, content);
	if (!is_text(content))
		return false;
	html = slice_ieq(content->type, SLICE("text")) && slice_ieq(content->subtype, SLICE("html"));
	walk->body = (struct mime_piece){
		.how = MIME_WHOLE | (uint32_t)part->encoding << ENCODING_SHIFT | (html ? HTML_BIT : 0),
		.charset = mime_parameter(content, SLICE("charset")),
		.bytes = slice_of(walk->message.data + part->body, part->body_length),
		.last = true,
	};
	if (walk->cut && has_lines(&walk->body))
		walk->body.how ^= MIME_WHOLE ^ MIME_FIRST;
	walk->at = 0;
	return true;
}

/* Whether a line may be the last of a piece: its end is no soft line break, and no blanks before it are to be
 * dropped. */
static bool may_end(const char *start, const char *line_feed)
{
	const char *end = line_feed;

	if (end > start && end[-1] == '\r')
		end--;
	return end == start || !memchr("= \t\r", end[-1], 4);
}

/* One line in some ends a piece, for what its last bytes say. */
static bool is_mark(const char *start, const char *line_feed)
{
	uint32_t last = 0;

	if (line_feed - start >= 6)
		memcpy(&last, line_feed - 5, sizeof(last));
	return (last * UINT32_C(0x9e3779b1) >> 16) % LINES_ONE_IN == 0;
}

/* The length of the piece at the start of `rest`; depends on nothing behind it but where the body ends. */
static size_t cut_lines(struct slice rest, bool *closed)
{
	const char *start = rest.data, *end = rest.data + rest.len, *line = start;

	*closed = true;
	while (line < end) {
		const char *found = memchr(line, '\n', (size_t)(end - line));
		size_t len;

		if (!found)
			break;
		len = (size_t)(found + 1 - start);
		if (len >= LINES_LEAST && (len >= LINES_MOST || is_mark(line, found)) && may_end(line, found))
			return len;
		line = found + 1;
	}
	*closed = false;
	return rest.len;
}

static bool in_lines(const struct mime_pieces *walk)
{
	return walk->state == MIME_IN_BODY && walk->at < walk->body.bytes.len;
}

/* Gives the next `len` bytes of the body. */
static void give_lines(struct mime_pieces *walk, size_t len, bool closed, struct mime_piece *out)
{
	*out = walk->body;
	out->bytes = slice_of(walk->body.bytes.data + walk->at, len);
	out->closed = closed;
	walk->at += len;
	out->last = walk->at == walk->body.bytes.len;
	walk->body.how |= MIME_LATER;
	walk->state = MIME_IN_BODY;
}

static void give_body(struct mime_pieces *walk, struct mime_piece *out)
{
	bool closed = false;
	size_t len = walk->body.bytes.len;

	if (place_of(&walk->body) != MIME_WHOLE)
		len = cut_lines(slice_of(walk->body.bytes.data + walk->at, len - walk->at), &closed);
	give_lines(walk, len, closed, out);
}

bool mime_pieces_pass(struct mime_pieces *walk, struct slice likely, bool closed, struct mime_piece *out)
{
	size_t rest = walk->body.bytes.len - walk->at;

	if (!in_lines(walk) || likely.len == 0 || likely.len > rest || !(closed || likely.len == rest) ||
	    memcmp(walk->body.bytes.data + walk->at, likely.data, likely.len) != 0)
		return false;
	give_lines(walk, likely.len, closed, out);
	return true;
}

void mime_pieces_join(struct mime_pieces *walk)
{
	walk->body.how = (walk->body.how & ~(uint32_t)PLACE_MASK) | MIME_WHOLE;
	walk->body.charset = mime_parameter(&walk->content, SLICE("charset"));
	walk->at = 0;
	walk->state = MIME_AT_BODY;
}

static void begin_header(struct mime_pieces *walk, const struct mime_part *part)
{
	bool inner_message = walk->part > 0 && walk->structure->parts[part->parent].kind == MIME_MESSAGE;
	size_t length = walk->headers || inner_message ? part->header_length : 0;

	walk->fields = (struct mime_fields){.block = slice_of(walk->message.data + part->header, length)};
	walk->state = MIME_IN_HEADER;
}

static bool give_field(struct mime_pieces *walk, struct mime_piece *out)
{
	struct mime_field field;

	if (!mime_fields_next(&walk->fields, &field))
		return false;
	*out = (struct mime_piece){.how = MIME_FIELD, .bytes = field.whole, .last = true};
	return true;
}

bool mime_pieces_next(struct mime_pieces *walk, struct mime_piece *out)
{
	while (walk->part < walk->structure->count) {
		const struct mime_part *part = &walk->structure->parts[walk->part];

		if (walk->state == MIME_AT_PART)
			begin_header(walk, part);
		if (walk->state == MIME_IN_HEADER) {
			if (give_field(walk, out))
				return true;
			walk->state = begin_body(walk, part) ? MIME_AT_BODY : MIME_AT_PART;
		}
		if (walk->state == MIME_AT_BODY || in_lines(walk)) {
			give_body(walk, out);
			return true;
		}
		walk->part++;
		walk->state = MIME_AT_PART;
	}
	return false;
}

static void read_field(struct mime_piece_reader *r, struct slice bytes, struct buf *out)
{
	struct mime_fields walk = {.block = bytes};
	struct mime_field field;

	if (!mime_fields_next(&walk, &field))
		return;
	buf_reset(&r->utf8);
	buf_add_slice(&r->utf8, field.name);
	buf_add_str(&r->utf8, ": ");
	mime_decode_words_with(&r->sets, field.value, &r->utf8);
	mime_fold(buf_slice(&r->utf8), true, out);
}

static struct slice decode(struct mime_piece_reader *r, const struct mime_piece *piece)
{
	struct mime_decoder decoder = {.encoding = encoding_of(piece)};

	if (decoder.encoding != MIME_BASE64 && decoder.encoding != MIME_QUOTED_PRINTABLE)
		return piece->bytes;
	buf_reset(&r->decoded);
	mime_decode(&decoder, piece->bytes, false, &r->decoded);
	mime_decode(&decoder, slice_of(NULL, 0), true, &r->decoded);
	return buf_slice(&r->decoded);
}

/* Ends with the piece's text at the end of *out; the text of later lines begins behind a blank. */
static void fold(const struct mime_piece *piece, struct slice text, struct buf *out)
{
	size_t start = out->len;

	mime_fold(text, true, out);
	if (place_of(piece) == MIME_LATER && out->len > start && out->data[start] == ' ') {
		memmove(out->data + start, out->data + start + 1, out->len - start - 1);
		out->len--;
	}
}

bool mime_piece_read(struct mime_piece_reader *r, const struct mime_piece *piece, struct buf *out)
{
	struct slice text;

	if (place_of(piece) == MIME_FIELD) {
		read_field(r, piece->bytes, out);
		return true;
	}
	text = decode(r, piece);
	if (!mime_is_ascii(text) || !(is_utf8(piece->charset) || is_ascii_or_none(piece->charset))) {
		if (place_of(piece) != MIME_WHOLE && piece->charset.len == 0)
			return false;
		buf_reset(&r->utf8);
		mime_to_utf8_with(&r->sets, piece->charset, text, &r->utf8);
		text = buf_slice(&r->utf8);
	}
	if (piece->how & HTML_BIT) {
		buf_reset(&r->plain);
		mime_html_text(text, &r->plain);
		text = buf_slice(&r->plain);
	}
	fold(piece, text, out);
	return true;
}

void mime_piece_reader_finish(struct mime_piece_reader *r)
{
	mime_charsets_finish(&r->sets);
	buf_finish(&r->decoded);
	buf_finish(&r->utf8);
	buf_finish(&r->plain);
}
