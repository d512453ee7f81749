/* SPDX-License-Identifier: ISC
 *
 * The happy path: the message is read line by line. A stack holds the parts that are open: the
 * message at the bottom, then each multipart or message around the current line, the innermost part
 * on top. The top is either in its header or in its body. An empty line ends a header: now the kind of
 * the part is known. A boundary line ends the parts above its multipart and begins the next one.
 *
 * What can go wrong: a header ends at a boundary line or at the end of the message (as if an empty
 * line stood there); a multipart is never closed, or never begins (it ends with the part around it);
 * a limit is met (the part becomes a leaf). */
#include "structure.h"

#include <stdlib.h>

#include "../base/arena.h"
#include "boundary.h"
#include "header.h"

/* An offset that stands at the beginning of a line or at the end of one, and the line ends before it. */
struct place {
	uint64_t offset;
	uint64_t lines;
};

struct level {
	uint32_t part;
	uint32_t last_child;
	uint64_t lines; /* line ends before the body */
	bool in_header;
	bool digest;
	bool has_boundary; /* and it was not closed yet */
};

struct parser {
	struct slice message;
	struct mime_structure *out;
	size_t capacity;
	struct level open[MIME_DEPTH_MAX + 1];
	size_t depth;
	struct mime_boundaries boundaries;
	struct mime_content content; /* of the part whose header ends */
	struct arena arena;          /* texts of boundaries */
	bool failed;                 /* memory ran out */
};

static struct level *top(struct parser *p)
{
	return &p->open[p->depth - 1];
}

static struct mime_part *top_part(struct parser *p)
{
	return &p->out->parts[top(p)->part];
}

static bool grow_parts(struct parser *p)
{
	if (p->out->count < p->capacity)
		return true;
	size_t capacity = p->capacity > 0 ? p->capacity * 2 : 8;
	struct mime_part *parts = realloc(p->out->parts, capacity * sizeof(*parts));
	if (!parts)
		return false;
	p->out->parts = parts;
	p->capacity = capacity;
	return true;
}

/* Opens a part in the one on top of the stack. */
static void begin_part(struct parser *p, struct place at)
{
	struct level *parent = p->depth > 0 ? top(p) : NULL;
	uint32_t index = (uint32_t)p->out->count;

	if (!grow_parts(p)) {
		p->failed = true;
		return;
	}
	if (parent && parent->last_child > 0)
		p->out->parts[parent->last_child].next = index;
	else if (parent)
		p->out->parts[parent->part].first_child = index;
	if (parent)
		parent->last_child = index;
	p->out->parts[index] = (struct mime_part){.parent = parent ? parent->part : 0, .header = at.offset};
	p->out->count++;
	p->open[p->depth++] = (struct level){.part = index, .in_header = true};
}

/* Reads the fields that decide what the part is: p->content and the encoding. */
static void read_header(struct parser *p, struct slice header, bool in_digest)
{
	struct mime_fields walk = {.block = header};
	struct mime_field field;
	struct slice type = {NULL, 0};
	struct slice encoding = {NULL, 0};

	while (mime_fields_next(&walk, &field)) {
		if (!type.data && slice_ieq(field.name, SLICE("Content-Type")))
			type = field.value;
		else if (!encoding.data && slice_ieq(field.name, SLICE("Content-Transfer-Encoding")))
			encoding = field.value;
	}
	mime_content_type(type, in_digest, &p->content);
	top_part(p)->encoding = (uint8_t)mime_encoding_of(encoding);
}

/* A message that is itself encoded cannot be read in place: it is a leaf. */
static enum mime_part_kind kind_of(const struct mime_content *content, uint8_t encoding)
{
	if (slice_ieq(content->type, SLICE("multipart")))
		return MIME_MULTIPART;
	if (slice_ieq(content->type, SLICE("message")) && encoding <= MIME_BINARY &&
	    (slice_ieq(content->subtype, SLICE("rfc822")) || slice_ieq(content->subtype, SLICE("global"))))
		return MIME_MESSAGE;
	return MIME_LEAF;
}

static bool is_last_possible(const struct parser *p)
{
	return p->out->count >= MIME_PARTS_MAX;
}

static void open_multipart(struct parser *p)
{
	struct slice boundary = slice_trim(mime_parameter(&p->content, SLICE("boundary")));

	top(p)->digest = slice_ieq(p->content.subtype, SLICE("digest"));
	if (!mime_boundary_usable(boundary))
		return;
	const char *copy = arena_strndup(&p->arena, boundary);
	if (!copy) {
		p->failed = true;
		return;
	}
	mime_boundary_push(&p->boundaries, slice_of(copy, boundary.len), p->depth - 1);
	top(p)->has_boundary = true;
}

/* Ends the header of the part on top, and opens the message inside where it is one. */
static void end_header(struct parser *p, struct place end)
{
	struct mime_part *part = top_part(p);

	part->header_length = end.offset - part->header;
	part->body = end.offset;
	top(p)->lines = end.lines;
	top(p)->in_header = false;
	read_header(p, slice_of(p->message.data + part->header, part->header_length),
		    p->depth > 1 && p->open[p->depth - 2].digest);
	enum mime_part_kind kind = kind_of(&p->content, part->encoding);
	if (is_last_possible(p) || (kind != MIME_LEAF && p->depth > MIME_DEPTH_MAX)) {
		p->out->bounded = true;
		kind = MIME_LEAF;
	}
	part->kind = (uint8_t)kind;
	if (kind == MIME_MULTIPART)
		open_multipart(p);
	else if (kind == MIME_MESSAGE)
		begin_part(p, end);
}

static void end_headers(struct parser *p, struct place end)
{
	while (!p->failed && top(p)->in_header)
		end_header(p, end);
}

/* Ends the parts above the first `depth` of the stack. */
static void close_to(struct parser *p, size_t depth, struct place end)
{
	for (; p->depth > depth; p->depth--) {
		struct mime_part *part = top_part(p);
		part->body_length = end.offset - part->body;
		part->lines = end.lines - top(p)->lines;
		if (top(p)->has_boundary)
			mime_boundary_pop(&p->boundaries);
	}
}

/* The line end before a boundary line belongs to the boundary, unless it ends the header or the
 * boundary line before. */
static struct place end_before(struct parser *p, struct place line)
{
	uint64_t start = top(p)->in_header ? top_part(p)->header : top_part(p)->body;
	struct place end = line;

	if (end.offset > start && p->message.data[end.offset - 1] == '\n') {
		end.offset--;
		end.lines--;
		if (end.offset > start && p->message.data[end.offset - 1] == '\r')
			end.offset--;
	}
	return end;
}

static void read_boundary(struct parser *p, size_t level, bool closing, struct place line, struct place after)
{
	struct place end = end_before(p, line);

	end_headers(p, end);
	close_to(p, level + 1, end);
	if (closing) {
		mime_boundary_pop(&p->boundaries);
		top(p)->has_boundary = false;
	} else if (!p->failed) {
		begin_part(p, after);
	}
}

/* `line` is without its line end and lies at `at`; the next one begins at `after`. */
static void read_line(struct parser *p, struct slice line, struct place at, struct place after)
{
	size_t level;
	bool closing;

	if (line.len > 2 && line.data[0] == '-' && line.data[1] == '-' && p->boundaries.count > 0 &&
	    !is_last_possible(p) && mime_boundary_find(&p->boundaries, slice_skip(line, 2), &level, &closing))
		read_boundary(p, level, closing, at, after);
	else if (line.len == 0 && top(p)->in_header)
		end_header(p, after);
}

static void read_lines(struct parser *p)
{
	const char *data = p->message.data;
	struct place at = {0};

	while (!p->failed && at.offset < p->message.len) {
		const char *end = memchr(data + at.offset, '\n', p->message.len - at.offset);
		struct place after = {p->message.len, at.lines};
		if (end)
			after = (struct place){(uint64_t)(end - data) + 1, at.lines + 1};
		size_t len = (end ? (size_t)(end - data) : p->message.len) - at.offset;
		if (end && len > 0 && data[at.offset + len - 1] == '\r')
			len--;
		read_line(p, slice_of(data + at.offset, len), at, after);
		at = after;
	}
	end_headers(p, at);
	if (!p->failed)
		close_to(p, 0, at);
}

bool mime_structure_parse(struct slice message, struct mime_structure *out)
{
	struct parser *p = calloc(1, sizeof(*p));

	*out = (struct mime_structure){0};
	if (!p)
		return false;
	p->message = message.data ? message : slice_of("", 0);
	p->out = out;
	begin_part(p, (struct place){0});
	if (!p->failed)
		read_lines(p);
	bool failed = p->failed;
	mime_content_finish(&p->content);
	arena_finish(&p->arena);
	free(p);
	if (failed)
		mime_structure_finish(out);
	return !failed;
}

void mime_structure_finish(struct mime_structure *s)
{
	free(s->parts);
	*s = (struct mime_structure){0};
}
