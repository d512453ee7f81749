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

/* Of which version the store is now, as the loop has just asked (version.h). What is read later is true of
 * this version; as long as the store stays at it, what was read need not be read again. 0: not known. */
void feeds_see(struct feeds *f, uint64_t version);

/* Brings the feeds of all mailboxes that are open up to what is committed. The first failure, or
 * QUARANTINE_OK. */
int feeds_refresh(struct feeds *f, struct quarantine *q);

/* Finds a mailbox by its name in the store, and remembers its row. A QUARANTINE_ status. */
int feeds_find(struct feeds *f, struct quarantine *q, const char *name, struct quarantine_mailbox *out);

/* The row as it was read at this version of the store, one of those last asked for. False: it was not. */
bool feeds_recall(struct feeds *f, const char *name, uint64_t version, struct quarantine_mailbox *out);

/* Joins the feed of a mailbox, made (and read from the store) when nobody had it. A QUARANTINE_ status. */
int feed_join(struct feeds *f, struct quarantine *q, int64_t mailbox, struct feed **out);
/* Joins the feed of a mailbox that is true of this version of the store. NULL: there is none. */
struct feed *feed_recall(struct feeds *f, int64_t mailbox, uint64_t version);
void feed_leave(struct feed *feed); /* NULL is fine */

/* Brings the feed up to what is committed. Cheap when nothing is new. A QUARANTINE_ status. */
int feed_refresh(struct feed *feed, struct quarantine *q);

/* A session changed flags itself, and this is what it was told of it: so nobody has to read it again, unless
 * something else happened since the last refresh. */
void feed_note_change(struct feed *feed, struct quarantine *q, const struct quarantine_flag_result *change);

/* The picture of now; the caller releases it. The mailbox row is of the same moment. */
struct uidmap *feed_map(struct feed *feed, struct quarantine_mailbox *info);

/* Whether this picture and modseq are no longer the newest. Never waits for the store. */
bool feed_has_news(struct feed *feed, const struct uidmap *map, uint64_t modseq);

/* Whether this picture and modseq are the newest, and those of the store at this version. */
bool feed_is_known(struct feed *feed, uint64_t version, const struct uidmap *map, uint64_t modseq);

/* The keywords of the mailbox when it was last read; they only become more. The caller frees them. A
 * QUARANTINE_ status. */
size_t feed_keyword_count(struct feed *feed);
int feed_keywords(struct feed *feed, struct quarantine_keywords *out);

/* The first UID without \Seen (0: none soon), as somebody found it at this modseq. False: nobody did. */
bool feed_unseen(struct feed *feed, uint64_t modseq, uint32_t *uid);
void feed_keep_unseen(struct feed *feed, uint64_t modseq, uint32_t uid);

/* \Recent (RFC 3501 section 2.3.2) without writes: UIDs from the returned one up to `uidnext` are recent
 * to the caller, the first to ask for them (or, with `look` only, would be). Lives with the process. */
uint32_t feed_recent(struct feeds *f, int64_t mailbox, uint32_t uidnext, bool look);

/* The entries whose flags changed after `since`, a later change of one behind the earlier, when the feed
 * still has them: true, *list malloc'd for the caller. False: read quarantine_changes(). */
bool feed_changes(struct feed *feed, uint64_t since, struct quarantine_flag_state **list, size_t *count);

#endif
