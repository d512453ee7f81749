/* SPDX-License-Identifier: ISC
 *
 * What deliver.c does with a batch (include/quarantine.h) beside what everybody may. */
#ifndef QUARANTINE_BATCH_H
#define QUARANTINE_BATCH_H

#include "internal.h"

/* quarantine_batch_commit() without asking whether there is room on the disk. */
int batch_insert(struct quarantine *q, struct quarantine_batch *b, size_t first, size_t count,
		 int64_t *messages);

#endif
