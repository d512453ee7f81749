/* SPDX-License-Identifier: ISC
 *
 * Which UIDs of which mailbox a session was told of first (RFC 3501 section 2.3.2). Not for two threads at
 * once: the feeds lock. */
#ifndef IMAPD_FEED_RECENT_H
#define IMAPD_FEED_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recent;

/* A zeroed struct is valid and empty. */
struct recents {
	struct recent *list;
	size_t count;
};

/* UIDs from the returned one up to `uidnext` were not taken before; now they are, unless `look` only. */
uint32_t recents_take(struct recents *r, int64_t mailbox, uint32_t uidnext, bool look);
void recents_finish(struct recents *r);

#endif
