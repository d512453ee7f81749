/* SPDX-License-Identifier: ISC
 *
 * The happy path: the loop of this thread reads what is there to read; each request that is whole is prepared
 * and joins the group that is filled. A second thread commits the group before, in one transaction; when it
 * is done each of that group is answered, and the next goes to be committed.
 *
 * What can go wrong: the store cannot be opened, or its handle fails (that status is the answer, and another
 * handle is opened for the next); one message of a group is refused (each is committed alone, so that each
 * has its own status); the server stops (whoever has no answer yet finds the connection closed, and delivers
 * by itself under the same key; keys see to it that nothing doubles). */
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
#include "net/work.h"

enum { GROUP_MAX = 64, GROUP_BYTES_MAX = 16 * 1024 * 1024 };

/* Messages that are committed together. After a refusal each is committed alone, so that each has a status of
 * its own. */
struct group {
	struct work work;
	struct intake *intake;
	struct quarantine_batch *batch;
	struct desk_visit *visits[GROUP_MAX];
	int64_t messages[GROUP_MAX];
	size_t count, bytes;
	size_t first, part; /* what is committed just now */
	int status;         /* of that, */
	char why[HANDOVER_TEXT_MAX + 1];
	struct arena arena; /* the envelopes' texts */
};

struct intake {
	uv_loop_t loop;
	uv_async_t stop;
	uv_check_t check;
	uv_idle_t again; /* keeps the loop awake while whole requests wait */
	uv_thread_t thread;
	struct desk desk;
	struct listener *listener;
	const char *path;
	uint64_t min_free;
	struct metrics_deliveries *counted;
	int folder;               /* DIR/deliver, through which the socket is named */
	struct quarantine *store; /* that messages are prepared with */
	struct work_pool *pool;   /* of the one thread that commits */
	struct group groups[2];
	struct group *filling, *committing; /* NULL: nothing is being committed */
	char why[256];                      /* the store could not be opened */
	bool complained;
	bool stopping;
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

static void close_store(struct intake *in)
{
	quarantine_close(in->store);
	in->store = NULL;
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

static struct group *group_of(struct work *w)
{
	return (struct group *)((char *)w - offsetof(struct group, work));
}

/* On the thread that commits; where there is one connection only, on that of the loop. */
static void commit_part(struct work *w, struct quarantine *store)
{
	struct group *g = group_of(w);
	const char *why = "the store cannot be opened";

	g->status = QUARANTINE_IO;
	if (store) {
		g->status =
			quarantine_batch_commit(store, g->batch, g->first, g->part, g->messages + g->first);
		why = g->status == QUARANTINE_OK ? "" : quarantine_errmsg(store);
	}
	snprintf(g->why, sizeof(g->why), "%s", why);
	w->reopen = handle_failed(g->status);
}

/* False: nothing of the group is left to be committed. */
static bool answer_part(struct intake *in, struct group *g)
{
	bool apart = g->status != QUARANTINE_OK && g->status != QUARANTINE_BUSY && g->part > 1;

	if (!apart) {
		for (size_t end = g->first + g->part; g->first < end; g->first++)
			answer(in, g->visits[g->first], g->status, g->messages[g->first], g->why);
	}
	g->part = 1;
	return g->first < g->count;
}

static void finish_stop(struct intake *in)
{
	desk_close(&in->desk);
	work_pool_destroy(in->pool);
	close_store(in);
	for (size_t i = 0; i < ARRAY_SIZE(in->groups); i++) {
		quarantine_batch_destroy(in->groups[i].batch);
		arena_finish(&in->groups[i].arena);
	}
	uv_close((uv_handle_t *)&in->again, NULL);
	uv_close((uv_handle_t *)&in->check, NULL);
	uv_close((uv_handle_t *)&in->stop, NULL);
}

static void committed(struct work *w)
{
	struct group *g = group_of(w);
	struct intake *in = g->intake;

	if (answer_part(in, g)) {
		work_submit(in->pool, w, WORK_QUICK);
		return;
	}
	in->committing = NULL;
	quarantine_batch_settle(in->filling->batch);
	quarantine_batch_clear(g->batch);
	arena_reset(&g->arena);
	g->count = g->bytes = 0;
	if (in->stopping)
		finish_stop(in);
}

/* The group that was filled goes to be committed; the next begins. */
static void commit(struct intake *in)
{
	struct group *g = in->filling;

	in->filling = g == in->groups ? in->groups + 1 : in->groups;
	in->committing = g;
	g->first = 0;
	g->part = g->count;
	quarantine_batch_follow(in->filling->batch, g->batch);
	if (in->desk.count > 1 || !in->store) {
		work_submit(in->pool, &g->work, WORK_QUICK);
		return;
	}
	commit_part(&g->work, in->store);
	if (g->work.reopen)
		close_store(in);
	committed(&g->work);
}

static bool has_room(const struct group *g)
{
	return g->count < GROUP_MAX && g->bytes < GROUP_BYTES_MAX;
}

/* Adds a request to the group that is filled; one that cannot be added is answered at once. */
static void prepare(struct intake *in, struct desk_visit *v)
{
	struct quarantine_envelope env;
	struct slice message = desk_message(v);
	struct group *g = in->filling;
	const char *why = "the envelope cannot be read";
	int status = handover_envelope_read(desk_envelope(v), &v->head, &g->arena, &env);

	if (status == QUARANTINE_OK) {
		status = open_store(in);
		why = in->why;
	}
	if (status == QUARANTINE_OK) {
		status = quarantine_batch_add(in->store, g->batch, &env, message.data, message.len);
		why = quarantine_errmsg(in->store);
	}
	if (status == QUARANTINE_OK) {
		g->visits[g->count++] = v;
		g->bytes += message.len;
		return;
	}
	answer(in, v, status, 0, why);
	if (handle_failed(status))
		close_store(in);
}

static void on_again(uv_idle_t *idle)
{
	(void)idle;
}

/* The loop has read what is there to read. One request in each turn, so that a commit that ends is not kept
 * waiting. */
static void on_check(uv_check_t *check)
{
	struct intake *in = check->data;
	struct desk_visit *v;

	if (in->stopping)
		return;
	v = has_room(in->filling) ? desk_next(&in->desk) : NULL;
	if (v)
		prepare(in, v);
	if (!in->committing && in->filling->count > 0)
		commit(in);
	if (in->desk.ready && has_room(in->filling))
		uv_idle_start(&in->again, on_again);
	else
		uv_idle_stop(&in->again);
	in->counted->connections = (unsigned)in->desk.count;
}

/* A group that is being committed comes to its end. */
static void on_stop(uv_async_t *async)
{
	struct intake *in = async->data;

	in->stopping = true;
	listener_close(in->listener);
	uv_idle_stop(&in->again);
	if (!in->committing)
		finish_stop(in);
}

static void run(void *argument)
{
	struct intake *in = argument;

	uv_run(&in->loop, UV_RUN_DEFAULT);
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

static bool make_groups(struct intake *in)
{
	for (size_t i = 0; i < ARRAY_SIZE(in->groups); i++) {
		struct group *g = &in->groups[i];

		g->intake = in;
		g->work.run = commit_part;
		g->work.done = committed;
		if (quarantine_batch_create(GROUP_MAX, &g->batch) != QUARANTINE_OK)
			return false;
	}
	in->filling = in->groups;
	return true;
}

static bool start_threads(struct intake *in)
{
	struct work_settings committer = {.store = in->path, .min_free = in->min_free, .store_workers = 1};

	return work_pool_create(&in->loop, &committer, &in->pool) == 0 &&
	       uv_thread_create(&in->thread, run, in) == 0;
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
	uv_idle_init(&in->loop, &in->again);
	in->stop.data = in->check.data = in;
	desk_open(&in->desk, &in->loop);
	uv_check_start(&in->check, on_check);
	if (make_groups(in) && open_folder(in, why, sizeof(why)) && listen_there(in, why, sizeof(why)) &&
	    start_threads(in))
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
