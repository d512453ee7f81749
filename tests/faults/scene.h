/* SPDX-License-Identifier: ISC
 *
 * What is done to a store while calls of the system fail: a scene. It has a folder of its own, in which
 * "store" is the store. prepare() is done once, without faults; each point of the sweep has a copy of it. */
#ifndef QUARANTINE_TESTS_SCENE_H
#define QUARANTINE_TESTS_SCENE_H

#include "../store/work.h"

enum {
	SCENE_BEFORE = 20, /* messages of worker 0 that prepare() delivers */
	SCENE_ACKS = 64,
	SCENE_PATH = 300,
};

/* What an act was told, of the things that it did: the result, or 0. Who tells 0 succeeded tells 1. */
struct scene_acks {
	int64_t of[SCENE_ACKS];
};

struct scene_state {
	struct work_tally outgoing, trash;
};

struct scene {
	const char *name;
	void (*prepare)(const char *folder); /* NULL: there is no store before */
	void (*act)(const char *folder, int acks);
	void (*settle)(const char *folder); /* NULL: nothing; without faults, before anything is looked at */
	/* Without faults. `now` is what is there; may do the rest of the work. */
	void (*verify)(const char *folder, const struct scene_acks *acks, const struct scene_state *now);
};

extern const struct scene scenes_mail[], scenes_change[], scenes_files[]; /* each ends with a NULL name */

/* In an act, around each call that is told of: it does not succeed on a connection whose sync failed before.
 */
#define TRY(call) (scene_try(), (call))
void scene_try(void);

/* In an act: this was told to have succeeded. */
void scene_tell(int acks, unsigned n, int64_t result);

/* "folder/name", kept until the next two calls. */
const char *scene_path(const char *folder, const char *name);

/* A handle in an act; NULL where it cannot be opened. */
struct quarantine *scene_open(const char *folder);

/* Without faults: the handle, the mailbox, the usual messages. */
struct quarantine *scene_must_open(const char *folder);
int64_t scene_mailbox(struct quarantine *q, const char *name);
void scene_prepare(const char *folder);

#endif
