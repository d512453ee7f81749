/* SPDX-License-Identifier: ISC
 *
 * Where each message of a table stands among all by one kind of key, in steps: equal keys have one rank. Only
 * different texts are compared, and those of a stretch are in order already. */
#ifndef IMAPD_SEARCH_RANKS_H
#define IMAPD_SEARCH_RANKS_H

#include "search_order.h"
#include "search_table.h"

/* Zeroed it may be begun and finished. */
struct search_ranks {
	uint32_t *of; /* by message, in the order of UIDs */
	size_t messages;
	uint32_t count;      /* different ranks, from 0 on */
	struct slice lowest; /* the key of rank 0, borrowed from the table */
	bool failed;         /* no memory */

	struct search_order order; /* different texts of stretches */
	size_t stretch;            /* the next one */
	size_t at;                 /* its first message */
};

/* False: time is up, call again. The kind is not that of links. */
bool search_ranks_step(struct search_ranks *r, const struct search_table *t, unsigned kind,
		       const struct pace *pace);

/* Puts messages, numbers of `of`, in the order of their ranks; those of one rank stay as they are. False: no
 * memory. */
bool search_ranks_order(const struct search_ranks *r, bool reverse, const uint32_t *messages, uint32_t *into);

void search_ranks_finish(struct search_ranks *r);

#endif
