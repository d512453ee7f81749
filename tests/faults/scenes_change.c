/* SPDX-License-Identifier: ISC
 *
 * Scenes in which what is there changes: expunged, expired, copied, moved, flagged, appended; mailboxes made,
 * renamed and deleted. Each call is done whole or not at all, and what was told is so. */
#include <time.h>

#include "../../store/include/quarantine_admin.h"
#include "scene.h"

enum {
	SOME = 6,       /* messages of a copy, a move, a change of flags */
	SLICE = 5,      /* of an expunge */
	OLD_WORKER = 1, /* messages that are to expire */
	OLD = 12,
	APPEND_WORKER = 3,
	APPENDED = 3,
	MONTH = 30 * 86400,
};

static unsigned count(const struct work_tally *tally, unsigned worker, unsigned first, unsigned end)
{
	unsigned there = 0;

	for (unsigned n = first; n < end; n++)
		there += tally->id[worker][n] != 0;
	return there;
}

static int expunge(struct quarantine *q, uint32_t first, uint32_t last)
{
	struct quarantine_range range = {first, last};
	size_t done = 0;

	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = SLICE};

	return quarantine_expunge(q, scene_mailbox(q, QUARANTINE_MAILBOX_OUTGOING), &range, 1, &request,
				  &done);
}

static void act_expunge(const char *folder, int acks)
{
	struct quarantine *q = scene_open(folder);
	size_t done = 0;

	if (!q)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (TRY(expunge(q, 1 + i * SLICE, (i + 1) * SLICE)) == QUARANTINE_OK)
			scene_tell(acks, i, 0);
	}
	if (TRY(quarantine_purge(q, INT64_MAX, 4 * SLICE, &done)) == QUARANTINE_OK)
		scene_tell(acks, 2, 0);
	quarantine_checkpoint(q, 0);
	quarantine_close(q);
}

/* UIDs and numbers begin together, at 1 and 0. */
static void verify_expunge(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	struct quarantine *q = scene_must_open(folder);

	for (unsigned i = 0; i < 2; i++) {
		unsigned left = count(&now->outgoing, 0, i * SLICE, (i + 1) * SLICE);

		MUST(left == 0 || (left == SLICE && acks->of[i] == 0));
	}
	MUST(count(&now->outgoing, 0, 2 * SLICE, SCENE_BEFORE) == SCENE_BEFORE - 2 * SLICE);
	MUST_OK(q, expunge(q, 1, 2 * SLICE));
	MUST_OK(q, expunge(q, 1, 2 * SLICE));
	quarantine_close(q);
}

static void prepare_expire(const char *folder)
{
	struct quarantine *q;
	int64_t id;

	scene_prepare(folder);
	q = scene_must_open(folder);
	for (unsigned n = 0; n < OLD; n++)
		MUST_OK(q, work_deliver_at(q, OLD_WORKER, n, (int64_t)time(NULL) - MONTH, &id));
	quarantine_close(q);
}

static int expire(struct quarantine *q)
{
	struct quarantine_expiry pass = {.now = time(NULL)};
	int status = QUARANTINE_OK;
	size_t done;

	while (status == QUARANTINE_OK && !pass.finished)
		status = quarantine_expire(q, &pass, &done);
	return status;
}

static void act_expire(const char *folder, int acks)
{
	struct quarantine *q = scene_open(folder);
	size_t done;

	if (q && TRY(expire(q)) == QUARANTINE_OK)
		scene_tell(acks, 0, 0);
	if (q && TRY(quarantine_purge(q, INT64_MAX, OLD, &done)) == QUARANTINE_OK)
		scene_tell(acks, 1, 0);
	quarantine_close(q);
}

static void verify_expire(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	struct quarantine *q = scene_must_open(folder);

	MUST(count(&now->outgoing, 0, 0, SCENE_BEFORE) == SCENE_BEFORE);
	MUST(acks->of[0] == 0 || count(&now->outgoing, OLD_WORKER, 0, OLD) == 0);
	MUST_OK(q, expire(q));
	quarantine_close(q);
}

static int copy(struct quarantine *q, enum quarantine_copy_how how, const char *from, const char *to,
		struct quarantine_range range)
{
	struct quarantine_copy_request request = {.size = sizeof(request), .how = how, .max = SCENE_BEFORE};
	struct quarantine_copied done[SCENE_BEFORE];
	size_t moved = 0;

	request.from = scene_mailbox(q, from);
	request.to = scene_mailbox(q, to);
	return quarantine_copy(q, &request, &range, 1, done, &moved);
}

static void act_copy_how(const char *folder, int acks, enum quarantine_copy_how how)
{
	struct quarantine *q = scene_open(folder);
	struct quarantine_range range = {1, SOME};

	if (q &&
	    TRY(copy(q, how, QUARANTINE_MAILBOX_OUTGOING, QUARANTINE_MAILBOX_TRASH, range)) == QUARANTINE_OK)
		scene_tell(acks, 0, 0);
	quarantine_close(q);
}

static void act_copy(const char *folder, int acks)
{
	act_copy_how(folder, acks, QUARANTINE_COPY);
}

static void act_move(const char *folder, int acks)
{
	act_copy_how(folder, acks, QUARANTINE_MOVE);
}

static void verify_copy(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	unsigned copied = count(&now->trash, 0, 0, SOME);

	(void)folder;
	MUST(copied == SOME || (copied == 0 && acks->of[0] == 0));
	MUST(now->outgoing.messages == SCENE_BEFORE && now->trash.messages == copied);
}

static void verify_move(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	unsigned moved = count(&now->trash, 0, 0, SOME);
	struct quarantine_range all = {1, UINT32_MAX};
	struct quarantine *q;

	MUST(moved == SOME || (moved == 0 && acks->of[0] == 0));
	MUST(now->outgoing.messages == SCENE_BEFORE - moved && now->trash.messages == moved);
	if (moved == 0)
		return;
	q = scene_must_open(folder);
	MUST_OK(q, copy(q, QUARANTINE_MOVE, QUARANTINE_MAILBOX_TRASH, QUARANTINE_MAILBOX_OUTGOING, all));
	quarantine_close(q);
}

static void act_flags(const char *folder, int acks)
{
	struct quarantine_flag_request request = {.size = sizeof(request),
						  .change = QUARANTINE_FLAGS_ADD,
						  .flags = QUARANTINE_SEEN | QUARANTINE_FLAGGED,
						  .unchanged_since = UINT64_MAX};
	struct quarantine_range range = {1, SOME};
	struct quarantine *q = scene_open(folder);
	uint64_t highest = 0;

	if (q && TRY(quarantine_flags_change(q, scene_mailbox(q, QUARANTINE_MAILBOX_OUTGOING), &range, 1,
					     &request, &highest)) == QUARANTINE_OK)
		scene_tell(acks, 0, 0);
	quarantine_close(q);
}

static void verify_flags(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	unsigned seen = 0;

	(void)folder;
	for (unsigned n = 0; n < SCENE_BEFORE; n++)
		seen += now->outgoing.flags[0][n] == (QUARANTINE_SEEN | QUARANTINE_FLAGGED);
	MUST(seen == SOME || (seen == 0 && acks->of[0] == 0));
}

static void act_append(const char *folder, int acks)
{
	struct quarantine_addition list[APPENDED];
	struct buf bytes[APPENDED] = {{0}};
	struct quarantine *q = scene_open(folder);

	for (unsigned n = 0; n < APPENDED; n++) {
		work_message(&bytes[n], APPEND_WORKER, n);
		list[n] = (struct quarantine_addition){
			.size = sizeof(list[n]), .bytes = bytes[n].data, .len = bytes[n].len};
	}
	if (q && TRY(quarantine_append(q, scene_mailbox(q, QUARANTINE_MAILBOX_TRASH), list, APPENDED)) ==
			 QUARANTINE_OK)
		scene_tell(acks, 0, 0);
	for (unsigned n = 0; n < APPENDED; n++)
		buf_finish(&bytes[n]);
	quarantine_close(q);
}

static void verify_append(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	unsigned there = count(&now->trash, APPEND_WORKER, 0, APPENDED);

	(void)folder;
	MUST(there == APPENDED || (there == 0 && acks->of[0] == 0));
}

static void act_mailbox(const char *folder, int acks)
{
	struct quarantine *q = scene_open(folder);
	int64_t id;

	if (q && TRY(quarantine_mailbox_create(q, "A/B", 0)) == QUARANTINE_OK)
		scene_tell(acks, 0, 0);
	if (q && TRY(quarantine_mailbox_rename(q, "A", "C")) == QUARANTINE_OK)
		scene_tell(acks, 1, 0);
	if (q && TRY(quarantine_mailbox_delete(q, "C/B", &id)) == QUARANTINE_OK)
		scene_tell(acks, 2, 0);
	quarantine_close(q);
}

static void verify_mailbox(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	struct quarantine *q = scene_must_open(folder);
	bool a = scene_mailbox(q, "A"), ab = scene_mailbox(q, "A/B");
	bool c = scene_mailbox(q, "C"), cb = scene_mailbox(q, "C/B");

	(void)now;
	MUST(a == ab && !(a && c) && (!cb || c));
	MUST(acks->of[0] == 0 || a || c);
	MUST(acks->of[1] == 0 || c);
	MUST(acks->of[2] == 0 || !cb);
	quarantine_close(q);
}

const struct scene scenes_change[] = {
	{"expunge", scene_prepare, act_expunge, NULL, verify_expunge},
	{"expire", prepare_expire, act_expire, NULL, verify_expire},
	{"copy", scene_prepare, act_copy, NULL, verify_copy},
	{"move", scene_prepare, act_move, NULL, verify_move},
	{"flags", scene_prepare, act_flags, NULL, verify_flags},
	{"append", scene_prepare, act_append, NULL, verify_append},
	{"mailbox", scene_prepare, act_mailbox, NULL, verify_mailbox},
	{0},
};
