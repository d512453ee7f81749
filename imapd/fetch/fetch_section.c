/* SPDX-License-Identifier: ISC */
#include "fetch_section.h"

#include "../../store/mime/header.h"
#include "../../store/mime/section.h"
#include "../response.h"

const struct mime_structure *section_structure(struct section_stream *s, const struct section_source *source)
{
	if (!s->has_structure)
		s->has_structure = mime_structure_decode(source->parts, source->length, &s->structure);
	return s->has_structure ? &s->structure : NULL;
}

bool section_find(struct section_stream *s, const struct section_source *source,
		  const struct fetch_item *item, struct mime_range *out, const struct mime_part **part)
{
	const struct mime_structure *structure;
	size_t index = 0;
	uint64_t header = source->header_length < source->length ? source->header_length : source->length;

	if (part)
		*part = NULL;
	if (item->depth == 0) {
		bool all = item->text == MIME_SECTION_ALL, text = item->text == MIME_SECTION_TEXT;

		out->offset = text ? header : 0;
		out->length = all || text ? source->length - out->offset : header;
		return true;
	}
	structure = section_structure(s, source);
	if (!structure || !mime_section_find(structure, item->path, item->depth, item->text, out, &index))
		return false;
	if (part)
		*part = &structure->parts[index];
	return true;
}

void section_cut(const struct fetch_item *item, struct mime_range *range)
{
	if (!item->partial)
		return;
	if (item->offset >= range->length) {
		range->length = 0;
		return;
	}
	range->offset += item->offset;
	range->length -= item->offset;
	if (range->length > item->size)
		range->length = item->size;
}

int section_read(int64_t message, uint64_t offset, size_t size, struct quarantine *q, struct buf *out)
{
	char *into = buf_reserve(out, size);
	size_t got = 0;
	int status = QUARANTINE_NO_MEMORY;

	if (into)
		status = quarantine_content_read(q, message, offset, into, size, &got);
	if (status == QUARANTINE_OK && got < size)
		status = QUARANTINE_CORRUPT;
	if (status == QUARANTINE_OK)
		out->len += size;
	return status;
}

static void announce(uint64_t length, struct buf *out)
{
	buf_add_char(out, '{');
	buf_add_uint(out, length);
	buf_add_str(out, "}\r\n");
}

/* The range, where the source has all of it; else {NULL, 0}. */
static struct slice at_hand(const struct section_source *source, uint64_t offset, size_t size)
{
	struct slice header = source->header;

	if (!header.data || offset > header.len || size > header.len - offset)
		return slice_of(NULL, 0);
	return slice_of(header.data + offset, size);
}

/* HEADER.FIELDS: the chosen fields are gathered whole; header blocks are bounded. */
static void write_fields(struct section_stream *s, const struct section_source *source,
			 const struct fetch_item *item, struct mime_range header, struct quarantine *q,
			 struct response *r)
{
	size_t size = header.length < MIME_HEADER_PARSED_MAX ? (size_t)header.length : MIME_HEADER_PARSED_MAX;
	struct mime_range chosen = {0, 0};
	struct slice block = at_hand(source, header.offset, size);
	int status = QUARANTINE_OK;

	buf_reset(&s->fields);
	if (!block.data) {
		buf_reset(&s->block);
		status = section_read(source->message, header.offset, size, q, &s->block);
		block = buf_slice(&s->block);
	}
	if (status == QUARANTINE_OK) {
		mime_header_select(block, item->names, item->name_count, item->fields_not, &s->fields);
		if (s->fields.failed)
			status = QUARANTINE_NO_MEMORY;
	}
	chosen.length = s->fields.len;
	section_cut(item, &chosen);
	if (status != QUARANTINE_OK) {
		s->status = status;
		buf_add_str(&r->out, "NIL");
	} else if (chosen.length == 0) {
		buf_add_str(&r->out, "\"\"");
	} else {
		announce(chosen.length, &r->out);
		buf_add(&r->out, s->fields.data + chosen.offset, (size_t)chosen.length);
	}
}

/* The next piece of the literal. What cannot be read any more is filled up with blanks, because its length
 * was announced. */
static void write_piece(struct section_stream *s, const struct section_source *source, struct quarantine *q,
			struct response *r)
{
	size_t size = s->left < SECTION_PIECE ? (size_t)s->left : SECTION_PIECE;
	int status = section_read(source->message, s->offset, size, q, &r->out);

	if (status != QUARANTINE_OK) {
		char *blanks = buf_reserve(&r->out, size);

		s->status = status;
		if (blanks) {
			memset(blanks, ' ', size);
			r->out.len += size;
		}
	}
	s->offset += size;
	s->left -= size;
}

/* The literal's announcement with its first piece; NIL when not even that can be read. */
static void begin_literal(struct section_stream *s, const struct section_source *source,
			  struct mime_range range, struct quarantine *q, struct response *r)
{
	size_t before = r->out.len;
	size_t size = range.length < SECTION_PIECE ? (size_t)range.length : SECTION_PIECE;
	struct slice known = at_hand(source, range.offset, size);
	int status = QUARANTINE_OK;

	announce(range.length, &r->out);
	if (known.data)
		buf_add_slice(&r->out, known);
	else
		status = section_read(source->message, range.offset, size, q, &r->out);
	if (status != QUARANTINE_OK) {
		s->status = status;
		r->out.len = before;
		buf_add_str(&r->out, "NIL");
		return;
	}
	s->in_literal = true;
	s->offset = range.offset + size;
	s->left = range.length - size;
}

static void begin_section(struct section_stream *s, const struct section_source *source,
			  const struct fetch_item *item, struct quarantine *q, struct response *r)
{
	struct mime_range range;

	buf_add_slice(&r->out, item->label);
	buf_add_char(&r->out, ' ');
	if (!section_find(s, source, item, &range, NULL)) {
		buf_add_str(&r->out, "\"\"");
		return;
	}
	if (item->fields) {
		write_fields(s, source, item, range, q, r);
		return;
	}
	section_cut(item, &range);
	if (range.length == 0)
		buf_add_str(&r->out, "\"\"");
	else
		begin_literal(s, source, range, q, r);
}

bool section_write(struct section_stream *s, const struct section_source *source,
		   const struct fetch_item *item, struct quarantine *q, struct response *r)
{
	if (!s->in_literal)
		begin_section(s, source, item, q, r);
	while (s->in_literal && s->left > 0) {
		if (response_full(r))
			return false;
		write_piece(s, source, q, r);
	}
	s->in_literal = false;
	return true;
}

/* A client that does not read holds no header block that is out of the common. */
static void keep_small(struct buf *b)
{
	if (b->cap > SECTION_PIECE)
		buf_finish(b);
}

void section_next(struct section_stream *s)
{
	keep_small(&s->block);
	keep_small(&s->fields);
	if (s->has_structure)
		mime_structure_finish(&s->structure);
	s->has_structure = false;
	s->in_literal = false;
}

void section_finish(struct section_stream *s)
{
	section_next(s);
	buf_finish(&s->block);
	buf_finish(&s->fields);
}
