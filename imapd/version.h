/* SPDX-License-Identifier: ISC
 *
 * The version of the store: a number that grows whenever anybody has committed anything. What was read at a
 * version is true as long as the store stays at it; so whoever asks for the version first may answer from
 * memory. Loop thread only. */
#ifndef IMAPD_VERSION_H
#define IMAPD_VERSION_H

#include <stdint.h>

struct feeds;
struct version;
struct work_pool;

/* `store`, a path, is borrowed. The feeds are told of each answer. NULL when memory runs out. */
struct version *version_create(struct work_pool *pool, const char *store, struct feeds *feeds);

/* The version now: every commit that was acknowledged before the call is in it. Takes microseconds, waits for
 * nobody. 0: it cannot be told just now; then only the store itself knows. */
uint64_t version_ask(struct version *v);

/* After the pool has gone. NULL is fine. */
void version_destroy(struct version *v);

#endif
