/* SPDX-License-Identifier: ISC
 *
 * The happy path: quarantine_deliver() hands the message over to the server, where one runs. Else, and for
 * groups: a batch (batch.c), prepared and committed by the caller's thread.
 *
 * What can go wrong: what batch.c says; the server breaks off (the message is delivered here, under the same
 * key). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "batch.h"
#include "handover.h"

enum { READ_SIZE = 64 * 1024 };

static int prepare_all(struct quarantine *q, struct quarantine_batch *b,
		       const struct quarantine_delivery *list, size_t count)
{
	int status = QUARANTINE_OK;

	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		status = quarantine_batch_add(q, b, list[i].envelope, list[i].bytes, list[i].len);
	return status;
}

static int deliver_all(struct quarantine *q, struct quarantine_batch *b, struct quarantine_delivery *list,
		       size_t count)
{
	int64_t *messages = calloc(count, sizeof(*messages));
	int status;

	if (!messages)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	status = prepare_all(q, b, list, count);
	if (status == QUARANTINE_OK)
		status = batch_insert(q, b, 0, count, messages);
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		list[i].message = messages[i];
	free(messages);
	return status;
}

int quarantine_deliver_group(struct quarantine *q, struct quarantine_delivery *list, size_t count)
{
	struct quarantine_batch *batch = NULL;
	uint64_t bytes = 0;
	int status = store_enter(q);

	if (status != QUARANTINE_OK || count == 0)
		return status;
	for (size_t i = 0; i < count; i++)
		bytes += list[i].len;
	status = reserve_admit(q, bytes);
	if (status == QUARANTINE_OK && quarantine_batch_create(count, &batch) != QUARANTINE_OK)
		status = store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	if (status == QUARANTINE_OK)
		status = deliver_all(q, batch, list, count);
	quarantine_batch_destroy(batch);
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
