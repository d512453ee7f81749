/* SPDX-License-Identifier: ISC
 *
 * Results of SEARCH and SORT that are kept up to date (RFC 5267 section 4.3): what was told of each is
 * remembered, and a sync of the view judges the changed messages anew. Belongs to the connection, for as long
 * as the mailbox is selected; used by whoever has the command. Holds nothing of the store between two steps.
 */
#ifndef IMAPD_SEARCH_CONTEXT_H
#define IMAPD_SEARCH_CONTEXT_H

#include <stdbool.h>

#include "../proto/fetch_att.h"
#include "../proto/search_key.h"
#include "../proto/seqset.h"
#include "../proto/sort_order.h"
#include "search_match.h"
#include "search_rows.h"

enum {
	CONTEXTS_MAX = 8,                       /* of a connection */
	CONTEXT_PROGRAM_MAX = 64 * 1024,        /* bytes of what one asks for, parsed */
	CONTEXTS_RESULTS_MAX = 4 * 1024 * 1024, /* bytes of what all have found */
};

struct response;
struct uidmap;
struct view;

/* One of them. Sets are UIDs in ascending order. */
struct context {
	struct arena arena; /* tag and program */
	struct slice tag;
	bool uid;        /* tells UIDs, not numbers */
	bool correlated; /* names mailbox and UIDVALIDITY (RFC 7377) */
	bool ends_open;  /* the program asks for "*": what that is changes */
	bool broken;     /* cannot be kept up any more: the client is told, and it ends */
	struct search_program program;
	struct sort_order order;  /* empty: mailbox order */
	struct fetch_items items; /* told of arrivals that become results (RFC 5465 section 7) */

	struct seqset_builder members; /* the results, with those that are still to be told */
	uint32_t *sorted;              /* of SORT: what was told, in its order */
	size_t count, cap;
	struct seqset_builder come, gone; /* to be told, from these places on */
	size_t come_at, gone_at;
};

struct contexts {
	struct context *list[CONTEXTS_MAX];
	size_t count;
	uint32_t judged_to;            /* UIDs up to here were judged when they came */
	uint32_t largest;              /* what "*" was when messages were last judged */
	struct seqset_builder changed; /* UIDs to judge */
	bool judging;
	struct search_rows rows;
	struct search_candidate candidate;
	struct quarantine *store; /* in a step */
};

struct context_request {
	struct slice tag;
	bool uid, correlated;
	const struct sort_order *order;      /* empty: mailbox order */
	struct slice program;                /* as the client wrote it, with its character set */
	struct slice items;                  /* FETCH items, as the client wrote them; data NULL: none */
	const struct seqset_builder *found;  /* UIDs, ascending */
	const struct seqset_builder *sorted; /* the same in the order of SORT */
};

/* Adds one; all that is asked for is copied. *list is made where it is NULL. False: there are too many or
 * their results are too large, the program is too large or asks for an age, or memory is out. */
bool contexts_add(struct contexts **list, const struct view *view, const struct context_request *request);

/* Whether one has this tag. `list` may be NULL, also below. */
bool contexts_has(const struct contexts *list, struct slice tag);

/* Ends the one with this tag; false: there is none. */
bool contexts_cancel(struct contexts *list, struct slice tag);
void contexts_destroy(struct contexts *list);

/* In a sync, before EXPUNGE: what is not in `now` leaves the results. */
void contexts_lose(struct contexts *list, const struct uidmap *now);

/* A message has changed. */
void contexts_note(struct contexts *list, uint32_t uid);

/* Behind EXPUNGE and EXISTS: judges what has come and what was noted. *more: call again. A QUARANTINE_
 * status.
 */
int contexts_judge(struct contexts *list, const struct view *v, struct quarantine *q, bool *more);

/* Tells ADDTO and REMOVEFROM in the numbers of the view. Otherwise as contexts_judge(). */
int contexts_tell(struct contexts *list, const struct view *v, struct quarantine *q, struct response *r,
		  bool *more);

#endif
