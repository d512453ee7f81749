/* SPDX-License-Identifier: ISC
 *
 * The exemplars that were used last, decoded: runs of spam lie mixed in a mailbox. Bounded by number and by
 * bytes. Ids are never used again and blobs never change, so nothing here goes stale. */
#ifndef QUARANTINE_EXEMPLARS_H
#define QUARANTINE_EXEMPLARS_H

#include "base/buf.h"

enum {
	EXEMPLAR_SETS = 256,
	EXEMPLAR_WAYS = 8, /* kept of those with the same set */
	EXEMPLAR_BYTES_MAX = 16 * 1024 * 1024,
};

/* Zeroed it is empty. One thread at a time. */
struct exemplars {
	struct exemplar {
		int64_t blob;  /* 0: nothing */
		uint64_t used; /* by `clock` */
		struct buf bytes;
	} list[EXEMPLAR_SETS * EXEMPLAR_WAYS]; /* a set after the other */
	uint64_t clock;                        /* how often one was wanted */
	size_t bytes;                          /* in all */
};

/* {NULL, 0}: not here. Borrowed until the next is kept. */
struct slice exemplars_find(struct exemplars *all, int64_t blob);

/* Takes what is in *bytes, which is empty afterwards, and forgets others for it. */
struct slice exemplars_keep(struct exemplars *all, int64_t blob, struct buf *bytes);

void exemplars_finish(struct exemplars *all);

#endif
