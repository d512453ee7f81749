/* SPDX-License-Identifier: ISC
 *
 * The IMAP grammar of what clients send (RFC 9051 section 9, RFC 3501 section 9), over the finished bytes
 * of one command. Each function reads its rule at the place where the parser stands and moves on, or
 * returns false with the reason in p->error and the parser wherever it was. Pure; texts that need
 * unquoting live in the arena, others point into the command. */
#ifndef IMAPD_PROTO_PARSE_H
#define IMAPD_PROTO_PARSE_H

#include <stdint.h>

#include "../../store/base/arena.h"
#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

enum { PARSE_TAG_MAX = 64, PARSE_FLAGS_MAX = 128 };

struct parser {
	struct slice in;
	size_t at;
	struct arena *arena;
	bool utf8;         /* quoted strings and names of mailboxes are UTF-8 (RFC 9755 section 3) */
	const char *error; /* a fixed text, for the BAD answer; set when a function returned false */
};

bool parse_fail(struct parser *p, const char *error); /* sets the error, returns false */
bool parse_peek(const struct parser *p, char c);      /* the next byte is c */
bool parse_char(struct parser *p, char c);            /* stays where it is when the next byte is another */
bool parse_space(struct parser *p);                   /* one SP; several are taken too */
bool parse_end(struct parser *p);          /* CRLF or LF, and nothing after it; SPs before it are taken */
bool parse_at_end(const struct parser *p); /* parse_end would be true */

/* This word in any case of letters, with no atom character behind it; else stays where it is. */
bool parse_word(struct parser *p, const char *word);

bool parse_tag(struct parser *p, struct slice *out);
bool parse_atom(struct parser *p, struct slice *out);
bool parse_string(struct parser *p, struct slice *out); /* quoted, literal; literal8 may hold NUL */
bool parse_astring(struct parser *p, struct slice *out);
bool parse_nstring(struct parser *p, struct slice *out);      /* NIL: {NULL, 0} */
bool parse_list_mailbox(struct parser *p, struct slice *out); /* LIST's pattern as sent */
bool parse_number(struct parser *p, uint32_t *out);
bool parse_number64(struct parser *p, uint64_t *out); /* up to 2^63-1 */
bool parse_nz_number(struct parser *p, uint32_t *out);
bool parse_modseq(struct parser *p, uint64_t *out); /* of SEARCH, with or without the entry of a flag */

/* A mailbox name as UTF-8: made so from modified UTF-7, unless p->utf8 or it has characters beyond ASCII.
 * What is neither is taken as it stands, bytes that are not UTF-8 replaced by U+FFFD, so that it names
 * nothing and the answer is NO, not BAD. INBOX in any case becomes "INBOX". NUL-terminated in the arena. */
bool parse_mailbox(struct parser *p, struct slice *out);

/* Appends the UTF-8 of a name or pattern as it was sent. False when it is in none of the forms that it may
 * have; a part may then be appended. */
bool parse_mailbox_text(const struct parser *p, struct slice sent, struct buf *utf8);

/* The same where a mailbox is made: *valid is false for a name that is neither. */
bool parse_new_mailbox(struct parser *p, struct slice *out, bool *valid);

/* "\Seen", "$Junk" …: system flags as bits of enum quarantine_flag, keywords as texts. \Recent and other
 * words with a backslash are refused. */
struct parsed_flags {
	uint64_t system;
	struct slice *keywords;
	size_t keyword_count;
};
bool parse_flag_list(struct parser *p, struct parsed_flags *out); /* with or without parentheses */

#endif
