/* SPDX-License-Identifier: ISC
 *
 * Content-Type and Content-Disposition, read leniently. */
#include "structure.h"

#include <stdlib.h>

#include "header.h"

enum { CONTENT_VALUE_MAX = 64 * 1024, CONTENT_COMMENT_DEPTH = 32 };

/* One "name=value" as written; of "name*2*" the name is "name". */
struct piece {
	struct slice name;
	struct slice value;
	int section;   /* RFC 2231 section 3; -1: none */
	bool extended; /* RFC 2231 section 4: percent encoded */
};

struct reader {
	char *at;
	char *end;
};

static bool is_token(char c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* Blanks and comments. A comment nested too deep ends at the next parenthesis. */
static void skip_blanks(struct reader *r)
{
	int depth = 0;

	for (; r->at < r->end; r->at++) {
		if (*r->at == '(' && depth < CONTENT_COMMENT_DEPTH)
			depth++;
		else if (*r->at == ')' && depth > 0)
			depth--;
		else if (*r->at == '\\' && depth > 0 && r->at + 1 < r->end)
			r->at++;
		else if (*r->at != ' ' && *r->at != '\t' && depth == 0)
			return;
	}
}

static struct slice read_token(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && is_token(*r->at))
		r->at++;
	return slice_of(start, (size_t)(r->at - start));
}

static bool read_char(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* After the opening quote. The quoting is undone in place. */
static struct slice read_quoted(struct reader *r)
{
	char *start = r->at;
	char *to = start;

	while (r->at < r->end && *r->at != '"') {
		if (*r->at == '\\' && r->at + 1 < r->end)
			r->at++;
		*to++ = *r->at++;
	}
	if (r->at < r->end)
		r->at++;
	return slice_of(start, (size_t)(to - start));
}

/* A value is often left unquoted though it holds blanks or specials. */
static struct slice read_unquoted(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at != ';' &&
	       !(*r->at == '(' && r->at > start && (r->at[-1] == ' ' || r->at[-1] == '\t')))
		r->at++;
	return slice_trim(slice_of(start, (size_t)(r->at - start)));
}

/* "name*2*": the number and the last star are cut off the name, which is not empty. */
static void split_name(struct slice name, struct piece *piece)
{
	const char *star = memchr(name.data + 1, '*', name.len - 1);

	*piece = (struct piece){.name = name, .section = -1};
	if (!star)
		return;
	size_t at = (size_t)(star - name.data) + 1;
	int section = -1;
	for (; at < name.len && name.data[at] >= '0' && name.data[at] <= '9' && section < MIME_PARAMETERS_MAX;
	     at++)
		section = (section < 0 ? 0 : section * 10) + (name.data[at] - '0');
	if (section >= 0 && at < name.len && name.data[at] == '*')
		at++;
	if (at != name.len)
		return;
	piece->extended = name.data[name.len - 1] == '*';
	piece->section = section;
	piece->name.len = (size_t)(star - name.data);
}

/* The next parameter; false at the end. What lies before the next semicolon is skipped. */
static bool read_piece(struct reader *r, struct piece *piece)
{
	while (r->at < r->end) {
		skip_blanks(r);
		if (r->at < r->end && *r->at == ';') {
			r->at++;
			continue;
		}
		struct slice name = read_token(r);
		if (name.len > 0 && read_char(r, '=')) {
			split_name(name, piece);
			piece->value = read_char(r, '"') ? read_quoted(r) : read_unquoted(r);
			return true;
		}
		char *next = r->at < r->end ? memchr(r->at, ';', (size_t)(r->end - r->at)) : NULL;
		r->at = next ? next : r->end;
	}
	return false;
}

/* A plain piece of a value that is percent encoded elsewhere must not be decoded. */
static void add_piece(struct buf *out, const struct piece *piece, bool extended)
{
	for (size_t i = 0; i < piece->value.len; i++) {
		char c = piece->value.data[i];
		if (extended && !piece->extended && (c == '%' || c <= ' ' || c >= 0x7f))
			buf_addf(out, "%%%02X", (unsigned char)c);
		else
			buf_add_char(out, c);
	}
}

static const struct piece *find_section(const struct piece *pieces, size_t count, struct slice name,
					int section)
{
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].section == section && slice_ieq(pieces[i].name, name))
			return &pieces[i];
	}
	return NULL;
}

/* Sections 0, 1, … of a value, as far as there is no gap. The result lies in c->scratch, which has room. */
static void join_sections(const struct piece *pieces, size_t count, struct slice name, struct mime_content *c)
{
	struct mime_parameter *p = &c->parameters[c->count];
	const struct piece *piece;
	bool extended = false;

	for (int i = 0; (piece = find_section(pieces, count, name, i)); i++)
		extended |= piece->extended;
	size_t start = c->scratch.len;
	for (int i = 0; (piece = find_section(pieces, count, name, i)); i++)
		add_piece(&c->scratch, piece, extended);
	size_t value = c->scratch.len;
	buf_add_slice(&c->scratch, name);
	if (extended)
		buf_add_char(&c->scratch, '*');
	p->value = slice_of(c->scratch.data + start, value - start);
	p->name = slice_of(c->scratch.data + value, c->scratch.len - value);
}

/* Of equal names the first counts, here as everywhere. */
static void add_parameter(const struct piece *pieces, size_t count, const struct piece *piece,
			  struct mime_content *c)
{
	struct mime_parameter *p = &c->parameters[c->count];

	if (piece->section == 0)
		join_sections(pieces, count, piece->name, c);
	else
		*p = (struct mime_parameter){
			.name = slice_of(piece->name.data, piece->name.len + piece->extended),
			.value = piece->value,
		};
	if (!mime_parameter(c, p->name).data)
		c->count++;
}

static void read_parameters(struct reader *r, struct mime_content *c)
{
	struct piece pieces[MIME_PARAMETERS_MAX];
	size_t count = 0;

	while (count < ARRAY_SIZE(pieces) && read_piece(r, &pieces[count]))
		count++;
	for (size_t i = 0; i < count; i++) {
		const struct piece *piece = &pieces[i];
		if (piece->section < 0 || find_section(pieces, count, piece->name, 0) == piece)
			add_parameter(pieces, count, piece, c);
	}
}

/* Unfolds the value into c->scratch. The rest of the scratch is for joined values, which must not
 * move what lies there: each byte of a value is joined once and takes three bytes at most. */
static bool start(struct slice value, struct mime_content *c, struct reader *r)
{
	c->type = c->subtype = slice_of(NULL, 0);
	c->count = 0;
	buf_reset(&c->scratch);
	if (value.len > CONTENT_VALUE_MAX)
		value.len = CONTENT_VALUE_MAX;
	if (!buf_reserve(&c->scratch, 5 * value.len + 2 * MIME_PARAMETERS_MAX))
		return false;
	mime_unfold(value, &c->scratch);
	r->at = c->scratch.data;
	r->end = c->scratch.data + c->scratch.len;
	return true;
}

void mime_content_type(struct slice value, bool fallback_message, struct mime_content *out)
{
	struct reader r = {0};

	if (start(value, out, &r)) {
		skip_blanks(&r);
		out->type = read_token(&r);
		if (out->type.len > 0 && read_char(&r, '/')) {
			skip_blanks(&r);
			out->subtype = read_token(&r);
		}
		read_parameters(&r, out);
	}
	if (out->type.len == 0 || out->subtype.len == 0) {
		out->type = fallback_message ? SLICE("message") : SLICE("text");
		out->subtype = fallback_message ? SLICE("rfc822") : SLICE("plain");
	}
}

void mime_content_disposition(struct slice value, struct mime_content *out)
{
	struct reader r = {0};

	if (!start(value, out, &r))
		return;
	skip_blanks(&r);
	out->type = read_token(&r);
	read_parameters(&r, out);
}

void mime_content_finish(struct mime_content *c)
{
	buf_finish(&c->scratch);
}

struct slice mime_parameter(const struct mime_content *c, struct slice name)
{
	for (size_t i = 0; i < c->count; i++) {
		if (slice_ieq(c->parameters[i].name, name))
			return c->parameters[i].value;
	}
	return slice_of(NULL, 0);
}
