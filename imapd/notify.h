/* SPDX-License-Identifier: ISC
 *
 * What a connection wants to be told unasked (RFC 5465), and what it was told of the mailboxes that are not
 * selected: their rows as of then, so that many changes of one become one answer. Belongs to the connection;
 * used by whoever has the command. */
#ifndef IMAPD_NOTIFY_H
#define IMAPD_NOTIFY_H

#include <stdbool.h>

#include "../store/base/arena.h"
#include "../store/include/quarantine.h"
#include "proto/notify_set.h"

enum {
	NOTIFY_MAILBOXES_MAX = 500, /* in the store; where there are more only the selected one is watched */
	NOTIFY_SET_MAX = 64 * 1024, /* bytes of what is asked for, parsed */
	NOTIFY_OWN_MAX = 4,
};

struct response;

/* Names and mailboxes that the session's own command changes: it is not told of them. */
struct notify_own {
	char names[NOTIFY_OWN_MAX][QUARANTINE_NAME_MAX + 1];
	size_t name_count;
	int64_t mailbox; /* where messages were put; 0: nowhere */
	uint64_t messages;
};

struct notify {
	struct arena arena;
	struct notify_set set;
	const struct notify_group *selected; /* NULL: nothing of the selected mailbox is told */
	bool watches;                        /* others than the selected one */
	struct quarantine_mailbox *seen;     /* by name */
	size_t seen_count;
	struct notify_own own;
};

/* Reads `text`, the arguments of NOTIFY, which are valid, with names as UTF-8 or not. QUARANTINE_LIMIT: it is
 * too large, or there are too many mailboxes; or another QUARANTINE_ status. */
int notify_create(struct slice text, bool utf8, struct quarantine *q, struct notify **out);
void notify_destroy(struct notify *n); /* NULL is fine */

/* NOTIFY NONE. */
void notify_silence(struct notify *n);

/* Events of the selected mailbox that are told; `n` NULL: NOTIFY was not used, so all are. */
unsigned notify_selected_events(const struct notify *n);

/* EXPUNGE waits for a command that lets it be told. */
bool notify_delays_expunge(const struct notify *n);

/* The session itself changes this name, or puts so many more messages into one mailbox. `n` may be NULL. */
void notify_own_name(struct notify *n, const char *name);
void notify_own_messages(struct notify *n, int64_t mailbox, uint64_t messages);

/* Whether any metadata are watched, and whether changes of this mailbox's are told ("": of the server's); `n`
 * NULL: NOTIFY was not used, so it is told. */
bool notify_watches_metadata(const struct notify *n);
bool notify_wants_metadata(const struct notify *n, const char *mailbox);

/* For whom it is told. */
struct notify_to {
	int64_t selected; /* mailbox; 0: none */
	unsigned enabled; /* enum view_extension */
};

/* Tells STATUS of each watched mailbox as it is now. */
void notify_tell_status(const struct notify *n, const struct notify_to *to, struct response *r);

/* Tells what happened to the other mailboxes since it was last called. A QUARANTINE_ status. */
int notify_tell(struct notify *n, const struct notify_to *to, struct quarantine *q, struct response *r);

/* In notify_diff.c: tells the differences between what was seen and `now`, by name. */
void notify_tell_names(const struct notify *n, const struct quarantine_mailbox *now, size_t count,
		       struct response *r);

/* Events that are wanted of a mailbox, and the name that the client has for it. */
unsigned notify_events(const struct notify *n, const struct quarantine_mailbox *box, const char **as);

#endif
