/* SPDX-License-Identifier: ISC */
#include "scene.h"

#include "../lib/faultio.h"

static bool began_on_sand;

void scene_try(void)
{
	began_on_sand = faultio_built_on_sand();
}

void scene_tell(int acks, unsigned n, int64_t result)
{
	MUST(!began_on_sand || !faultio_built_on_sand());
	MUST(n < SCENE_ACKS);
	work_ack(acks, 0, n, result == 0 ? 1 : result);
}

const char *scene_path(const char *folder, const char *name)
{
	static char paths[3][SCENE_PATH];
	static unsigned next;
	char *path = paths[next++ % 3];

	snprintf(path, SCENE_PATH, "%s/%s", folder, name);
	return path;
}

struct quarantine *scene_open(const char *folder)
{
	struct quarantine *q = NULL;

	return quarantine_open(scene_path(folder, "store"), QUARANTINE_WRITE, &q) == QUARANTINE_OK ? q : NULL;
}

struct quarantine *scene_must_open(const char *folder)
{
	return work_open(scene_path(folder, "store"), QUARANTINE_WRITE);
}

int64_t scene_mailbox(struct quarantine *q, const char *name)
{
	struct quarantine_mailbox box = {.id = 0};

	return quarantine_mailbox_find(q, name, &box) == QUARANTINE_OK ? box.id : 0;
}

void scene_prepare(const char *folder)
{
	struct quarantine *q;
	int64_t id;

	work_create(scene_path(folder, "store"));
	q = scene_must_open(folder);
	for (unsigned n = 0; n < SCENE_BEFORE; n++)
		MUST_OK(q, work_deliver(q, 0, n, &id));
	quarantine_close(q);
}
