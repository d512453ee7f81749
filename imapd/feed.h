/* SPDX-License-Identifier: ISC
 *
 * One feed a mailbox that somebody has open, shared by all its sessions: the newest picture of its UIDs
 * and the last changes of flags, read from the store once for all. Any thread. */
#ifndef IMAPD_FEED_H
#define IMAPD_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../store/include/quarantine.h"
#include "uidmap.h"

struct feed;
struct feeds;

struct feeds *feeds_create(void);
void feeds_destroy(struct feeds *f); /* after all feeds were left; NULL is fine */

/* Joins the feed of a mailbox, made (and read from the store) when nobody had it. A QUARANTINE_ status. */
int feed_join(struct feeds *f, struct quarantine *q, int64_t mailbox, struct feed **out);
void feed_leave(struct feed *feed); /* NULL is fine */

/* Brings the feed up to what is committed. Cheap when nothing is new. A QUARANTINE_ status. */
int feed_refresh(struct feed *feed, struct quarantine *q);

/* The picture of now; the caller releases it. The mailbox row is of the same moment. */
struct uidmap *feed_map(struct feed *feed, struct quarantine_mailbox *info);

/* Whether this picture and modseq are no longer the newest. Never waits for the store. */
bool feed_has_news(struct feed *feed, const struct uidmap *map, uint64_t modseq);

/* How many keywords the mailbox had when it was last read. */
size_t feed_keyword_count(struct feed *feed);

/* \Recent (RFC 3501 section 2.3.2) without writes: UIDs from the returned one up to `uidnext` are recent
 * to the caller, the first to ask for them (or, with `look` only, would be). Lives with the process. */
uint32_t feed_recent(struct feeds *f, int64_t mailbox, uint32_t uidnext, bool look);

struct feed_flags {
	uint32_t uid;
	uint64_t flags;
	uint64_t modseq;
};

/* The entries whose flags changed after `since`, a later change of one behind the earlier, when the feed
 * still has them: true, *list malloc'd for the caller. False: read quarantine_changes(). */
bool feed_changes(struct feed *feed, uint64_t since, struct feed_flags **list, size_t *count);

#endif
