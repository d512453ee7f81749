/* SPDX-License-Identifier: ISC
 *
 * A message on its way into the store: everything that IMAP will ask for, worked out before the write
 * lock is taken. */
#ifndef QUARANTINE_MESSAGE_H
#define QUARANTINE_MESSAGE_H

#include "base/arena.h"
#include "blob.h"
#include "sort_key.h"

/* Texts of one fact that are longer are cut: a filter must not fail because of them. */
enum { MESSAGE_FACT_MAX = 4096, MESSAGE_RECIPIENTS_MAX = 100000, MESSAGE_KEY_MAX = 200 };
enum { MESSAGE_LIKENESS_SIZE = 16 };

enum message_search { SEARCH_FROM, SEARCH_TO, SEARCH_CC, SEARCH_BCC, SEARCH_SUBJECT, SEARCH_COUNT };

/* Zeroed it is empty and may be finished. */
struct message_draft {
	struct quarantine_envelope
		facts; /* the caller's, completed; texts are the caller's or in the arena */
	struct arena arena;
	struct slice bytes; /* the caller's, or `normal` */
	struct buf normal;  /* with CRLF, where they came with LF */
	uint64_t raw_length;
	bool line_feeds;
	unsigned char hash[BLOB_HASH_SIZE];
	size_t header_length;
	struct blob_draft head, body;
	struct buf envelope, bodystructure, parts;
	struct buf search[SEARCH_COUNT];
	bool searched[SEARCH_COUNT]; /* the field is there */
	int64_t sent;                /* INT64_MIN: no Date */
	struct sort_draft sort;
	unsigned char likeness[MESSAGE_LIKENESS_SIZE]; /* of a client's copy, too: see recall.h */
};

/* Blobs that stand before a message in its transaction, for blob_prepare(). */
struct message_group {
	struct blob_draft **blobs;
	size_t count;
};

/* `env` may be an older, shorter struct; NULL: a notice of the server. `bytes` and the envelope's texts
 * must outlive the draft. */
int message_prepare(struct quarantine *q, const struct quarantine_envelope *env, struct slice bytes,
		    const struct message_group *group, struct message_draft *out);

/* Where a message goes. */
struct message_place {
	const char *mailbox;
	uint64_t flags;
	uint32_t uid; /* out */
};

/* Inside a transaction: one message more in a mailbox, of so many bytes; its entry is still to be made. Sets
 * the place's UID. */
struct message_arrival {
	int64_t mailbox, uid, modseq;
};
int message_arrive(struct quarantine *q, struct message_place *place, uint64_t length,
		   struct message_arrival *out);

/* Inside a transaction: writes all its rows and its entry. */
int message_insert(struct quarantine *q, struct message_draft *draft, struct message_place *place,
		   int64_t *message);
void message_draft_finish(struct message_draft *draft);

/* Inside a transaction: one entry fewer; the message and what only it used go with the last. */
int message_release(struct quarantine *q, int64_t message);

#endif
