/* SPDX-License-Identifier: ISC */
#include "text.h"

#include "header.h"
#include "word.h"

enum { READ_FACTOR = 16, READ_LEAST = 64 * 1024 };

struct reader {
	struct slice message;
	size_t end; /* length at which the output is full */
	struct buf *out;
	struct mime_content content;
	struct mime_charsets sets;
	struct buf decoded;
	struct buf utf8;
	struct buf plain;
};

static bool is_full(const struct reader *r)
{
	return r->out->len >= r->end || r->out->failed;
}

/* Ends a part or a line. What is too much is taken back, by whole characters; then the output is full. */
static void end_text(struct reader *r)
{
	size_t len = r->end;

	buf_add_char(r->out, '\n');
	if (r->out->len <= len)
		return;
	while (len > 0 && ((unsigned char)r->out->data[len] & 0xc0) == 0x80)
		len--;
	r->out->len = r->end = len;
}

static void add_header(struct reader *r, const struct mime_part *part)
{
	struct mime_fields walk = {.block = slice_of(r->message.data + part->header, part->header_length)};
	struct mime_field field;

	while (!is_full(r) && mime_fields_next(&walk, &field)) {
		buf_reset(&r->utf8);
		buf_add_slice(&r->utf8, field.name);
		buf_add_str(&r->utf8, ": ");
		mime_decode_words_with(&r->sets, field.value, &r->utf8);
		mime_fold(buf_slice(&r->utf8), true, r->out);
		end_text(r);
	}
}

/* Undoes the transfer encoding; of a large body no more than the output could need. */
static void decode_body(struct reader *r, const struct mime_part *part)
{
	struct mime_decoder decoder = {.encoding = part->encoding};
	size_t most = r->end - r->out->len;
	size_t len = part->body_length;

	most = most > SIZE_MAX / (2 * READ_FACTOR) ? SIZE_MAX : most * READ_FACTOR + READ_LEAST;
	if (len > most)
		len = most;
	buf_reset(&r->decoded);
	mime_decode(&decoder, slice_of(r->message.data + part->body, len), false, &r->decoded);
	mime_decode(&decoder, slice_of(NULL, 0), true, &r->decoded);
}

static void add_body(struct reader *r, const struct mime_part *part, struct slice charset, bool is_html)
{
	decode_body(r, part);
	buf_reset(&r->utf8);
	mime_to_utf8_with(&r->sets, charset, buf_slice(&r->decoded), &r->utf8);
	buf_reset(&r->plain);
	if (is_html)
		mime_html_text(buf_slice(&r->utf8), &r->plain);
	mime_fold(buf_slice(is_html ? &r->plain : &r->utf8), true, r->out);
	end_text(r);
}

static bool is_text(const struct mime_content *c)
{
	return slice_ieq(c->type, SLICE("text")) || slice_ieq(c->type, SLICE("message")) ||
	       slice_ieq(c->type, SLICE("multipart"));
}

/* A leaf of text; or a multipart or message that could not be read, which then is text too. */
static void add_part(struct reader *r, const struct mime_part *part)
{
	struct slice header = slice_of(r->message.data + part->header, part->header_length);
	struct mime_field field = {0};

	if (part->first_child > 0)
		return;
	mime_header_find(header, SLICE("Content-Type"), 0, &field);
	mime_content_type(field.value, false, &r->content);
	if (is_text(&r->content))
		add_body(r, part, mime_parameter(&r->content, SLICE("charset")),
			 slice_ieq(r->content.type, SLICE("text")) &&
				 slice_ieq(r->content.subtype, SLICE("html")));
}

void mime_search_text(struct slice message, const struct mime_structure *s, bool headers, size_t max,
		      struct buf *out)
{
	struct reader r = {.message = message, .end = out->len, .out = out};

	if (message.len == 0)
		r.message = SLICE(""); /* it may have no bytes to count from */
	r.end = max < SIZE_MAX - out->len ? out->len + max : SIZE_MAX;
	for (size_t i = 0; i < s->count && !is_full(&r); i++) {
		const struct mime_part *part = &s->parts[i];
		bool inner_message = i > 0 && s->parts[part->parent].kind == MIME_MESSAGE;
		if (headers || inner_message)
			add_header(&r, part);
		if (!is_full(&r))
			add_part(&r, part);
	}
	mime_content_finish(&r.content);
	mime_charsets_finish(&r.sets);
	buf_finish(&r.decoded);
	buf_finish(&r.utf8);
	buf_finish(&r.plain);
}
