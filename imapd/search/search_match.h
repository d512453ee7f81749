/* SPDX-License-Identifier: ISC
 *
 * Whether a message matches a search key: a table of keys. What a key needs to look at is known before, so
 * that the dear ones wait. */
#ifndef IMAPD_SEARCH_MATCH_H
#define IMAPD_SEARCH_MATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "../../store/include/quarantine.h"
#include "../proto/search_key.h"
#include "search_content.h"

struct search_fields;
struct view;

/* What a key looks at, the cheapest first. */
enum search_need {
	SEARCH_NEEDS_MAP,     /* UID and sequence number only */
	SEARCH_NEEDS_ROW,     /* the narrow row */
	SEARCH_NEEDS_FIELDS,  /* what QUARANTINE_FIELD_SEARCH has */
	SEARCH_NEEDS_HEADER,  /* the header block */
	SEARCH_NEEDS_CONTENT, /* the text of the message */
};

/* A message under test. */
struct search_candidate {
	const struct view *view;
	time_t now;
	const struct quarantine_keywords *keywords;
	uint32_t uid, seq;
	struct search_content message; /* no row: keys that need it are left open */
	struct search_fields *fields;  /* of this program; NULL: none */
};

enum search_verdict { SEARCH_NO, SEARCH_YES, SEARCH_OPEN };

/* The dearest thing that the tree needs. */
enum search_need search_needs(const struct search_key *key);

/* The enum quarantine_field bits of rows that the tree can be judged by, as few as will do. Of hits by MODSEQ
 * they have the modseq. */
unsigned search_columns(const struct search_key *key);

/* Whether a key of this kind stands in the tree. */
bool search_asks(const struct search_key *key, enum search_op op);

/* Resolves the sets of the tree against the view, and puts cheap keys before dear ones. */
void search_prepare(struct search_key *key, const struct view *view);

/* Without a row it may stay open. */
enum search_verdict search_judge(const struct search_key *key, struct search_candidate *c);

#endif
