/* SPDX-License-Identifier: ISC
 *
 * One feed, as feed_read.c and feeds.c share it. */
#ifndef IMAPD_FEED_INTERNAL_H
#define IMAPD_FEED_INTERNAL_H

#include <pthread.h>

#include "feed.h"

enum { FEED_CHANGES_MAX = 1024 }; /* changes of flags that are kept for sessions */

struct feed {
	struct feeds *feeds;
	struct feed *next; /* this and `users` are feeds.c's, under its lock */
	unsigned users;
	int64_t mailbox;
	pthread_mutex_t reading; /* held by the one who reads the store and changes what follows */
	pthread_mutex_t lock;    /* held for moments by all who look at or change what follows */
	uint64_t version;        /* of the store, at which what follows is true; 0: not known */
	struct uidmap *map;      /* NULL: not read yet */
	struct quarantine_mailbox info;
	struct quarantine_keywords keywords;
	struct quarantine_flag_state changes[FEED_CHANGES_MAX];
	size_t change_count;
	uint64_t changes_since; /* `changes` is complete from here on */
	uint64_t unseen_modseq; /* of when `unseen_uid` was looked for; 0: it was not */
	uint32_t unseen_uid;    /* the first without \Seen; 0: none soon */
};

/* NULL when memory runs out. */
struct feed *feed_create(struct feeds *feeds, int64_t mailbox);
void feed_free(struct feed *f);

/* The version that the loop has seen last: what is read from the store after this call is of that version, or
 * newer. */
uint64_t feeds_version(const struct feeds *f);

#endif
