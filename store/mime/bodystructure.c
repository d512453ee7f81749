/* SPDX-License-Identifier: ISC
 *
 * Parts are written in the order of the message: a part is entered, its children follow, then it is
 * left. No recursion; header fields are read once when a part is entered and once when it is left. */
#include "wire.h"

#include "header.h"

enum { LANGUAGES_MAX = 100 };

enum content_field { TYPE, ID, DESCRIPTION, ENCODING, MD5, DISPOSITION, LANGUAGE, LOCATION, FIELD_COUNT };

struct writer {
	struct slice message;
	const struct mime_structure *s;
	bool extended;
	bool bare;                        /* enough was written: only what the grammar needs */
	struct slice fields[FIELD_COUNT]; /* of the part at hand */
	struct mime_content content;
	struct buf line;
	struct buf *out;
};

static void add_str(struct writer *w, const char *text)
{
	buf_add_str(w->out, text);
}

static void add_string(struct writer *w, struct slice text)
{
	mime_wire_nstring(text, MIME_WIRE_TEXT_MAX, w->out);
}

static struct slice header_of(const struct writer *w, const struct mime_part *part)
{
	return slice_of(w->message.data + part->header, part->header_length);
}

static void read_fields(struct writer *w, const struct mime_part *part)
{
	static const struct slice names[FIELD_COUNT] = {
		[TYPE] = SLICE("Content-Type"),
		[ID] = SLICE("Content-ID"),
		[DESCRIPTION] = SLICE("Content-Description"),
		[ENCODING] = SLICE("Content-Transfer-Encoding"),
		[MD5] = SLICE("Content-MD5"),
		[DISPOSITION] = SLICE("Content-Disposition"),
		[LANGUAGE] = SLICE("Content-Language"),
		[LOCATION] = SLICE("Content-Location"),
	};
	struct mime_fields walk = {.block = header_of(w, part)};
	struct mime_field field;

	memset(w->fields, 0, sizeof(w->fields));
	while (!w->bare && mime_fields_next(&walk, &field)) {
		for (size_t i = 0; i < FIELD_COUNT; i++) {
			if (!w->fields[i].data && slice_ieq(field.name, names[i]))
				w->fields[i] = field.value;
		}
	}
}

/* A field as an unfolded nstring. */
static void add_field(struct writer *w, enum content_field field)
{
	if (!w->fields[field].data) {
		add_str(w, "NIL");
		return;
	}
	buf_reset(&w->line);
	mime_unfold(w->fields[field], &w->line);
	add_string(w, w->line.len > 0 ? buf_slice(&w->line) : SLICE(""));
}

/* "(" string SP string *(…) ")" or NIL; of a text with its character set, which defaults to US-ASCII. */
static void add_parameters(struct writer *w, bool is_text)
{
	const struct mime_content *c = &w->content;
	bool add_charset = is_text && !mime_parameter(c, SLICE("charset")).data;

	if (c->count == 0 && !add_charset) {
		add_str(w, "NIL");
		return;
	}
	for (size_t i = 0; i < c->count; i++) {
		add_str(w, i == 0 ? "(" : " ");
		add_string(w, c->parameters[i].name);
		add_str(w, " ");
		add_string(w, c->parameters[i].value);
	}
	if (add_charset)
		add_str(w, c->count == 0 ? "(\"charset\" \"us-ascii\"" : " \"charset\" \"us-ascii\"");
	add_str(w, ")");
}

static void add_disposition(struct writer *w)
{
	mime_content_disposition(w->fields[DISPOSITION], &w->content);
	if (w->content.type.len == 0) {
		add_str(w, "NIL");
		return;
	}
	add_str(w, "(");
	add_string(w, w->content.type);
	add_str(w, " ");
	add_parameters(w, false);
	add_str(w, ")");
}

/* "(" string *(SP string) ")" or NIL */
static void add_languages(struct writer *w)
{
	size_t count = 0;

	buf_reset(&w->line);
	mime_unfold(w->fields[LANGUAGE], &w->line);
	struct slice rest = buf_slice(&w->line);
	while (rest.len > 0 && count < LANGUAGES_MAX) {
		const char *comma = memchr(rest.data, ',', rest.len);
		size_t len = comma ? (size_t)(comma - rest.data) : rest.len;
		struct slice tag = slice_trim(slice_of(rest.data, len));
		rest = slice_skip(rest, len + 1);
		if (tag.len == 0)
			continue;
		add_str(w, count++ == 0 ? "(" : " ");
		add_string(w, tag);
	}
	add_str(w, count > 0 ? ")" : "NIL");
}

/* [SP md5] SP disposition SP languages SP location */
static void add_extension(struct writer *w, bool with_md5)
{
	if (!w->extended)
		return;
	if (with_md5) {
		add_str(w, " ");
		add_field(w, MD5);
	}
	add_str(w, " ");
	add_disposition(w);
	add_str(w, " ");
	add_languages(w);
	add_str(w, " ");
	add_field(w, LOCATION);
}

static void add_encoding(struct writer *w, const struct mime_part *part)
{
	static const char *const names[] = {
		[MIME_7BIT] = "\"7bit\"",
		[MIME_8BIT] = "\"8bit\"",
		[MIME_BINARY] = "\"binary\"",
		[MIME_BASE64] = "\"base64\"",
		[MIME_QUOTED_PRINTABLE] = "\"quoted-printable\"",
	};

	if (part->encoding < ARRAY_SIZE(names))
		add_str(w, names[part->encoding]);
	else if (w->fields[ENCODING].data)
		add_field(w, ENCODING);
	else
		add_str(w, "\"7bit\"");
}

/* SP parameters SP id SP description SP encoding SP octets */
static void add_basics(struct writer *w, const struct mime_part *part, bool is_text)
{
	add_str(w, " ");
	add_parameters(w, is_text);
	add_str(w, " ");
	add_field(w, ID);
	add_str(w, " ");
	add_field(w, DESCRIPTION);
	add_str(w, " ");
	add_encoding(w, part);
	add_str(w, " ");
	buf_add_uint(w->out, part->body_length);
}

/* A type that would need children is not told of a part that has none. */
static bool is_tellable(const struct mime_content *c)
{
	return !slice_ieq(c->type, SLICE("multipart")) &&
	       !(slice_ieq(c->type, SLICE("message")) &&
		 (slice_ieq(c->subtype, SLICE("rfc822")) || slice_ieq(c->subtype, SLICE("global"))));
}

static void add_leaf(struct writer *w, const struct mime_part *part)
{
	mime_content_type(w->fields[TYPE], false, &w->content);
	if (w->bare || !is_tellable(&w->content))
		mime_content_type(SLICE("application/octet-stream"), false, &w->content);
	bool is_text = slice_ieq(w->content.type, SLICE("text"));
	add_str(w, "(");
	add_string(w, w->content.type);
	add_str(w, " ");
	add_string(w, w->content.subtype);
	add_basics(w, part, is_text);
	if (is_text) {
		add_str(w, " ");
		buf_add_uint(w->out, part->lines);
	}
	add_extension(w, true);
	add_str(w, ")");
}

static void enter_multipart(struct writer *w, const struct mime_part *part)
{
	add_str(w, "(");
	if (part->first_child == 0) {
		add_str(w, "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0");
		add_str(w, w->extended ? " NIL NIL NIL NIL)" : ")");
	}
}

static void leave_multipart(struct writer *w, const struct mime_part *part)
{
	read_fields(w, part);
	mime_content_type(w->fields[TYPE], false, &w->content);
	add_str(w, " ");
	add_string(w, slice_ieq(w->content.type, SLICE("multipart")) ? w->content.subtype : SLICE("mixed"));
	if (w->extended) {
		add_str(w, " ");
		add_parameters(w, false);
	}
	add_extension(w, false);
	add_str(w, ")");
}

static void enter_message(struct writer *w, const struct mime_part *part)
{
	const struct mime_part *child = &w->s->parts[part->first_child];

	mime_content_type(w->fields[TYPE], true, &w->content);
	add_str(w, "(\"message\" \"rfc822\"");
	add_basics(w, part, false);
	add_str(w, " ");
	mime_wire_envelope(w->bare ? slice_of(NULL, 0) : header_of(w, child), w->out);
	add_str(w, " ");
}

static void leave_message(struct writer *w, const struct mime_part *part)
{
	read_fields(w, part);
	add_str(w, " ");
	buf_add_uint(w->out, part->lines);
	add_extension(w, true);
	add_str(w, ")");
}

static void enter(struct writer *w, const struct mime_part *part)
{
	if (part->kind == MIME_MULTIPART) {
		enter_multipart(w, part);
		return;
	}
	read_fields(w, part);
	if (part->kind == MIME_MESSAGE)
		enter_message(w, part);
	else
		add_leaf(w, part);
}

static void leave(struct writer *w, const struct mime_part *part)
{
	if (part->kind == MIME_MULTIPART)
		leave_multipart(w, part);
	else if (part->kind == MIME_MESSAGE)
		leave_message(w, part);
}

void mime_wire_structure(struct slice message, const struct mime_structure *s, bool extended, struct buf *out)
{
	struct writer w = {.message = message, .s = s, .extended = extended, .out = out};
	size_t start = out->len;
	uint32_t at = 0;

	for (bool done = s->count == 0; !done;) {
		const struct mime_part *part = &s->parts[at];
		w.bare = out->len - start > MIME_WIRE_DETAIL_MAX;
		enter(&w, part);
		if (part->first_child > 0) {
			at = part->first_child;
			continue;
		}
		leave(&w, part);
		while (part->next == 0 && at != 0) {
			at = part->parent;
			part = &s->parts[at];
			leave(&w, part);
		}
		done = at == 0;
		at = part->next;
	}
	mime_content_finish(&w.content);
	buf_finish(&w.line);
}
