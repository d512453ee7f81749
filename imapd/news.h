/* SPDX-License-Identifier: ISC
 *
 * Tells idling sessions that the store has changed: on its doorbell, and every two seconds by asking for its
 * version. The first ring is passed on at once, further ones together: after some 10 ms, or after as long as
 * telling all took. What is new is read once a mailbox, and told from memory. Loop thread only. */
#ifndef IMAPD_NEWS_H
#define IMAPD_NEWS_H

#include <stddef.h>
#include <uv.h>

#include "session_state.h"

struct news;

/* `sessions` are the logged-in ones. NULL on failure, with the reason in `why`. */
struct news *news_create(struct session_env *env, struct session_list *sessions, char *why, size_t why_size);

/* Stops asking and listening. Call it before the pool goes, then free when the loop has ended. */
void news_stop(struct news *n);    /* NULL is fine */
void news_destroy(struct news *n); /* NULL is fine */

#endif
