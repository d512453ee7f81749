/* SPDX-License-Identifier: ISC
 *
 * The happy path: quarantine_deliver() hands the message over to the server, where one runs. Else, and for
 * groups: work out everything of each message without the lock; take the lock; look for the delivery keys;
 * insert; commit; ring.
 *
 * What can go wrong: the lock is held too long (BUSY, nothing happened); the disk is nearly full (FULL,
 * refused) or full (rolled back); the commit fails (IO: it may be there after a restart, which is what
 * delivery keys are for); an exemplar went between look-up and insertion (the blob is compressed again,
 * alone). */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handover.h"
#include "message.h"
#include "stmt.h"

enum { WEEK_SECONDS = 7 * 86400, KEY_BYTES = crypto_generichash_BYTES_MIN, READ_SIZE = 64 * 1024 };

struct group {
	struct message_draft *drafts;
	size_t count;
	struct message_group blobs;
};

static void group_finish(struct group *g)
{
	for (size_t i = 0; g->drafts && i < g->count; i++)
		message_draft_finish(&g->drafts[i]);
	free(g->drafts);
	free(g->blobs.blobs);
}

static int group_begin(struct quarantine *q, struct group *g, size_t count)
{
	g->count = count;
	g->drafts = calloc(count, sizeof(*g->drafts));
	g->blobs.blobs = calloc(2 * count, sizeof(*g->blobs.blobs));
	return g->drafts && g->blobs.blobs ? QUARANTINE_OK
					   : store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
}

static int group_prepare(struct quarantine *q, struct group *g, const struct quarantine_delivery *list)
{
	for (size_t i = 0; i < g->count; i++) {
		struct message_draft *draft = &g->drafts[i];
		int status;

		if (!list[i].envelope || (list[i].len > 0 && !list[i].bytes))
			return store_fail(q, QUARANTINE_INVALID, "delivery without envelope or bytes");
		status = message_prepare(q, list[i].envelope, slice_of(list[i].bytes, list[i].len), &g->blobs,
					 draft);
		if (status != QUARANTINE_OK)
			return status;
		g->blobs.blobs[g->blobs.count++] = &draft->head;
		g->blobs.blobs[g->blobs.count++] = &draft->body;
	}
	return QUARANTINE_OK;
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

static int group_insert(struct quarantine *q, struct group *g, int64_t *ids)
{
	int status = write_begin(q);

	if (status != QUARANTINE_OK)
		return status;
	for (size_t i = 0; i < g->count && status == QUARANTINE_OK; i++)
		status = insert_one(q, &g->drafts[i], &ids[i]);
	return write_end(q, status);
}

static int admit(struct quarantine *q, const struct quarantine_delivery *list, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += list[i].len;
	return reserve_admit(q, bytes);
}

int quarantine_deliver_group(struct quarantine *q, struct quarantine_delivery *list, size_t count)
{
	struct group group = {0};
	int64_t *ids;
	int status = store_enter(q);

	if (status != QUARANTINE_OK || count == 0)
		return status;
	ids = calloc(count, sizeof(*ids));
	if (!ids)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	status = admit(q, list, count);
	if (status == QUARANTINE_OK)
		status = group_begin(q, &group, count);
	if (status == QUARANTINE_OK)
		status = group_prepare(q, &group, list);
	if (status == QUARANTINE_OK)
		status = group_insert(q, &group, ids);
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		list[i].message = ids[i];
	group_finish(&group);
	free(ids);
	return status;
}

static int deliver_alone(struct quarantine *q, const struct quarantine_envelope *env, struct slice bytes,
			 int64_t *message)
{
	struct quarantine_delivery one = {.envelope = env, .bytes = bytes.data, .len = bytes.len};
	int status = quarantine_deliver_group(q, &one, 1);

	if (status == QUARANTINE_OK)
		*message = one.message;
	return status;
}

static bool is_given(const struct quarantine_envelope *env, struct slice bytes)
{
	return env && env->size >= offsetof(struct quarantine_envelope, sender) &&
	       (bytes.data || bytes.len == 0);
}

/* A server that broke off may have stored the message. What then fails here says nothing about that. */
static int deliver_after(struct quarantine *q, const struct handover *h, struct slice bytes, int64_t *message)
{
	int status = deliver_alone(q, &h->envelope, bytes, message);
	char why[sizeof(q->error)];

	if (status == QUARANTINE_OK || !h->unknown)
		return status;
	memcpy(why, q->error, sizeof(why));
	q->error[0] = '\0';
	return store_fail(q, QUARANTINE_IO, "the server did not answer; by ourselves: %.400s", why);
}

int quarantine_deliver(struct quarantine *q, const struct quarantine_envelope *env, const void *bytes,
		       size_t len, int64_t *message)
{
	struct slice content = slice_of(bytes, len);
	struct handover h;
	int64_t id = 0;
	int status = handle_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (!(q->flags & QUARANTINE_WRITE) || !is_given(env, content)) {
		status = deliver_alone(q, env, content, &id);
	} else {
		status = handover_deliver(q, env, content, &h, &id);
		if (status == HANDOVER_NONE)
			status = deliver_after(q, &h, content, &id);
	}
	if (status == QUARANTINE_OK && message)
		*message = id;
	return status;
}

/* Reads to the end, or to one byte more than is allowed. */
static int read_all(struct quarantine *q, int fd, struct buf *out)
{
	for (;;) {
		char *room = buf_reserve(out, READ_SIZE);
		ssize_t got;

		if (!room)
			return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
		got = read(fd, room, READ_SIZE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return store_fail(q, QUARANTINE_IO, "reading the message: %s", strerror(errno));
		if (got == 0)
			return QUARANTINE_OK;
		out->len += (size_t)got;
		if (out->len > q->message_max)
			return store_fail(q, QUARANTINE_TOO_BIG, "message of more than %llu bytes",
					  (unsigned long long)q->message_max);
	}
}

int quarantine_deliver_fd(struct quarantine *q, const struct quarantine_envelope *env, int fd,
			  int64_t *message)
{
	struct buf bytes = {0};
	int status = handle_enter(q);

	if (status == QUARANTINE_OK)
		status = read_all(q, fd, &bytes);
	if (status == QUARANTINE_OK)
		status = quarantine_deliver(q, env, bytes.data, bytes.len, message);
	buf_finish(&bytes);
	return status;
}
