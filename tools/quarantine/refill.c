/* SPDX-License-Identifier: ISC */
#include "refill.h"

#include <stdio.h>
#include <stdlib.h>

/* A mailbox of the old store in the new one. */
struct refill_target {
	int64_t old, new;
	bool ignored; /* deleted */
	bool log;
	uint64_t keyword[64]; /* a bit of the old one -> flag in the new one */
};

static const struct refill_target *target_of(const struct refill *f, int64_t old)
{
	for (size_t i = 0; i < f->old->box_count; i++) {
		if (f->targets[i].old == old)
			return &f->targets[i];
	}
	return NULL;
}

static int64_t find(struct quarantine *q, const char *name)
{
	struct quarantine_mailbox box = {.id = 0};

	return quarantine_mailbox_find(q, name, &box) == QUARANTINE_OK ? box.id : 0;
}

/* Those that every store has come first, with these ids. One whose name was lost gets another. */
static int64_t make_mailbox(struct quarantine *q, const struct salvage_box *box)
{
	static const char *const known[] = {QUARANTINE_MAILBOX_INBOX, QUARANTINE_MAILBOX_OUTGOING,
					    QUARANTINE_MAILBOX_INCOMING, QUARANTINE_MAILBOX_TRASH};
	char other[40];
	int64_t id;

	if (box->id <= (int64_t)ARRAY_SIZE(known))
		return find(q, known[box->id - 1]);
	id = box->readable ? find(q, box->info.name) : 0;
	if (id > 0)
		return id;
	if (box->readable && quarantine_mailbox_create(q, box->info.name, box->info.use) == QUARANTINE_OK)
		return find(q, box->info.name);
	snprintf(other, sizeof(other), "Recovered/%lld", (long long)box->id);
	quarantine_mailbox_create(q, other, 0);
	return find(q, other);
}

static void map_keywords(struct refill *f, struct refill_target *t)
{
	struct quarantine_keywords names = {.count = 0};

	for (unsigned bit = 0; bit < QUARANTINE_KEYWORD_BIT; bit++)
		t->keyword[bit] = UINT64_C(1) << bit;
	if (quarantine_keywords_get(f->old->store, t->old, &names) != QUARANTINE_OK)
		return;
	for (size_t i = 0; i < QUARANTINE_KEYWORDS_MAX; i++) {
		uint64_t flag = 0;

		if (names.name[i] &&
		    quarantine_keyword_make(f->store, t->new, names.name[i], &flag) == QUARANTINE_OK)
			t->keyword[QUARANTINE_KEYWORD_BIT + i] = flag;
	}
	quarantine_keywords_free(&names);
}

int refill_mailboxes(struct refill *f)
{
	f->targets = calloc(f->old->box_count + 1, sizeof(*f->targets));
	for (size_t i = 0; f->targets && i < f->old->box_count; i++) {
		const struct salvage_box *box = &f->old->boxes[i];
		struct refill_target *t = &f->targets[i];

		t->old = box->id;
		t->ignored = box->readable && box->info.name[0] == '\0';
		if (t->ignored)
			continue;
		t->new = make_mailbox(f->store, box);
		t->log = t->new == find(f->store, QUARANTINE_MAILBOX_OUTGOING) ||
			 t->new == find(f->store, QUARANTINE_MAILBOX_INCOMING);
		if (t->new == 0)
			return QUARANTINE_IO;
		if (box->readable)
			quarantine_mailbox_subscribe(f->store, box->info.name, box->info.subscribed);
		map_keywords(f, t);
	}
	return f->targets ? QUARANTINE_OK : QUARANTINE_NO_MEMORY;
}

static int flush_marks(struct refill *f)
{
	struct quarantine_flag_request request = {.size = sizeof(request),
						  .change = QUARANTINE_FLAGS_ADD,
						  .flags = f->marks.flags,
						  .unchanged_since = UINT64_MAX};
	uint64_t highest;
	int status = QUARANTINE_OK;

	if (f->marks.flags != 0)
		status = quarantine_flags_change(f->store, f->marks.mailbox, &f->marks.range, 1, &request,
						 &highest);
	f->marks.flags = 0;
	return status;
}

static int mark(struct refill *f, const struct refill_target *t, uint32_t uid, uint64_t old_flags)
{
	uint64_t flags = 0;
	int status;

	for (unsigned bit = 0; bit < 63; bit++)
		flags |= old_flags >> bit & 1 ? t->keyword[bit] : 0;
	if (flags == f->marks.flags && t->new == f->marks.mailbox &&uid == f->marks.range.last + 1) {
		f->marks.range.last = uid;
		return QUARANTINE_OK;
	}
	status = flush_marks(f);
	f->marks.mailbox = t->new;
	f->marks.range = (struct quarantine_range){uid, uid};
	f->marks.flags = flags;
	return status;
}

/* The UID that was given last in a mailbox of the new store. */
static uint32_t last_uid(struct refill *f, int64_t mailbox)
{
	struct quarantine_mailbox box = {.uidnext = 1};

	quarantine_mailbox_get(f->store, mailbox, &box);
	return box.uidnext - 1;
}

/* Delivers it again; *from becomes the mailbox in which it is then. What the damaged store says of a message
 * may make no sense: then the mailbox decides, and the header. */
static int store_mail(struct refill *f, struct slice bytes, const struct quarantine_facts *facts,
		      int64_t *from)
{
	bool incoming = *from == find(f->store, QUARANTINE_MAILBOX_INCOMING);
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_delivery one = {&env, bytes.data, bytes.len, 0};

	if (facts)
		env = facts->envelope;
	if (env.direction != QUARANTINE_OUTGOING && env.direction != QUARANTINE_INCOMING)
		env.direction = incoming ? QUARANTINE_INCOMING : QUARANTINE_OUTGOING;
	env.delivery_key = NULL;
	*from = find(f->store, env.direction == QUARANTINE_INCOMING ? QUARANTINE_MAILBOX_INCOMING
								    : QUARANTINE_MAILBOX_OUTGOING);
	return quarantine_deliver_group(f->store, &one, 1);
}

static int store_notice(struct refill *f, struct slice bytes, const struct quarantine_facts *facts,
			int64_t mailbox)
{
	struct quarantine_addition one = {.size = sizeof(one),
					  .bytes = bytes.data,
					  .len = bytes.len,
					  .received = &facts->envelope.received};

	return quarantine_append(f->store, mailbox, &one, 1);
}

/* The mailbox of a place, where the message is present and may be put. */
static const struct refill_target *usable(const struct refill *f, const struct salvage_place *at)
{
	const struct refill_target *t = at->gone ? NULL : target_of(f, at->mailbox);

	return t && !t->ignored ? t : NULL;
}

/* Copies or moves the message that was stored last, with the flags that it had there. */
static int place(struct refill *f, int64_t from, uint32_t uid, const struct salvage_place *at,
		 enum quarantine_copy_how how)
{
	const struct refill_target *t = usable(f, at);
	struct quarantine_copy_request request = {
		.size = sizeof(request), .how = how, .from = from, .to = t->new, .max = 1};
	struct quarantine_range range = {uid, uid};
	struct quarantine_copied done;
	size_t count = 0;
	int status = quarantine_copy(f->store, &request, &range, 1, &done, &count);

	return status == QUARANTINE_OK && count == 1 ? mark(f, t, done.to, at->flags) : status;
}

/* Into all mailboxes where it was. It stays in `from` only if it was there too. */
static int place_all(struct refill *f, int64_t from, const struct salvage_place *places, size_t count)
{
	const struct salvage_place *other = NULL;
	uint32_t uid = last_uid(f, from);
	bool stays = false;
	int status = QUARANTINE_OK;

	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++) {
		const struct refill_target *t = usable(f, &places[i]);

		if (t && t->new == from) {
			stays = true;
			status = mark(f, t, uid, places[i].flags);
		} else if (t && !t->log) {
			status = other ? place(f, from, uid, other, QUARANTINE_COPY) : QUARANTINE_OK;
			other = &places[i];
		}
	}
	if (status == QUARANTINE_OK && other)
		status = place(f, from, uid, other, stays ? QUARANTINE_COPY : QUARANTINE_MOVE);
	return status;
}

bool refill_counts(const struct refill *f, const struct salvage_place *place)
{
	return usable(f, place) != NULL;
}

int refill_message(struct refill *f, struct slice bytes, const struct quarantine_facts *facts,
		   const struct salvage_place *places, size_t count)
{
	const struct refill_target *t = count > 0 ? usable(f, places) : NULL;
	int64_t from = t ? t->new : find(f->store, QUARANTINE_MAILBOX_OUTGOING);
	bool notice = facts && facts->envelope.direction == 0 && t && !t->log;
	int status;

	if (!bytes.data)
		bytes = SLICE("");
	status = notice ? store_notice(f, bytes, facts, from) : store_mail(f, bytes, facts, &from);
	return status == QUARANTINE_OK ? place_all(f, from, places, count) : status;
}

int refill_finish(struct refill *f)
{
	int status = f->targets ? flush_marks(f) : QUARANTINE_OK;

	free(f->targets);
	f->targets = NULL;
	return status;
}
