/* SPDX-License-Identifier: ISC
 *
 * Scenes in which whole files are written: the log moved into the database, a backup, a store from it. */
#include <unistd.h>

#include "../../store/include/quarantine_admin.h"
#include "scene.h"

enum { MORE = 60 };

static struct work_tally second;

static void prepare_checkpoint(const char *folder)
{
	struct quarantine *q;
	int64_t id;

	scene_prepare(folder);
	q = scene_must_open(folder);
	for (unsigned n = SCENE_BEFORE; n < SCENE_BEFORE + MORE; n++)
		MUST_OK(q, work_deliver(q, 0, n, &id));
	quarantine_close(q);
	MUST(work_wal_size(scene_path(folder, "store")) > 0);
}

static void act_checkpoint(const char *folder, int acks)
{
	struct quarantine *q = scene_open(folder);

	for (unsigned i = 0; q && i < 2; i++) {
		if (TRY(quarantine_checkpoint(q, 0)) == QUARANTINE_OK)
			scene_tell(acks, i, 0);
	}
	quarantine_close(q);
}

static void verify_checkpoint(const char *folder, const struct scene_acks *acks,
			      const struct scene_state *now)
{
	MUST(now->outgoing.messages == SCENE_BEFORE + MORE);
	MUST((acks->of[0] == 0 && acks->of[1] == 0) || work_wal_size(scene_path(folder, "store")) == 0);
}

static int backup(struct quarantine *q, const char *folder)
{
	return quarantine_backup(q, scene_path(folder, "copy.db"), NULL, NULL);
}

static void act_backup(const char *folder, int acks)
{
	struct quarantine *q = scene_open(folder);

	if (q && TRY(backup(q, folder)) == QUARANTINE_OK)
		scene_tell(acks, 0, 0);
	quarantine_close(q);
}

/* The second store holds what the first held, under higher UIDVALIDITYs. */
static void verify_second(const char *folder, const struct scene_state *now)
{
	const char *path = scene_path(folder, "second");

	work_verify(path, &second);
	MUST(second.messages == now->outgoing.messages);
	MUST(second.uidvalidity > now->outgoing.uidvalidity);
	work_check(path);
}

static int restore(const char *folder)
{
	return quarantine_restore(scene_path(folder, "second"), scene_path(folder, "copy.db"), NULL, 0);
}

static void verify_backup(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	bool there = access(scene_path(folder, "copy.db"), F_OK) == 0;

	MUST(there || acks->of[0] == 0);
	if (!there) {
		struct quarantine *q = scene_must_open(folder);

		MUST_OK(q, backup(q, folder));
		quarantine_close(q);
	}
	MUST(restore(folder) == QUARANTINE_OK);
	verify_second(folder, now);
}

static void prepare_restore(const char *folder)
{
	struct quarantine *q;

	scene_prepare(folder);
	q = scene_must_open(folder);
	MUST_OK(q, backup(q, folder));
	quarantine_close(q);
}

static void act_restore(const char *folder, int acks)
{
	if (TRY(restore(folder)) == QUARANTINE_OK)
		scene_tell(acks, 0, 0);
}

/* Nothing half: it is there and whole, or can be done again. */
static void verify_restore(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	int status = restore(folder);

	MUST(status == QUARANTINE_EXISTS || (status == QUARANTINE_OK && acks->of[0] == 0));
	verify_second(folder, now);
}

const struct scene scenes_files[] = {
	{"checkpoint", prepare_checkpoint, act_checkpoint, NULL, verify_checkpoint},
	{"backup", scene_prepare, act_backup, NULL, verify_backup},
	{"restore", prepare_restore, act_restore, NULL, verify_restore},
	{0},
};
