/* SPDX-License-Identifier: ISC
 *
 * Tells what SEARCH or SORT found, in steps: as numbers (RFC 3501, 5256) or by ESEARCH (RFC 4731, 9394).
 * Results are UIDs in the order in which they are told; their numbers are made on the way out. */
#ifndef IMAPD_SEARCH_ANSWER_H
#define IMAPD_SEARCH_ANSWER_H

#include <stdbool.h>

#include "../../store/base/slice.h"
#include "../proto/search_return.h"
#include "../proto/seqset.h"

enum {
	SEARCH_LINE_MAX = 990 * 1000, /* bytes of a line of numbers: imaplib takes no more than 1,000,000 */
	SEARCH_SAVED_RANGES_MAX = 100000, /* ranges that "$" may hold */
};

struct response;
struct view;

struct search_answer {
	const char *name; /* "SEARCH" or "SORT" */
	struct slice tag;
	bool uid;
	const struct view *view;
	const struct search_return *wanted;
	const struct seqset_builder *found;
	bool correlated; /* ESEARCH names mailbox and UIDVALIDITY of the view (RFC 7377) */
	uint64_t modseq; /* told behind the results (RFC 7162); 0: not asked for */

	uint64_t count;
	size_t at;       /* in found: where the next piece of the window is */
	uint32_t offset; /* in that range */
	uint64_t left;   /* results of the window from there on */
	struct seqset_range ahead, run;
	bool has_ahead;
	bool begun;
	bool separate; /* ESEARCH: a comma comes before the next run */
	size_t line;   /* bytes of the line so far */
};

/* Begins. All pointers are borrowed. */
void search_answer_begin(struct search_answer *a);

/* Goes on; false: the response is full, call again. */
bool search_answer_tell(struct search_answer *a, struct response *r);

/* What RETURN (SAVE) keeps in "$" (RFC 5182 section 2.4, RFC 9394 section 3.2), ascending; call before
 * anything is told. False when there is no memory or there are too many ranges. */
bool search_answer_save(const struct search_answer *a, struct seqset_builder *out);

#endif
