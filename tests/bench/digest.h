/* SPDX-License-Identifier: ISC
 *
 * What an answer says, in a form in which two servers' answers can be compared. */
#ifndef QUARANTINE_BENCH_DIGEST_H
#define QUARANTINE_BENCH_DIGEST_H

#include "../../store/base/buf.h"

struct digest {
	uint64_t count;    /* FETCH responses, or numbers found */
	uint64_t numbers;  /* which: UIDs of FETCH, hits of SEARCH, values of STATUS and EXISTS */
	uint64_t order;    /* the same with their order, and the parentheses of THREAD */
	uint64_t literals; /* the bytes that came as literals, with their UIDs */
};

/* Adds all untagged responses of an answer. */
void digest_add(struct digest *d, struct slice answer);

#endif
