/* SPDX-License-Identifier: ISC
 *
 * What the server does for the store by itself, on a store worker and in slices: gives the bytes of
 * messages back that left long ago, moves a large write-ahead log into the database, takes in what filters
 * left in the spool. Loop thread only. */
#ifndef IMAPD_UPKEEP_H
#define IMAPD_UPKEEP_H

#include "net/work.h"

struct config;
struct metrics;
struct upkeep;

/* NULL when memory is out. */
struct upkeep *upkeep_create(uv_loop_t *loop, struct work_pool *pool, const struct config *config,
			     const struct metrics *metrics);

/* Ends it; call it before the pool goes. The memory goes with upkeep_destroy(), after the loop has ended. */
void upkeep_stop(struct upkeep *u);    /* NULL is fine */
void upkeep_destroy(struct upkeep *u); /* NULL is fine */

#endif
