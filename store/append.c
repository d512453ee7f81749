/* SPDX-License-Identifier: ISC
 *
 * Messages that no filter delivered: what clients append, and the server's notices. The happy path is that of
 * deliver.c: everything is worked out without the lock, then inserted in one transaction. */
#include <stdlib.h>

#include "mailbox.h"
#include "message.h"
#include "recall.h"

struct append {
	struct message_draft *drafts;
	struct message_group blobs;
};

static void append_finish(struct append *a, size_t count)
{
	for (size_t i = 0; a->drafts && i < count; i++)
		message_draft_finish(&a->drafts[i]);
	free(a->drafts);
	free(a->blobs.blobs);
}

static int append_prepare(struct quarantine *q, struct append *a, const struct quarantine_addition *list,
			  size_t count)
{
	a->drafts = calloc(count, sizeof(*a->drafts));
	a->blobs.blobs = calloc(2 * count, sizeof(struct blob_draft *));
	if (!a->drafts || !a->blobs.blobs)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct message_draft *draft = &a->drafts[i];
		int status;

		if (list[i].size < sizeof(list[i]) || (list[i].len > 0 && !list[i].bytes))
			return store_fail(q, QUARANTINE_INVALID, "nothing usable to append");
		status = message_prepare(q, NULL, slice_of(list[i].bytes, list[i].len), &a->blobs, draft);
		if (status != QUARANTINE_OK)
			return status;
		if (list[i].received)
			draft->facts.received = *list[i].received;
		a->blobs.blobs[a->blobs.count++] = &draft->head;
		a->blobs.blobs[a->blobs.count++] = &draft->body;
	}
	return QUARANTINE_OK;
}

static int insert_one(struct quarantine *q, const struct quarantine_mailbox *to, struct message_draft *draft,
		      struct quarantine_addition *one)
{
	const uint64_t system = ((uint64_t)1 << QUARANTINE_KEYWORD_BIT) - 1;
	struct message_place place = {.mailbox = to->name, .flags = one->flags & system};
	int status = QUARANTINE_OK;

	for (size_t i = 0; i < one->keyword_count && status == QUARANTINE_OK; i++) {
		int64_t bit = 0;

		status = mailbox_keyword(q, to->id, one->keywords[i], &bit);
		place.flags |= (uint64_t)1 << bit;
	}
	one->message = 0;
	if (status == QUARANTINE_OK && one->by)
		status = recall(q, draft, one->by, &place, &one->message);
	if (status == QUARANTINE_OK && one->message == 0)
		status = message_insert(q, draft, &place, &one->message);
	one->uid = place.uid;
	return status;
}

static int insert_all(struct quarantine *q, int64_t mailbox, struct append *a,
		      struct quarantine_addition *list, size_t count, const struct quarantine_replaced *old)
{
	struct quarantine_mailbox to;
	int status = mailbox_get(q, mailbox, &to);

	if (status == QUARANTINE_OK && to.name[0] == '\0')
		status = mailbox_not_found(q);
	if (status == QUARANTINE_OK && to.kind == QUARANTINE_KIND_LOG)
		status = store_fail(q, QUARANTINE_INVALID, "%s: only filters put messages there", to.name);
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		status = insert_one(q, &to, &a->drafts[i], &list[i]);
	if (status == QUARANTINE_OK && old)
		status = mailbox_expunge_one(q, old->mailbox, old->uid, QUARANTINE_REMOVED);
	return status;
}

int quarantine_append(struct quarantine *q, int64_t mailbox, struct quarantine_addition *list, size_t count)
{
	return quarantine_replace(q, NULL, mailbox, list, count);
}

int quarantine_replace(struct quarantine *q, const struct quarantine_replaced *old, int64_t mailbox,
		       struct quarantine_addition *list, size_t count)
{
	struct append a = {0};
	int status = store_enter(q);

	if (status != QUARANTINE_OK || count == 0)
		return status;
	status = append_prepare(q, &a, list, count);
	if (status == QUARANTINE_OK)
		status = write_begin(q);
	if (status == QUARANTINE_OK)
		status = write_end(q, insert_all(q, mailbox, &a, list, count, old));
	append_finish(&a, count);
	return status;
}

int quarantine_notice(struct quarantine *q, const void *bytes, size_t len, int64_t *message)
{
	struct quarantine_addition one = {.size = sizeof(one), .bytes = bytes, .len = len};
	struct quarantine_mailbox inbox;
	int status = quarantine_mailbox_find(q, QUARANTINE_MAILBOX_INBOX, &inbox);

	if (status == QUARANTINE_OK)
		status = quarantine_append(q, inbox.id, &one, 1);
	if (status == QUARANTINE_OK && message)
		*message = one.message;
	return status;
}
