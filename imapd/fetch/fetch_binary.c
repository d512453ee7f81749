/* SPDX-License-Identifier: ISC */
#include "fetch_binary.h"

#include "../pace.h"
#include "../response.h"

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool is_identity(enum mime_encoding encoding)
{
	return encoding == MIME_7BIT || encoding == MIME_8BIT || encoding == MIME_BINARY;
}

/* Finds the content. What is not encoded is cut to what is asked for at once. */
static enum binary_stage find(struct binary_stream *b, struct section_stream *s,
			      const struct section_source *source, const struct fetch_item *item)
{
	const struct mime_part *part;
	enum mime_encoding encoding = MIME_BINARY;

	b->to = UINT64_MAX;
	if (!section_find(s, source, item, &b->range, &part))
		return BINARY_READY;
	if (part && part->kind == MIME_LEAF)
		encoding = part->encoding;
	if (encoding == MIME_OTHER)
		return BINARY_UNKNOWN;
	b->now.decoder.encoding = encoding;
	if (is_identity(encoding)) {
		section_cut(item, &b->range);
	} else if (item->partial) {
		b->from = item->offset;
		b->to = item->offset + item->size;
	}
	b->start = b->now;
	if (!is_identity(encoding) || item->kind == FETCH_BINARY)
		return BINARY_MEASURE;
	b->size = b->range.length;
	return BINARY_READY;
}

/* Decodes the next piece; *out is what is asked for of it. A QUARANTINE_ status. */
static int decode_piece(struct binary_stream *b, int64_t message, struct quarantine *q, struct slice *out)
{
	struct binary_place *now = &b->now;
	size_t size = (size_t)least(b->range.length - now->read, SECTION_PIECE);
	uint64_t before = now->decoded, skip;
	int status;

	buf_reset(&b->raw);
	buf_reset(&b->decoded);
	status = section_read(message, b->range.offset + now->read, size, q, &b->raw);
	if (status != QUARANTINE_OK)
		return status;
	now->read += size;
	mime_decode(&now->decoder, buf_slice(&b->raw), now->read == b->range.length, &b->decoded);
	if (b->decoded.failed)
		return QUARANTINE_NO_MEMORY;
	now->decoded += b->decoded.len;
	skip = before < b->from ? least(b->from - before, b->decoded.len) : 0;
	*out = slice_skip(buf_slice(&b->decoded), (size_t)skip);
	out->len = (size_t)least(out->len, b->to > before + skip ? b->to - before - skip : 0);
	return QUARANTINE_OK;
}

/* Decodes on, up to the end of what is asked for; b->start is where writing it begins. */
static enum binary_stage measure(struct binary_stream *b, struct section_stream *s, int64_t message,
				 struct quarantine *q, const struct pace *pace)
{
	while (b->now.read < b->range.length && b->now.decoded < b->to) {
		struct slice got;
		int status;

		if (b->size == 0)
			b->start = b->now;
		status = decode_piece(b, message, q, &got);
		if (status != QUARANTINE_OK) {
			s->status = status;
			return BINARY_LOST;
		}
		b->size += got.len;
		b->has_nul |= got.len > 0 && memchr(got.data, '\0', got.len);
		if (pace_over(pace))
			return BINARY_MEASURE;
	}
	return BINARY_READY;
}

bool binary_measure(struct binary_stream *b, struct section_stream *s, const struct section_source *source,
		    const struct fetch_item *item, struct quarantine *q, const struct pace *pace)
{
	if (b->stage == BINARY_BEGIN)
		b->stage = find(b, s, source, item);
	if (b->stage == BINARY_MEASURE)
		b->stage = measure(b, s, source->message, q, pace);
	b->unknown |= b->stage == BINARY_UNKNOWN;
	return b->stage != BINARY_MEASURE;
}

/* The next bytes of the literal; blanks for what cannot be read any more, because it was announced. */
static void write_piece(struct binary_stream *b, struct section_stream *s, int64_t message,
			struct quarantine *q, struct response *r)
{
	struct slice got;
	int status = b->now.read < b->range.length ? decode_piece(b, message, q, &got) : QUARANTINE_CORRUPT;

	if (status != QUARANTINE_OK) {
		s->status = status;
		buf_reset(&b->decoded);
		if (!buf_reserve(&b->decoded, SECTION_PIECE)) {
			r->out.failed = true;
			b->left = 0;
			return;
		}
		memset(b->decoded.data, ' ', SECTION_PIECE);
		got = slice_of(b->decoded.data, SECTION_PIECE);
	}
	got.len = (size_t)least(got.len, b->left);
	buf_add_slice(&r->out, got);
	b->left -= got.len;
}

/* The label, and the value where it is no literal. */
static void begin(struct binary_stream *b, const struct fetch_item *item, struct response *r)
{
	buf_add_slice(&r->out, item->label);
	if (b->stage != BINARY_READY) {
		buf_add_str(&r->out, " NIL");
	} else if (item->kind == FETCH_BINARY_SIZE) {
		buf_addf(&r->out, " %llu", (unsigned long long)b->size);
	} else if (b->size == 0) {
		buf_add_str(&r->out, " \"\"");
	} else {
		buf_addf(&r->out, " %s{%llu}\r\n", b->has_nul ? "~" : "", (unsigned long long)b->size);
		b->stage = BINARY_WRITE;
		b->left = b->size;
		b->now = b->start;
	}
}

bool binary_has_answer(const struct binary_stream *b, const struct fetch_item *item)
{
	return b->stage == BINARY_LOST ? item->kind == FETCH_BINARY : b->stage != BINARY_UNKNOWN;
}

bool binary_write(struct binary_stream *b, struct section_stream *s, const struct section_source *source,
		  const struct fetch_item *item, struct quarantine *q, struct response *r,
		  const struct pace *pace)
{
	if (b->stage != BINARY_WRITE)
		begin(b, item, r);
	while (b->left > 0) {
		if (response_full(r) || pace_over(pace))
			return false;
		write_piece(b, s, source->message, q, r);
	}
	return true;
}

void binary_next(struct binary_stream *b)
{
	bool unknown = b->unknown;

	buf_finish(&b->raw);
	buf_finish(&b->decoded);
	*b = (struct binary_stream){.unknown = unknown};
}
