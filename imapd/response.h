/* SPDX-License-Identifier: ISC
 *
 * Builds what the server sends. Owns the bytes until the session takes them. Knows the grammar of
 * answers, so that commands cannot break it. Used by whoever has the command: worker or loop. */
#ifndef IMAPD_RESPONSE_H
#define IMAPD_RESPONSE_H

#include <stdint.h>

#include "../store/base/buf.h"
#include "../store/base/slice.h"

enum { RESPONSE_STEP = 256 * 1024 }; /* a step returns MORE when its output has reached this */

enum response_condition { RESPONSE_OK, RESPONSE_NO, RESPONSE_BAD };

struct response {
	struct buf out;
	bool utf8; /* the client takes UTF-8 in quoted strings and names; kept over commands */
	/* What the tagged line will say; OK and empty at first. The core adds tag and name. */
	enum response_condition condition;
	char code[1536];      /* without brackets: "READ-WRITE", "TRYCREATE"; "" for none */
	struct buf long_code; /* takes the place of `code`: one of any length */
	const char *text;     /* a fixed text; NULL: "<NAME> completed" or "<NAME> failed" */
	char log_detail[256]; /* for the log, never for the client */
	bool asked;           /* it tells of what the client asked for, not of a fault */
};

void response_reset(struct response *r);  /* condition, code and text; keeps `out` */
void response_finish(struct response *r); /* frees */

static inline bool response_full(const struct response *r)
{
	return r->out.len >= RESPONSE_STEP;
}

/* Room for what a step writes, in one piece: for many answers. */
void response_make_room(struct response *r);

/* An untagged line: "* " + formatted text + CRLF. Only for text that is ours. */
void response_untagged(struct response *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An untagged status line: "* OK [code] text"; code may be NULL. */
void response_notice(struct response *r, const char *condition, const char *code, const char *text);

/* A continuation request: "+ text" CRLF. `text` may be empty. */
void response_continue(struct response *r, const char *text);

/* Pieces for lines that are built by hand, through r->out otherwise. Texts may hold any byte: what a
 * quoted string cannot carry goes out as a literal. */
void response_astring(struct response *r, struct slice text);     /* atom, quoted or literal */
void response_string(struct response *r, struct slice text);      /* quoted or literal */
void response_mailbox(struct response *r, const char *utf8_name); /* as astring, in the client's form */

/* Sets what the tagged line says. `code` may be NULL; `text` is fixed. Returns false, for use in parse(). */
bool response_no(struct response *r, const char *code, const char *text);
bool response_bad(struct response *r, const char *text);

/* Sets the tagged line from a status of the store by one table, and keeps `detail` for the log. */
void response_store_error(struct response *r, int status, const char *detail);

/* Appends the tagged line: tag (empty: "*"), condition, [code], text. */
void response_tagged(struct response *r, struct slice tag, const char *name);

#endif
