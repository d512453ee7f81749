/* SPDX-License-Identifier: ISC
 *
 * What changed since a modseq (RFC 7162): narrows a FETCH with CHANGEDSINCE, or a SELECT with QRESYNC, to the
 * messages that did, and tells before them which ones vanished. PARTIAL counts before that, among those that
 * were asked for and are there (RFC 9394 section 3.4). For fetch.c; holds nothing of the store between two
 * steps. */
#ifndef IMAPD_FETCH_SINCE_H
#define IMAPD_FETCH_SINCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../store/include/quarantine.h"
#include "../proto/search_return.h"
#include "../proto/seqset.h"

struct response;
struct view;

enum since_stage { SINCE_READ, SINCE_TELL, SINCE_NARROW, SINCE_DONE };

struct fetch_since {
	const struct view *view;
	uint64_t modseq; /* 0: of all */
	enum since_stage stage;
	const struct search_partial *partial; /* PARTIAL: borrowed until it was applied; NULL: none */

	struct seqset_builder vanished;
	size_t told; /* ranges of them */

	struct seqset_builder changed;
	uint32_t at_uid; /* changes up to here are read */
};

/* Begins; `view` is borrowed. */
void since_begin(struct fetch_since *s, const struct view *view, uint64_t modseq, bool vanished);
void since_finish(struct fetch_since *s);

/* Does a step's worth; puts fewer ranges (malloc'd) in place of those that were asked for, where this spares
 * reading. Rows that did not change may still be in them. *more: call again. A QUARANTINE_ status. */
int since_step(struct fetch_since *s, struct quarantine *q, struct response *r,
	       struct quarantine_range **ranges, size_t *count, bool *more);

#endif
