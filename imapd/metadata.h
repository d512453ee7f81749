/* SPDX-License-Identifier: ISC
 *
 * METADATA answers (RFC 5464): what GETMETADATA and LIST ask for, and what others changed. Some entries are
 * not stored: "/private/specialuse" of a mailbox is its use (RFC 6154 section 4), "/shared/admin" of the
 * server is a setting. Used by whoever has the command. */
#ifndef IMAPD_METADATA_H
#define IMAPD_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../store/include/quarantine.h"

struct imap_state;
struct metadata_wish;
struct response;

#define METADATA_SPECIAL_USE "/private/specialuse"
#define METADATA_ADMIN "/shared/admin"

/* Entries on the way to a client. */
struct metadata_telling {
	const struct imap_state *state;
	const char *name; /* of the mailbox, as the client named it; "" is the server */
	struct quarantine_mailbox box;
	struct quarantine_metadata *list;
	bool *told;
	size_t count;
	size_t wish, at;  /* the place in the wish, and in the list */
	bool found, open; /* the wish's entry is there; a line has begun */
	uint64_t longest; /* of the values that were larger than wanted */
};

/* Reads what there is. `name` is borrowed, `box` copied; NULL: the server. A QUARANTINE_ status;
 * metadata_finish() in any case. */
int metadata_begin(struct metadata_telling *t, const struct imap_state *state, struct quarantine *q,
		   const char *name, const struct quarantine_mailbox *box);

/* Tells what is wished for; an entry that is not there as NIL, where nothing below it is wanted. *more: the
 * response is full, call again. A QUARANTINE_ status. */
int metadata_tell(struct metadata_telling *t, struct quarantine *q, const struct metadata_wish *w,
		  struct response *r, bool *more);
void metadata_finish(struct metadata_telling *t);

/* Begins to tell a session what others change. A QUARANTINE_ status. */
int metadata_watch(struct imap_state *state, struct quarantine *q);

/* Tells which entries others changed since the last call. *more: the response is full, call again. A
 * QUARANTINE_ status. */
int metadata_sync(struct imap_state *state, struct quarantine *q, struct response *r, bool *more);

#endif
