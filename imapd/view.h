/* SPDX-License-Identifier: ISC
 *
 * The selected mailbox as one session sees it: which message has which sequence number, until the session
 * is told otherwise. Holds a shared picture of UIDs, no store handle, nothing for each message. */
#ifndef IMAPD_VIEW_H
#define IMAPD_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "../store/base/slice.h"
#include "../store/include/quarantine.h"
#include "audit.h"
#include "feed.h"
#include "proto/search_return.h"
#include "proto/seqset.h"

struct buf;
struct columns;
struct response;

enum {
	VIEW_RECENT_RANGES = 16,
	VIEW_SLICE = 1000, /* entries that one write transaction may change; STORE: where flags have few
			      names, more */
};

/* What a client switches on for the rest of its connection, by ENABLE or by a command that implies it. */
enum view_extension {
	VIEW_CONDSTORE = 1, /* RFC 7162: FETCH that nobody asked for has UID and MODSEQ */
	VIEW_QRESYNC = 2,   /* RFC 7162: VANISHED in place of EXPUNGE; has VIEW_CONDSTORE with it */
	VIEW_UTF8 = 4,      /* RFC 9755: UTF8=ACCEPT */
	VIEW_REV2 = 8,      /* RFC 9051: IMAP4rev2, without \Recent and SEARCH responses */
	VIEW_METADATA = 16, /* RFC 5464: METADATA when others change entries, of whatever mailbox */
};

/* Where a sync of several steps is. */
struct view_sync {
	struct uidmap *target; /* NULL: no sync is under way */
	struct quarantine_mailbox info;
	size_t stage;           /* of the table in sync.c */
	unsigned events;        /* enum notify_event: what is told */
	bool held;              /* EXPUNGE has to wait */
	uint64_t below;         /* EXPUNGE: UIDs from here up are told */
	uint32_t arrivals_from; /* UIDs from here on are new: their flags are not told */
	uint32_t at_uid;        /* FLAGS: changes up to this UID are told; 0: none */
};

/* A change of flags that this session made: not told to it again. */
struct view_own {
	uint64_t modseq;
	struct quarantine_range uids;
};

struct view {
	struct quarantine_mailbox box; /* the row as of the last sync */
	char *name;                    /* as the client named it */
	bool read_only;                /* EXAMINE */
	struct feeds *feeds;
	struct feed *feed;
	struct uidmap *map;
	struct uidmap *seen; /* the feed's when it was last looked at; differs while EXPUNGE waits */
	unsigned enabled;    /* enum view_extension */
	uint64_t modseq;     /* all changes of flags up to here were told */
	uint64_t complete;   /* and up to here what was expunged, too */
	struct quarantine_range recent[VIEW_RECENT_RANGES]; /* \Recent in this session, ascending */
	size_t recent_count;
	struct quarantine_keywords keywords; /* as last told by FLAGS */
	struct view_own *own;
	size_t own_count;
	struct seqset_builder own_arrivals; /* UIDs that this session put here and was not told of yet */
	struct seqset_builder saved;        /* "$": UIDs, ascending; some may be gone (RFC 5182) */
	struct view_sync sync;
	struct columns *columns; /* for searches, set by who opened the view; NULL: none */
	struct audit audit;      /* its `user` and `session` are set by who opened the view */
};

/* Opens; `name` is copied. A QUARANTINE_ status. view_create() takes a feed that was joined, and lets go of
 * it on failure. */
int view_create(struct feeds *feeds, struct feed *feed, const char *name, bool read_only, struct view **out);
int view_open(struct feeds *feeds, struct quarantine *q, int64_t mailbox, const char *name, bool read_only,
	      struct view **out);
void view_close(struct view *v); /* NULL is fine */

/* Whether a sync would find anything in what the feed knows. Never waits for the store. */
bool view_has_news(const struct view *v);

/* The session itself made the change `modseq` to messages among these UIDs and was or will be told. */
void view_own_change(struct view *v, uint64_t modseq, struct quarantine_range uids);

/* The same when no change stands between `modseq` and what was told: then the view knows all up to it, and no
 * sync has to look for it. False: others changed something, use view_own_change(). */
bool view_tells_next(struct view *v, uint64_t modseq);

/* The session itself puts these messages here. */
void view_own_arrivals(struct view *v, struct quarantine_range uids);
bool view_is_own_arrival(const struct view *v, uint32_t uid);

/* Resolves a set of sequence numbers or UIDs against the view into ascending UID ranges (malloc'd, for
 * the caller); UIDs in them that are not in the view are not meant; "$" is what was saved. 1: done; 0: a
 * sequence number beyond the mailbox, BAD to the client; QUARANTINE_NO_MEMORY. */
int view_select(const struct view *v, struct seqset *set, bool uid, struct quarantine_range **ranges,
		size_t *count);

/* The same with UIDs among all that the mailbox ever gave: they may have vanished. */
int view_select_given(const struct view *v, struct seqset *set, struct quarantine_range **ranges,
		      size_t *count);

/* Leaves of the ranges what PARTIAL means (RFC 9394 section 3.3), counting messages of the view only. */
void view_narrow(const struct view *v, const struct search_partial *partial, struct quarantine_range *ranges,
		 size_t *count);

/* The next run of consecutive UIDs that are in the view and in the ranges, from *uid in ranges[*at] on, no
 * longer than `max`; moves the place on. Start with 0 and 0. False at the end. */
bool view_run(const struct view *v, const struct quarantine_range *ranges, size_t count, size_t *at,
	      uint32_t *uid, uint32_t max, struct quarantine_range *run);

/* Makes what arrived up to `uidnext` recent here, if no session had it before. A range that does not fit
 * pushes out the oldest. */
void view_claim_recent(struct view *v, uint32_t uidnext);
bool view_recent(const struct view *v, uint32_t uid);
uint32_t view_recent_count(const struct view *v);

/* Expunges what is \\Deleted in the ranges, a slice of it, and adds it to the audit; *more: call again. A
 * QUARANTINE_ status. */
int view_expunge(struct view *v, struct quarantine *q, const struct quarantine_range *ranges, size_t count,
		 bool *more);

/* Takes the keywords anew, from the store, or (q NULL) as the feed has them. A QUARANTINE_ status. */
int view_read_keywords(struct view *v, struct quarantine *q);

/* The bit of a keyword, in any case of letters; 0: there is none. */
uint64_t view_keyword(const struct quarantine_keywords *keywords, struct slice name);

/* Appends "(\Seen $Junk)" with \Recent where it applies and the client knows it. */
void view_flags(const struct view *v, uint32_t uid, uint64_t flags, struct buf *out);

/* Appends what a change is told by: "* 1 FETCH (FLAGS ()", with UID and MODSEQ where the client wants them or
 * `uid` asks for the UID; without FLAGS only where there is a MODSEQ. */
struct view_change {
	uint32_t uid;
	uint64_t modseq;
	uint64_t flags;
};
void view_tell_change(const struct view *v, const struct view_change *c, bool uid, bool flags,
		      struct response *r);

/* Appends the untagged FLAGS line: what may stand in this mailbox. */
void view_flags_line(const struct view *v, struct response *r);

/* Appends the untagged OK [PERMANENTFLAGS …]: what may be changed, and "\*" while there is room for keywords.
 */
void view_permanent_flags(const struct view *v, struct response *r);

/* Tells FLAGS after keywords were added, and that there can be no more (RFC 9051 section 7.1). */
void view_new_keywords(const struct view *v, struct response *r);

/* Appends system flags and keywords, separated by blanks: all that the mailbox knows. */
void view_flag_names(const struct view *v, struct buf *out);

#endif
