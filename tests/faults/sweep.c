/* SPDX-License-Identifier: ISC
 *
 * sweep [POINTS [SCENE…]]: at the n-th write, sync, read, cut, open, rename or unlink of each scene the call
 * fails, or the process dies, for every n, or for so many n as POINTS says, evenly spread (0: a few of each
 * scene). After each: what was told to have succeeded is so, every message is whole or absent, UIDs and
 * UIDVALIDITY are what they were, the check is clean, and what was not done can be done now. Nothing succeeds
 * on a connection after its sync failed. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/faultio.h"
#include "scene.h"

enum { CALLS_WORKER = 1, POINTS_DEFAULT = 1000, EVERY = 5 };

static const struct fault {
	const char *name;
	enum faultio_call call;
	int error;
	int sticky;
} faults[] = {
	{"write EIO", FAULTIO_WRITE, EIO, 0},
	{"write ENOSPC from then on", FAULTIO_WRITE, ENOSPC, 1},
	{"write short", FAULTIO_WRITE, FAULTIO_SHORT, 0},
	{"write short, then ENOSPC", FAULTIO_WRITE, FAULTIO_SHORT, 1},
	{"write kill", FAULTIO_WRITE, FAULTIO_KILL, 0},
	{"write torn, kill", FAULTIO_WRITE, FAULTIO_TORN, 0},
	{"sync EIO", FAULTIO_SYNC, EIO, 0},
	{"sync ENOSPC", FAULTIO_SYNC, ENOSPC, 0},
	{"sync EIO from then on", FAULTIO_SYNC, EIO, 1},
	{"sync kill", FAULTIO_SYNC, FAULTIO_KILL, 0},
	{"truncate EIO", FAULTIO_TRUNCATE, EIO, 0},
	{"truncate kill", FAULTIO_TRUNCATE, FAULTIO_KILL, 0},
	{"open EIO", FAULTIO_OPEN, EIO, 0},
	{"open ENOSPC from then on", FAULTIO_OPEN, ENOSPC, 1},
	{"open kill", FAULTIO_OPEN, FAULTIO_KILL, 0},
	{"rename EIO", FAULTIO_RENAME, EIO, 0},
	{"rename kill", FAULTIO_RENAME, FAULTIO_KILL, 0},
	{"unlink EIO", FAULTIO_UNLINK, EIO, 0},
	{"unlink kill", FAULTIO_UNLINK, FAULTIO_KILL, 0},
	{"read EIO", FAULTIO_READ, EIO, 0},
	{"read EIO from then on", FAULTIO_READ, EIO, 1},
};

static struct scene_state before, now, later;
static struct scene_acks told;
static unsigned points_max = POINTS_DEFAULT, points_all;
static unsigned calls[FAULTIO_CALLS], calls_whole[FAULTIO_CALLS]; /* of the last act; of one without faults */

static void look(const char *folder, struct scene_state *state)
{
	const char *store = scene_path(folder, "store");

	work_verify(store, &state->outgoing);
	work_verify_in(store, QUARANTINE_MAILBOX_TRASH, &state->trash);
	work_check(store);
}

static void follows(const struct scene_state *first, const struct scene_state *second)
{
	work_follows(&first->outgoing, &second->outgoing);
	work_follows(&first->trash, &second->trash);
}

/* Acts with the n-th call failing, in a child. calls[] become those that were made, where it was not killed.
 */
static void act(const struct scene *scene, const char *folder, const struct fault *fault, unsigned n)
{
	struct work_ack ack;
	int acks[2], status;
	pid_t child;

	MUST(pipe(acks) == 0);
	child = fork();
	MUST(child >= 0);
	if (child == 0) {
		close(acks[0]);
		faultio_arm(fault->call, n, fault->error, fault->sticky);
		scene->act(folder, acks[1]);
		for (unsigned i = 0; i < FAULTIO_CALLS; i++)
			work_ack(acks[1], CALLS_WORKER, i, faultio_count((enum faultio_call)i));
		_exit(0);
	}
	close(acks[1]);
	memset(&told, 0, sizeof(told));
	while (work_next_ack(acks[0], &ack)) {
		if (ack.worker == CALLS_WORKER)
			calls[ack.n] = (unsigned)ack.id;
		else
			told.of[ack.n] = ack.id;
	}
	close(acks[0]);
	MUST(waitpid(child, &status, 0) == child);
	MUST(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL &&
					   (fault->error == FAULTIO_KILL || fault->error == FAULTIO_TORN)
				 : WEXITSTATUS(status) == 0);
}

static void point(const struct scene *scene, const char *template, const struct fault *fault, unsigned n)
{
	char folder[SCENE_PATH];

	work_folder(folder, sizeof(folder));
	MUST(rmdir(folder) == 0);
	work_copy(template, folder);
	act(scene, folder, fault, n);
	if (scene->settle)
		scene->settle(folder);
	look(folder, &now);
	if (scene->prepare)
		follows(&before, &now);
	scene->verify(folder, &told, &now);
	look(folder, &later);
	follows(&now, &later);
	work_remove(folder);
	points_all++;
}

/* All places of a fault; of many, evenly spread ones. */
static void sweep_fault(const struct scene *scene, const char *template, const struct fault *fault)
{
	unsigned places = calls_whole[fault->call];
	unsigned points = places < points_max ? places : points_max;

	for (unsigned k = 0; k < points; k++)
		point(scene, template, fault, 1 + k * places / points);
	if (points > 0)
		printf("%-10s  %-26s %4u of %4u places\n", scene->name, fault->name, points, places);
	fflush(stdout);
}

/* One place of every fifth fault, another fifth for the next scene. */
static void sample(const struct scene *scene, const char *template)
{
	static unsigned n;

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		unsigned places = calls_whole[faults[i].call];

		if (++n % EVERY == 0 && places > 0)
			point(scene, template, &faults[i], 1 + n % places);
	}
	printf("%-10s  %u places\n", scene->name, points_all);
}

static void sweep(const struct scene *scene)
{
	char template[SCENE_PATH];

	work_folder(template, sizeof(template));
	if (scene->prepare) {
		scene->prepare(template);
		look(template, &before);
	}
	point(scene, template, &faults[0], 0);
	MUST(told.of[0] != 0);
	memcpy(calls_whole, calls, sizeof(calls));
	if (points_max == 0)
		sample(scene, template);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		sweep_fault(scene, template, &faults[i]);
	work_remove(template);
}

static bool is_wanted(const char *name, char **names)
{
	bool wanted = !*names;

	for (; *names; names++)
		wanted |= strcmp(name, *names) == 0;
	return wanted;
}

int main(int argc, char **argv)
{
	static const struct scene *const lists[] = {scenes_mail, scenes_change, scenes_files};

	if (argc > 1)
		points_max = (unsigned)strtoul(argv[1], NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (const struct scene *scene = lists[i]; scene->name; scene++) {
			if (is_wanted(scene->name, argv + (argc > 1 ? 2 : 1)))
				sweep(scene);
		}
	}
	printf("points: %u\n", points_all);
	return 0;
}
