/* SPDX-License-Identifier: ISC
 *
 * Has a whole command arrived? A command is a line, with literals inside it (RFC 9051 section 4.3, RFC
 * 7888). The framer looks at bytes as they come and never twice; it understands nothing else. Pure. */
#ifndef IMAPD_PROTO_FRAME_H
#define IMAPD_PROTO_FRAME_H

#include <stdint.h>

#include "../../store/base/slice.h"

enum { FRAME_TAG_MAX = 64 };

struct frame_limits {
	size_t line;       /* bytes of one line, its end included, without literals */
	uint64_t literal;  /* bytes of one literal */
	unsigned literals; /* literals in a command */
	size_t total;      /* bytes of a command */
	/* Whether a command that begins so takes the literal that is announced at its end piece by piece.
	 * NULL: none does. */
	bool (*streams)(struct slice begun);
	uint64_t drain; /* bytes of a refused command that are read on and dropped, {n+} literals included */
};

enum frame_status {
	FRAME_MORE,     /* wait for more bytes */
	FRAME_CONTINUE, /* a synchronising literal is wanted: send "+", then scan again */
	FRAME_COMPLETE, /* f->length bytes are one command, its last line end included */
	FRAME_REFUSED,  /* f->length bytes end a refused command (f->why); drop them, answer BAD, go on */
	FRAME_DISCARD,  /* drop the first f->length bytes and scan again: empty lines, part of a refused
			   command */
	FRAME_STREAM, /* f->length bytes begin a command that takes its literal piece by piece: drop them, and
			 reset; f->spec_number bytes are to come, after "+" when f->spec_sync */
	FRAME_FATAL,  /* cannot get in step again (f->why): answer BYE and close */
};

enum frame_why {
	FRAME_WHY_NONE,
	FRAME_WHY_LINE,
	FRAME_WHY_LITERAL,
	FRAME_WHY_TOTAL,
	FRAME_WHY_NUL,
	FRAME_WHY_ANSWERED
};

/* A zeroed struct waits for a command. `length`, `why` and `tag` are for the caller. */
struct frame {
	size_t length;
	enum frame_why why;
	char tag[FRAME_TAG_MAX + 1]; /* of a refused command, for the answer; "" when there was none */
	bool refusing;               /* reading on only to drop */
	size_t scanned;              /* bytes of the input already looked at */
	size_t line;                 /* bytes of this line so far */
	size_t total;                /* bytes of this command so far, announced literals included */
	uint64_t drained;
	unsigned literals;
	uint64_t literal_left; /* bytes of a literal still to come */
	int spec;              /* how much of "{" number ["+"] "}" the line ends with so far */
	bool spec_sync;
	uint64_t spec_number;
};

/* Looks at `in`, the unread input from the command's first byte. After COMPLETE, REFUSED or DISCARD the
 * caller drops f->length bytes; after COMPLETE and REFUSED it also calls frame_reset(). A caller that
 * answers a command at CONTINUE (instead of "+") drops f->scanned bytes and resets. */
enum frame_status frame_scan(struct frame *f, const struct frame_limits *limits, struct slice in);

/* The same for a line that is no command and has no literals: what comes while AUTHENTICATE or IDLE
 * wait. MORE, COMPLETE, or FATAL when it is longer than `limit` bytes with its end. */
enum frame_status frame_line(struct frame *f, size_t limit, struct slice in);

void frame_reset(struct frame *f);

/* Whether a line (with or without its end) announces a literal, of how many bytes, and whether the client
 * waits for "+" before it sends them. */
bool frame_announced(struct slice line, uint64_t *size, bool *sync);

/* Begins in the middle of a command that was answered: a literal of which so many bytes are left, and what
 * follows. FRAME_REFUSED at its end, with FRAME_WHY_ANSWERED. */
void frame_skip(struct frame *f, uint64_t literal_left);

#endif
