/* SPDX-License-Identifier: ISC
 *
 * Runs a search program over a view, in steps. Cheap keys decide first; a message's bytes are read only when
 * nothing else decides. Of one message, the first 2 MiB are searched. Holds nothing of the store between
 * two steps. */
#ifndef IMAPD_SEARCH_H
#define IMAPD_SEARCH_H

#include <stdbool.h>

#include "../../store/include/quarantine.h"
#include "../proto/search_key.h"
#include "../proto/search_return.h"

struct search;
struct view;

/* `root` and `view` are borrowed; `root` is put in order, and may be used again for another view. With a
 * limit it looks from that end on until so many are found, and may find some more. NULL when memory runs out.
 */
struct search *search_create(const struct view *view, struct search_key *root, struct search_limit limit);
void search_destroy(struct search *s); /* NULL is fine */

/* A step's worth of looking. *more: call again. A QUARANTINE_ status. */
int search_step(struct search *s, struct quarantine *q, bool *more);

/* The UIDs found, ascending. After the last step. */
const struct seqset_builder *search_found(const struct search *s);

/* The highest modseq of what was found; 0 when no row was looked at. */
uint64_t search_highest_modseq(const struct search *s);

/* Messages looked at, of how many. */
void search_progress(const struct search *s, uint32_t *done, uint32_t *goal);

#endif
