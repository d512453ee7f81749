/* SPDX-License-Identifier: ISC
 *
 * The happy path: everything of each message is worked out without the lock; take the lock; look for the
 * delivery keys; insert; commit; ring.
 *
 * What can go wrong: the lock is held too long (BUSY, nothing happened); the disk is nearly full (FULL,
 * refused) or full (rolled back); the commit fails (IO: it may be there after a restart, which is what
 * delivery keys are for); an exemplar went between look-up and insertion, or was in a batch before that was
 * rolled back (the blob is compressed again, alone). */
#include "batch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "stmt.h"

enum { WEEK_SECONDS = 7 * 86400, KEY_BYTES = crypto_generichash_BYTES_MIN };

struct quarantine_batch {
	struct message_draft *drafts;
	size_t size, count;
	struct blob_draft **room;   /* for `blobs` */
	struct message_group blobs; /* those of the batch before, until they are settled, then its own */
	size_t before;              /* how many are not its own */
};

int quarantine_batch_create(size_t size, struct quarantine_batch **out)
{
	struct quarantine_batch *b = calloc(1, sizeof(*b));

	if (!b)
		return QUARANTINE_NO_MEMORY;
	b->drafts = calloc(size, sizeof(*b->drafts));
	b->room = calloc(2 * size + BLOB_LOOK_BACK, sizeof(struct blob_draft *));
	if (!b->drafts || !b->room) {
		quarantine_batch_destroy(b);
		return QUARANTINE_NO_MEMORY;
	}
	b->size = size;
	b->blobs.blobs = b->room;
	*out = b;
	return QUARANTINE_OK;
}

void quarantine_batch_clear(struct quarantine_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		message_draft_finish(&b->drafts[i]);
	b->count = 0;
	b->before = 0;
	b->blobs = (struct message_group){.blobs = b->room};
}

void quarantine_batch_destroy(struct quarantine_batch *b)
{
	if (!b)
		return;
	quarantine_batch_clear(b);
	free(b->drafts);
	free(b->room);
	free(b);
}

int quarantine_batch_add(struct quarantine *q, struct quarantine_batch *b,
			 const struct quarantine_envelope *env, const void *bytes, size_t len)
{
	struct message_draft *draft = &b->drafts[b->count];
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (b->count == b->size)
		return store_fail(q, QUARANTINE_LIMIT, "the batch is full");
	if (!env || (len > 0 && !bytes))
		return store_fail(q, QUARANTINE_INVALID, "delivery without envelope or bytes");
	status = message_prepare(q, env, slice_of(bytes, len), &b->blobs, draft);
	if (status != QUARANTINE_OK) {
		message_draft_finish(draft);
		return status;
	}
	b->count++;
	b->blobs.blobs[b->blobs.count++] = &draft->head;
	b->blobs.blobs[b->blobs.count++] = &draft->body;
	return QUARANTINE_OK;
}

void quarantine_batch_follow(struct quarantine_batch *b, const struct quarantine_batch *before)
{
	size_t own = 2 * before->count;

	b->before = own < BLOB_LOOK_BACK ? own : BLOB_LOOK_BACK;
	memcpy(b->room, before->blobs.blobs + before->blobs.count - b->before,
	       b->before * sizeof(struct blob_draft *));
	b->blobs.count = b->before;
}

static bool is_before(const struct quarantine_batch *b, const struct blob_draft *blob)
{
	for (size_t i = 0; i < b->before; i++)
		if (b->room[i] == blob)
			return true;
	return false;
}

/* What leans on a blob of the batch before leans on its id now; where it has none it will be compressed
 * alone. */
void quarantine_batch_settle(struct quarantine_batch *b)
{
	for (size_t i = b->before; i < b->before + 2 * b->count; i++) {
		struct blob_draft *blob = b->room[i];

		if (!is_before(b, blob->exemplar_draft))
			continue;
		blob->exemplar = blob->exemplar_draft->id;
		blob->exemplar_draft = NULL;
	}
	b->blobs.blobs += b->before;
	b->blobs.count -= b->before;
	b->before = 0;
}

/* What is kept of a delivery key: its hash, {NULL, 0} when there is none. */
static struct slice key_of(const char *text, unsigned char room[KEY_BYTES])
{
	if (!text)
		return slice_of(NULL, 0);
	crypto_generichash(room, KEY_BYTES, (const unsigned char *)text, strlen(text), NULL, 0);
	return slice_of((const char *)room, KEY_BYTES);
}

/* Of this week, of the one before, and of the next: the clock may have been set back. */
static int key_find(struct quarantine *q, struct slice key, int64_t week, int64_t *message)
{
	*message = 0;
	if (!key.data)
		return QUARANTINE_OK;
	return stmt_int64(q, QUERY_DELIVERY_KEY_FIND, 0, message, "bl", key, week);
}

static int key_set(struct quarantine *q, struct slice key, int64_t week, int64_t message)
{
	int64_t old;
	int status;

	if (!key.data)
		return QUARANTINE_OK;
	status = stmt_int64(q, QUERY_DELIVERY_KEY_OLD, 0, &old, "l", week);
	if (status == QUARANTINE_OK && old)
		status = stmt_run(q, QUERY_DELIVERY_KEY_SWEEP, "l", week);
	if (status != QUARANTINE_OK)
		return status;
	return stmt_run(q, QUERY_DELIVERY_KEY_SET, "bll", key, week, message);
}

static int insert_one(struct quarantine *q, struct message_draft *draft, int64_t *message)
{
	bool outgoing = draft->facts.direction == QUARANTINE_OUTGOING;
	struct message_place place = {.mailbox = outgoing ? QUARANTINE_MAILBOX_OUTGOING
							  : QUARANTINE_MAILBOX_INCOMING};
	unsigned char hash[KEY_BYTES];
	struct slice key = key_of(draft->facts.delivery_key, hash);
	int64_t week = store_now() / WEEK_SECONDS;
	int64_t found;
	int status = key_find(q, key, week, &found);

	if (status == QUARANTINE_OK && found == 0) {
		status = message_insert(q, draft, &place, &found);
		if (status == QUARANTINE_OK)
			status = key_set(q, key, week, found);
	}
	if (status == QUARANTINE_OK)
		*message = found;
	return status;
}

/* Ids that were rolled back may be given to other blobs. */
static void forget_ids(struct message_draft *drafts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		drafts[i].head.id = drafts[i].body.id = 0;
}

int batch_insert(struct quarantine *q, struct quarantine_batch *b, size_t first, size_t count,
		 int64_t *messages)
{
	struct message_draft *drafts = b->drafts + first;
	int status = write_begin(q);

	if (status != QUARANTINE_OK)
		return status;
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		status = insert_one(q, &drafts[i], &messages[i]);
	status = write_end(q, status);
	if (status != QUARANTINE_OK)
		forget_ids(drafts, count);
	return status;
}

int quarantine_batch_commit(struct quarantine *q, struct quarantine_batch *b, size_t first, size_t count,
			    int64_t *messages)
{
	uint64_t bytes = 0;
	int status = store_enter(q);

	for (size_t i = first; i < first + count; i++)
		bytes += b->drafts[i].raw_length;
	if (status == QUARANTINE_OK)
		status = reserve_admit(q, bytes);
	return status == QUARANTINE_OK ? batch_insert(q, b, first, count, messages) : status;
}
