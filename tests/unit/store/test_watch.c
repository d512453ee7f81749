/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tmpstore.h"

static bool rings(const struct quarantine_watch *w)
{
	struct pollfd p = {.fd = quarantine_watch_fd(w), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static unsigned sockets(const struct tmpstore *t)
{
	char path[300];
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/mail/watch", t->dir);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(dir);
	return count;
}

static void a_commit_rings_everybody(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *other = tmpstore_open(t, QUARANTINE_WRITE);
	struct quarantine_watch *a, *b;

	assert_int_equal(quarantine_watch_open(t->dir, &a), QUARANTINE_OK);
	assert_int_equal(quarantine_watch_open(t->dir, &b), QUARANTINE_OK);
	quarantine_watch_clear(a);
	assert_false(rings(a) || rings(b));
	put_text(other, "x");
	assert_true(rings(a) && rings(b));
	quarantine_watch_clear(a);
	assert_false(rings(a));
	/* A full socket is no hindrance. */
	for (int i = 0; i < 50; i++)
		put_text(t->q, "x");
	quarantine_watch_clear(b);
	assert_false(rings(b));
	quarantine_watch_close(a);
	quarantine_watch_close(b);
	quarantine_watch_close(NULL);
	assert_int_equal(sockets(t), 0);
	quarantine_close(other);
}

static void what_changes_nothing_is_silent(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_flag_request request = {sizeof(request), QUARANTINE_FLAGS_ADD, QUARANTINE_SEEN,
						  UINT64_MAX};
	struct quarantine_range all = {1, UINT32_MAX};
	struct quarantine_watch *w;
	size_t done;

	assert_int_equal(quarantine_watch_open(t->dir, &w), QUARANTINE_OK);
	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &all, 1, &request, NULL), QUARANTINE_OK);
	assert_int_equal(quarantine_purge(t->q, INT64_MAX, 10, &done), QUARANTINE_OK);
	assert_false(rings(w));
	quarantine_watch_close(w);
}

static void another_process_is_heard(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_watch *w;
	struct pollfd p = {.events = POLLIN};
	int result = -1;
	pid_t child;

	assert_int_equal(quarantine_watch_open(t->dir, &w), QUARANTINE_OK);
	child = fork();
	if (child == 0) {
		struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
		struct quarantine *q;

		env.direction = QUARANTINE_INCOMING;
		if (quarantine_open(t->dir, QUARANTINE_WRITE, &q) != QUARANTINE_OK)
			_exit(1);
		_exit(quarantine_deliver(q, &env, "x", 1, NULL) == QUARANTINE_OK ? 0 : 2);
	}
	p.fd = quarantine_watch_fd(w);
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_int_equal(result, 0);
	assert_int_equal(mailbox_of(t->q, "Incoming").messages, 1);
	quarantine_watch_close(w);
}

static void dead_watchers_are_taken_away(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_watch *w;
	pid_t child = fork();

	if (child == 0)
		_exit(quarantine_watch_open(t->dir, &w) == QUARANTINE_OK ? 0 : 1);
	waitpid(child, NULL, 0);
	assert_int_equal(sockets(t), 1);
	put_text(t->q, "x");
	assert_int_equal(sockets(t), 0);
	child = fork();
	if (child == 0)
		_exit(quarantine_watch_open(t->dir, &w) == QUARANTINE_OK ? 0 : 1);
	waitpid(child, NULL, 0);
	assert_int_equal(quarantine_watch_open(t->dir, &w), QUARANTINE_OK);
	assert_int_equal(sockets(t), 1);
	quarantine_watch_close(w);
}

static void the_token_tells_of_every_commit(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *other = tmpstore_open(t, QUARANTINE_WRITE);
	uint64_t first, second;

	assert_int_equal(quarantine_change_token(t->q, &first), QUARANTINE_OK);
	assert_int_equal(quarantine_change_token(t->q, &second), QUARANTINE_OK);
	assert_int_equal(first, second);
	put_text(t->q, "own");
	assert_int_equal(quarantine_change_token(t->q, &second), QUARANTINE_OK);
	assert_int_not_equal(first, second);
	put_text(other, "other");
	assert_int_equal(quarantine_change_token(t->q, &first), QUARANTINE_OK);
	assert_int_not_equal(first, second);
	quarantine_close(other);
}

static void the_path_may_be_long(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_watch *w = NULL;
	struct quarantine *q;
	char path[400];

	snprintf(path, sizeof(path), "%s/%0120d", t->dir, 0);
	assert_int_equal(quarantine_watch_open(path, &w), QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_open(path, QUARANTINE_WRITE | QUARANTINE_CREATE, &q), QUARANTINE_OK);
	assert_int_equal(quarantine_watch_open(path, &w), QUARANTINE_OK);
	put_text(q, "x");
	assert_true(rings(w));
	quarantine_watch_close(w);
	quarantine_close(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_commit_rings_everybody),        store_test(what_changes_nothing_is_silent),
		store_test(another_process_is_heard),        store_test(dead_watchers_are_taken_away),
		store_test(the_token_tells_of_every_commit), store_test(the_path_may_be_long),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
