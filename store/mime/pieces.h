/* SPDX-License-Identifier: ISC
 *
 * What a search reads of a message, in pieces whose text depends on their own bytes only: equal pieces, of
 * whatever messages, have equal text. A piece is a header field, or the body of a part, or, where neither
 * transfer encoding nor character set leaves anything open at a line's end, some lines of it. */
#ifndef QUARANTINE_MIME_PIECES_H
#define QUARANTINE_MIME_PIECES_H

#include "../base/buf.h"
#include "../base/slice.h"
#include "charset.h"
#include "header.h"
#include "structure.h"

/* Where a piece stands. */
enum mime_place {
	MIME_FIELD, /* a header field */
	MIME_WHOLE, /* the body of a part */
	MIME_FIRST, /* its first lines */
	MIME_LATER, /* lines behind others of it */
};

struct mime_piece {
	uint32_t how;         /* with `charset` says how it is read */
	struct slice charset; /* borrowed as long as the walk stands there */
	struct slice bytes;
	bool closed; /* it ends where its lines say so, whatever follows */
	bool last;   /* no text of another piece follows without a gap */
};

/* A walk over a message. It may be begun anew and keeps its memory; zeroed it may be finished. */
struct mime_pieces {
	struct slice message;
	const struct mime_structure *structure;
	bool headers;
	bool cut;    /* bodies into lines, where that can be */
	size_t part; /* in work */
	enum { MIME_AT_PART, MIME_IN_HEADER, MIME_AT_BODY, MIME_IN_BODY } state;
	struct mime_fields fields;
	struct mime_piece body; /* all of the part's body */
	size_t at;              /* in it */
	struct mime_content content;
};

/* `headers` as for mime_search_text(). All is borrowed until the next begin. */
void mime_pieces_begin(struct mime_pieces *walk, struct slice message, const struct mime_structure *s,
		       bool headers, bool cut);
bool mime_pieces_next(struct mime_pieces *walk, struct mime_piece *out);

/* Amid the lines of a body: whether the next piece has these bytes, of which it is known that they are one,
 * closed or not. Then it is passed as by mime_pieces_next(), without a look at its lines. */
bool mime_pieces_pass(struct mime_pieces *walk, struct slice likely, bool closed, struct mime_piece *out);

/* Goes back to the begin of the body whose lines the last piece was: it comes as a whole. */
void mime_pieces_join(struct mime_pieces *walk);
void mime_pieces_finish(struct mime_pieces *walk);

/* What reads pieces. Zeroed it is ready. */
struct mime_piece_reader {
	struct mime_charsets sets; /* that were opened; mime_charsets_finish() forgets them */
	struct buf decoded, utf8, plain;
};

/* Appends the text of a piece: transfer encoding and character set undone, HTML as its text, folded for
 * search. False: these lines say nothing by themselves, because their character set would be guessed from the
 * whole body; then what was appended is not to be used. */
bool mime_piece_read(struct mime_piece_reader *r, const struct mime_piece *piece, struct buf *out);
void mime_piece_reader_finish(struct mime_piece_reader *r);

#endif
