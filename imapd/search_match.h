/* SPDX-License-Identifier: ISC
 *
 * Whether a message matches a search key: a table of keys. What a key needs to look at is known before, so
 * that the dear ones wait. */
#ifndef IMAPD_SEARCH_MATCH_H
#define IMAPD_SEARCH_MATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "../store/base/buf.h"
#include "../store/include/quarantine.h"
#include "proto/search_key.h"

struct view;

enum { SEARCH_CONTENT_MAX = 2 * 1024 * 1024 }; /* bytes of a message that are searched, from its start */

/* What a key looks at, the cheapest first. */
enum search_need {
	SEARCH_NEEDS_MAP,     /* UID and sequence number only */
	SEARCH_NEEDS_ROW,     /* the narrow row */
	SEARCH_NEEDS_FIELDS,  /* QUARANTINE_FIELD_SEARCH */
	SEARCH_NEEDS_HEADER,  /* the header block */
	SEARCH_NEEDS_CONTENT, /* the text of the message */
};

/* A message under test. */
struct search_candidate {
	const struct view *view;
	time_t now;
	const struct quarantine_keywords *keywords;
	uint32_t uid, seq;
	const struct quarantine_entry *row; /* NULL when the program needs the map only */
	struct quarantine *store;
	struct buf bytes;      /* the start of the message, read when a key wants it */
	struct buf text, body; /* for TEXT and BODY, made when a key wants them */
	bool has_text, has_body;
};

/* The dearest thing that the tree needs. */
enum search_need search_needs(const struct search_key *key);

/* Whether a key of this kind stands in the tree. */
bool search_asks(const struct search_key *key, enum search_op op);

/* Resolves the sets of the tree against the view, and puts cheap keys before dear ones. */
void search_prepare(struct search_key *key, const struct view *view);

bool search_judge(const struct search_key *key, struct search_candidate *c);

/* Forgets what was read of the message, keeps the memory. */
void search_candidate_reset(struct search_candidate *c);
void search_candidate_finish(struct search_candidate *c);

#endif
