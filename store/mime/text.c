/* SPDX-License-Identifier: ISC */
#include "text.h"

#include "pieces.h"

enum { READ_FACTOR = 16, READ_LEAST = 64 * 1024 };

/* Output that may grow to `end` bytes. */
struct output {
	size_t end; /* length at which it is full */
	struct buf *out;
};

static bool is_full(const struct output *o)
{
	return o->out->len >= o->end || o->out->failed;
}

/* Ends a part or a line. What is too much is taken back, by whole characters; then the output is full. */
static void end_text(struct output *o)
{
	size_t len = o->end;

	buf_add_char(o->out, '\n');
	if (o->out->len <= len)
		return;
	while (len > 0 && ((unsigned char)o->out->data[len] & 0xc0) == 0x80)
		len--;
	o->out->len = o->end = len;
}

/* Of a large body no more than the output could need is read. */
static size_t read_most(const struct output *o)
{
	size_t most = o->end - o->out->len;

	return most > SIZE_MAX / (2 * READ_FACTOR) ? SIZE_MAX : most * READ_FACTOR + READ_LEAST;
}

void mime_search_text(struct slice message, const struct mime_structure *s, bool headers, size_t max,
		      struct buf *out)
{
	struct output o = {.out = out, .end = max < SIZE_MAX - out->len ? out->len + max : SIZE_MAX};
	struct mime_pieces walk = {0};
	struct mime_piece_reader reader = {0};
	struct mime_piece piece;

	mime_pieces_begin(&walk, message, s, headers, false);
	while (!is_full(&o) && mime_pieces_next(&walk, &piece)) {
		if (walk.state == MIME_IN_BODY && piece.bytes.len > read_most(&o))
			piece.bytes.len = read_most(&o);
		mime_piece_read(&reader, &piece, out);
		end_text(&o);
	}
	mime_pieces_finish(&walk);
	mime_piece_reader_finish(&reader);
}
