/* SPDX-License-Identifier: ISC
 *
 * Scenes in which mail comes in: one by one, in groups, by an import, by the spool, and into a store that
 * does not exist yet. Messages are told by their number; of whom nothing was told, it may be there or not. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../store/include/quarantine_admin.h"
#include "../../store/spool/spool.h"
#include "../../tools/quarantine/word.h"
#include "scene.h"

enum { EACH = 3, GROUP = 5, IMPORTED = 12, FIRST = SCENE_BEFORE, IMPORT_WORKER = 2, SPOOL_WORKER = 4 };

static void deliver(struct quarantine *q, int acks)
{
	for (unsigned n = 0; n < EACH; n++) {
		int64_t id = 0;

		if (TRY(work_deliver(q, 0, FIRST + n, &id)) == QUARANTINE_OK)
			scene_tell(acks, n, id);
	}
	quarantine_checkpoint(q, 0);
	quarantine_close(q);
}

static void act_deliver(const char *folder, int acks)
{
	struct quarantine *q = scene_open(folder);

	if (q)
		deliver(q, acks);
}

static void act_create(const char *folder, int acks)
{
	struct quarantine *q = NULL;

	if (quarantine_open(scene_path(folder, "store"), QUARANTINE_WRITE | QUARANTINE_CREATE, &q) ==
	    QUARANTINE_OK)
		deliver(q, acks);
}

static void settle_create(const char *folder)
{
	work_create(scene_path(folder, "store"));
}

/* Each is there under the id that was told, and a second delivery gives the same. */
static void verify_deliver(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	struct quarantine *q = scene_must_open(folder);

	for (unsigned n = 0; n < EACH; n++) {
		int64_t there = now->outgoing.id[0][FIRST + n], again = 0;

		MUST(acks->of[n] == 0 || acks->of[n] == there);
		MUST_OK(q, work_deliver(q, 0, FIRST + n, &again));
		MUST(there == 0 || there == again);
	}
	quarantine_close(q);
}

static int deliver_group(struct quarantine *q)
{
	struct quarantine_envelope envelopes[GROUP];
	struct quarantine_delivery list[GROUP];
	struct buf bytes[GROUP] = {{0}};
	char keys[GROUP][16];
	int status;

	for (unsigned n = 0; n < GROUP; n++) {
		snprintf(keys[n], sizeof(keys[n]), "group-%u", n);
		envelopes[n] = (struct quarantine_envelope)QUARANTINE_ENVELOPE_INIT;
		envelopes[n].direction = QUARANTINE_OUTGOING;
		envelopes[n].delivery_key = keys[n];
		work_message(&bytes[n], 1, n);
		list[n] = (struct quarantine_delivery){&envelopes[n], bytes[n].data, bytes[n].len, 0};
	}
	status = quarantine_deliver_group(q, list, GROUP);
	for (unsigned n = 0; n < GROUP; n++)
		buf_finish(&bytes[n]);
	return status;
}

static void act_group(const char *folder, int acks)
{
	struct quarantine *q = scene_open(folder);

	if (q && TRY(deliver_group(q)) == QUARANTINE_OK)
		scene_tell(acks, 0, 0);
	/* And once more on the same handle, which must not live on what failed. */
	if (q && TRY(deliver_group(q)) == QUARANTINE_OK)
		scene_tell(acks, 1, 0);
	quarantine_close(q);
}

static void verify_group(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	struct quarantine *q = scene_must_open(folder);
	unsigned there = 0;

	for (unsigned n = 0; n < GROUP; n++)
		there += now->outgoing.id[1][n] != 0;
	MUST(there == GROUP || (there == 0 && acks->of[0] == 0 && acks->of[1] == 0));
	MUST_OK(q, deliver_group(q));
	quarantine_close(q);
}

static int null; /* opened before calls fail */

/* What the tool says of itself is of no use here. */
static int silently(int (*word)(int, char **), int argc, char **argv)
{
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	int code;

	fflush(stdout);
	MUST(dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0);
	code = word(argc, argv);
	fflush(stdout);
	MUST(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
	close(out);
	close(err);
	return code;
}

static void prepare_import(const char *folder)
{
	scene_prepare(folder);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	MUST(mkdir(scene_path(folder, "mail"), 0700) == 0 &&
	     mkdir(scene_path(folder, "mail/cur"), 0700) == 0 &&
	     mkdir(scene_path(folder, "mail/new"), 0700) == 0 &&
	     mkdir(scene_path(folder, "mail/tmp"), 0700) == 0);
	for (unsigned n = 0; n < IMPORTED; n++) {
		struct buf bytes = {0};
		char name[40];
		FILE *file;

		snprintf(name, sizeof(name), "mail/new/%u.test", n + 100);
		file = fopen(scene_path(folder, name), "wb");
		work_message(&bytes, IMPORT_WORKER, n);
		MUST(file && fwrite(bytes.data, 1, bytes.len, file) == bytes.len && fclose(file) == 0);
		buf_finish(&bytes);
	}
}

static int import(const char *folder)
{
	static char word[] = "quarantine import", direction[] = "--direction=outgoing";
	char store[SCENE_PATH + 16], mail[SCENE_PATH + 16];
	char *argv[] = {word, store, mail, direction, NULL};

	snprintf(store, sizeof(store), "--store=%s/store", folder);
	snprintf(mail, sizeof(mail), "--maildir=%s/mail", folder);
	return silently(word_import, (int)ARRAY_SIZE(argv) - 1, argv);
}

static void act_import(const char *folder, int acks)
{
	if (TRY(import(folder)) == EX_OK)
		scene_tell(acks, 0, 0);
}

static void verify_import(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	static struct work_tally after;

	for (unsigned n = 0; n < IMPORTED; n++)
		MUST(acks->of[0] == 0 || now->outgoing.id[IMPORT_WORKER][n] != 0);
	MUST(import(folder) == EX_OK);
	work_verify(scene_path(folder, "store"), &after);
	MUST(after.messages == SCENE_BEFORE + IMPORTED);
}

static void prepare_spool(const char *folder)
{
	scene_prepare(folder);
	MUST(mkdir(scene_path(folder, "spool"), 0700) == 0);
}

static int spool(const char *folder, unsigned n)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct buf bytes = {0};
	char name[SPOOL_NAME_SIZE], key[16];
	int status;

	snprintf(key, sizeof(key), "spool-%u", n);
	env.direction = QUARANTINE_OUTGOING;
	env.delivery_key = key;
	work_message(&bytes, SPOOL_WORKER, n);
	status = spool_put(scene_path(folder, "spool"), &env, buf_slice(&bytes), name);
	buf_finish(&bytes);
	return status;
}

static void act_spool(const char *folder, int acks)
{
	struct quarantine *q;

	for (unsigned n = 0; n < EACH; n++) {
		if (TRY(spool(folder, n)) == QUARANTINE_OK)
			scene_tell(acks, n, 0);
	}
	q = scene_open(folder);
	if (q)
		spool_take_in(scene_path(folder, "spool"), q, EACH, NULL, NULL, NULL);
	quarantine_close(q);
}

static void settle_spool(const char *folder)
{
	struct quarantine *q = scene_must_open(folder);

	MUST_OK(q, spool_take_in(scene_path(folder, "spool"), q, 2 * EACH, NULL, NULL, NULL));
	quarantine_close(q);
}

static void verify_spool(const char *folder, const struct scene_acks *acks, const struct scene_state *now)
{
	(void)folder;
	for (unsigned n = 0; n < EACH; n++)
		MUST(acks->of[n] == 0 || now->outgoing.id[SPOOL_WORKER][n] != 0);
}

const struct scene scenes_mail[] = {
	{"deliver", scene_prepare, act_deliver, NULL, verify_deliver},
	{"create", NULL, act_create, settle_create, verify_deliver},
	{"group", scene_prepare, act_group, NULL, verify_group},
	{"import", prepare_import, act_import, NULL, verify_import},
	{"spool", prepare_spool, act_spool, settle_spool, verify_spool},
	{0},
};
