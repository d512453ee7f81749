/* SPDX-License-Identifier: ISC
 *
 * Reads the whole database ahead when commands have to wait for the disk, as after a start: tables lie
 * scattered in it, and all of it in one go comes many times faster than page after page. Loop thread only. */
#ifndef IMAPD_AHEAD_H
#define IMAPD_AHEAD_H

#include "net/work.h"

struct ahead;

/* Databases above `limit` bytes are left alone. NULL when memory is out. */
struct ahead *ahead_create(uv_loop_t *loop, uint64_t limit);

/* For work_settings.on_cold; `ahead` is a struct ahead. Begins, on a store worker, unless it reads already or
 * did so a short while ago: it takes at most a tenth of the time. */
void ahead_wanted(void *ahead, struct work_pool *pool);

/* Times that it has read all. */
unsigned ahead_passes(const struct ahead *a);

/* After the pool is gone. NULL is fine. */
void ahead_destroy(struct ahead *a);

#endif
