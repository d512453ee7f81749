/* SPDX-License-Identifier: ISC
 *
 * The happy path: the loop of this thread reads what is there to read; then the requests that are whole are
 * one group, delivered in one transaction; then each is answered.
 *
 * What can go wrong: the store cannot be opened, or its handle fails (that status is the answer, and another
 * handle is opened for the next group); one message of a group is refused (each is delivered alone, so that
 * each has its own status; keys see to it that nothing doubles); the server stops (whoever has no answer yet
 * finds the connection closed, and delivers by itself under the same key). */
#include "intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "../store/include/quarantine.h"
#include "config.h"
#include "log.h"
#include "metrics.h"
#include "net/desk.h"
#include "net/listener.h"

enum { GROUP_MAX = 64, GROUP_BYTES_MAX = 16 * 1024 * 1024 };

struct intake {
	uv_loop_t loop;
	uv_async_t stop;
	uv_check_t check;
	uv_thread_t thread;
	struct desk desk;
	struct listener *listener;
	const char *path;
	uint64_t min_free;
	struct metrics_deliveries *counted;
	int folder; /* DIR/deliver, through which the socket is named */
	struct quarantine *store;
	char why[256]; /* the store could not be opened */
	bool complained;
};

struct group {
	struct desk_visit *visits[GROUP_MAX];
	struct quarantine_envelope envelopes[GROUP_MAX];
	struct quarantine_delivery list[GROUP_MAX];
	size_t count;
	struct arena arena; /* the envelopes' texts */
};

static int open_store(struct intake *in)
{
	int status;

	if (in->store)
		return QUARANTINE_OK;
	in->why[0] = '\0';
	status = quarantine_open_why(in->path, QUARANTINE_WRITE, &in->store, in->why, sizeof(in->why));
	if (status != QUARANTINE_OK && !in->complained)
		log_event(LOG_LEVEL_ERROR, 0, "store-unavailable", "reason", quarantine_strerror(status),
			  "detail", in->why, NULL);
	in->complained = status != QUARANTINE_OK;
	if (status == QUARANTINE_OK)
		quarantine_set_min_free(in->store, in->min_free);
	return status;
}

static bool handle_failed(int status)
{
	return status == QUARANTINE_IO || status == QUARANTINE_CORRUPT || status == QUARANTINE_DENIED ||
	       status == QUARANTINE_NOT_FOUND;
}

static void answer(struct intake *in, struct desk_visit *v, int status, int64_t message, const char *text)
{
	in->counted->results[metrics_result(status)]++;
	metrics_took(&in->counted->times, (uv_hrtime() - v->arrived) / 1000);
	desk_answer(v, status, message, text);
}

/* Delivers part of a group and answers it. */
static int deliver_part(struct intake *in, struct group *g, size_t first, size_t count, bool answer_failure)
{
	int status = open_store(in);
	const char *text = in->why;

	if (status == QUARANTINE_OK) {
		status = quarantine_deliver_group(in->store, g->list + first, count);
		text = status == QUARANTINE_OK ? "" : quarantine_errmsg(in->store);
	}
	for (size_t i = first; i < first + count && (status == QUARANTINE_OK || answer_failure); i++)
		answer(in, g->visits[i], status, g->list[i].message, text);
	if (handle_failed(status)) {
		quarantine_close(in->store);
		in->store = NULL;
	}
	return status;
}

static void deliver_group(struct intake *in, struct group *g)
{
	bool alone = g->count == 1;
	int status = deliver_part(in, g, 0, g->count, alone);

	if (status == QUARANTINE_OK || alone)
		return;
	if (status != QUARANTINE_BUSY) {
		for (size_t i = 0; i < g->count; i++)
			deliver_part(in, g, i, 1, true);
		return;
	}
	for (size_t i = 0; i < g->count; i++)
		answer(in, g->visits[i], status, 0, quarantine_errmsg(in->store));
}

/* A group of what is whole; 0: nothing is. What cannot be read is answered at once. */
static size_t collect(struct intake *in, struct group *g)
{
	struct desk_visit *v;
	size_t bytes = 0;

	g->count = 0;
	while (g->count < GROUP_MAX && bytes < GROUP_BYTES_MAX && (v = desk_next(&in->desk))) {
		struct quarantine_envelope *env = &g->envelopes[g->count];
		struct slice message = desk_message(v);
		int status = handover_envelope_read(desk_envelope(v), &v->head, &g->arena, env);

		if (status != QUARANTINE_OK) {
			answer(in, v, status, 0, "the envelope cannot be read");
			continue;
		}
		g->visits[g->count] = v;
		g->list[g->count++] = (struct quarantine_delivery){
			.envelope = env, .bytes = message.data, .len = message.len};
		bytes += message.len;
	}
	return g->count;
}

/* The loop has read all that was there to read. */
static void on_check(uv_check_t *check)
{
	struct intake *in = check->data;
	struct group g;

	g.arena = (struct arena){0};
	while (collect(in, &g) > 0) {
		deliver_group(in, &g);
		arena_reset(&g.arena);
	}
	arena_finish(&g.arena);
	in->counted->connections = (unsigned)in->desk.count;
}

static void on_stop(uv_async_t *async)
{
	struct intake *in = async->data;

	listener_close(in->listener);
	desk_close(&in->desk);
	uv_close((uv_handle_t *)&in->check, NULL);
	uv_close((uv_handle_t *)&in->stop, NULL);
}

static void run(void *argument)
{
	struct intake *in = argument;

	uv_run(&in->loop, UV_RUN_DEFAULT);
	quarantine_close(in->store);
}

/* An older store has no folder for it; it is made where the server may. */
static bool open_folder(struct intake *in, char *why, size_t size)
{
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s/" HANDOVER_FOLDER, in->path);
	if (mkdir(folder, 0750) != 0 && errno != EEXIST && errno != EACCES && errno != EROFS) {
		snprintf(why, size, "%s: %s", folder, strerror(errno));
		return false;
	}
	in->folder = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in->folder < 0)
		snprintf(why, size, "%s: %s; `quarantine init` makes it", folder, strerror(errno));
	return in->folder >= 0;
}

static bool listen_there(struct intake *in, char *why, size_t size)
{
	struct listener_owner owner = {.loop = &in->loop, .accept = desk_accept, .owner = &in->desk};
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d/" HANDOVER_SOCKET, in->folder);
	in->listener = listener_open_unix(&owner, name, why, size);
	return in->listener != NULL;
}

static void abandon(struct intake *in)
{
	on_stop(&in->stop);
	uv_run(&in->loop, UV_RUN_DEFAULT);
	uv_loop_close(&in->loop);
	if (in->folder >= 0)
		close(in->folder);
	free(in);
}

struct intake *intake_create(const struct config *config, struct metrics_deliveries *counted)
{
	struct intake *in = calloc(1, sizeof(*in));
	char why[4300] = "cannot start a thread";

	if (!in)
		return NULL;
	in->path = config->store;
	in->min_free = (uint64_t)config->min_free;
	in->counted = counted;
	in->folder = -1;
	uv_loop_init(&in->loop);
	uv_async_init(&in->loop, &in->stop, on_stop);
	uv_check_init(&in->loop, &in->check);
	in->stop.data = in->check.data = in;
	desk_open(&in->desk, &in->loop);
	uv_check_start(&in->check, on_check);
	if (open_folder(in, why, sizeof(why)) && listen_there(in, why, sizeof(why)) &&
	    uv_thread_create(&in->thread, run, in) == 0)
		return in;
	log_event(LOG_LEVEL_ERROR, 0, "no-handover", "reason", why, NULL);
	abandon(in);
	return NULL;
}

void intake_destroy(struct intake *in)
{
	if (!in)
		return;
	uv_async_send(&in->stop);
	uv_thread_join(&in->thread);
	uv_loop_close(&in->loop);
	close(in->folder);
	free(in);
}
