/* SPDX-License-Identifier: ISC
 *
 * The kinds of search keys, their names, and what follows each. Pure. */
#ifndef IMAPD_PROTO_SEARCH_NAME_H
#define IMAPD_PROTO_SEARCH_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/base/slice.h"

/* What a key is; behind each, what of struct search_key it has. */
enum search_op {
	SEARCH_AND,      /* children; no child: true (ALL) */
	SEARCH_OR,       /* children */
	SEARCH_NOT,      /* one child */
	SEARCH_SEQUENCE, /* set of sequence numbers */
	SEARCH_UID,      /* set of UIDs */
	SEARCH_FLAGS,    /* all of `flags` set */
	SEARCH_RECENT,
	SEARCH_MODSEQ,  /* number: at least this modseq (RFC 7162) */
	SEARCH_KEYWORD, /* text: its name */
	SEARCH_BEFORE,  /* INTERNALDATE's day < day; SEARCH_SENT_…: the Date field's day */
	SEARCH_ON,
	SEARCH_SINCE,
	SEARCH_SENTBEFORE,
	SEARCH_SENTON,
	SEARCH_SENTSINCE,
	SEARCH_SAVEDBEFORE, /* the day it came into the mailbox (RFC 8514) */
	SEARCH_SAVEDON,
	SEARCH_SAVEDSINCE,
	SEARCH_EMAILID, /* text: an identifier (RFC 8474) */
	SEARCH_THREADID,
	SEARCH_LARGER, /* number */
	SEARCH_SMALLER,
	SEARCH_OLDER, /* number of seconds (RFC 5032) */
	SEARCH_YOUNGER,
	SEARCH_FROM, /* text: folded needle, see below */
	SEARCH_TO,
	SEARCH_CC,
	SEARCH_BCC,
	SEARCH_SUBJECT,
	SEARCH_HEADER, /* name, text */
	SEARCH_BODY,
	SEARCH_TEXT,
};

enum search_argument {
	SEARCH_ARGUMENT_NONE,
	SEARCH_ARGUMENT_DATE,
	SEARCH_ARGUMENT_NUMBER,
	SEARCH_ARGUMENT_NZ_NUMBER,
	SEARCH_ARGUMENT_TEXT,
	SEARCH_ARGUMENT_HEADER,
	SEARCH_ARGUMENT_KEYWORD,
	SEARCH_ARGUMENT_MODSEQ,
	SEARCH_ARGUMENT_OBJECT,
	SEARCH_ARGUMENT_SET,
	SEARCH_ARGUMENT_THIS_SET, /* a set that is the key itself */
};

struct search_name {
	const char *name;
	enum search_op op;
	enum search_argument argument;
	bool negated;   /* a NOT stands around the key */
	uint64_t flags; /* for SEARCH_FLAGS */
};

/* In any case of letters; NULL: there is no such key. */
const struct search_name *search_name_find(struct slice name);

/* The set of sequence numbers, which is a key without a name. */
extern const struct search_name search_name_set;

#endif
