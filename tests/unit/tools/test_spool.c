/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../store/spool/spool.h"
#include "../../../store/spool/spool_header.h"

/* A spool folder, a store, and what was told of taking in. */
struct spool {
	char dir[64], store[64];
	struct quarantine *q;
	int events[3]; /* by enum spool_event */
	char why[256]; /* of the last event that has one */
	int64_t message;
};

static void remove_tree(const char *path)
{
	char line[100];

	snprintf(line, sizeof(line), "rm -rf -- '%s'", path);
	assert_int_equal(system(line), 0);
}

static int setup(void **state)
{
	struct spool *s = malloc(sizeof(*s));

	assert_non_null(s);
	*s = (struct spool){.dir = "/tmp/qspool-XXXXXX", .store = "/tmp/qstore-XXXXXX"};
	assert_non_null(mkdtemp(s->dir));
	assert_non_null(mkdtemp(s->store));
	assert_int_equal(quarantine_open(s->store, QUARANTINE_WRITE | QUARANTINE_CREATE, &s->q),
			 QUARANTINE_OK);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct spool *s = *state;

	quarantine_close(s->q);
	remove_tree(s->dir);
	remove_tree(s->store);
	free(s);
	return 0;
}

static void on_event(void *context, enum spool_event event, const char *name, int64_t message,
		     const char *why)
{
	struct spool *s = context;

	assert_non_null(name);
	s->events[event]++;
	s->message = message;
	if (why)
		snprintf(s->why, sizeof(s->why), "%s", why);
}

static size_t take(struct spool *s, size_t max)
{
	size_t taken = 999;

	memset(s->events, 0, sizeof(s->events));
	assert_int_equal(spool_take_in(s->dir, s->q, max, on_event, s, &taken), QUARANTINE_OK);
	assert_int_equal(taken, s->events[SPOOL_TAKEN]);
	return taken;
}

static struct quarantine_envelope envelope(const char *key)
{
	return (struct quarantine_envelope){.size = sizeof(struct quarantine_envelope),
					    .direction = QUARANTINE_OUTGOING,
					    .delivery_key = key};
}

static void put(struct spool *s, const char *key, const char *message, char *name)
{
	struct quarantine_envelope env = envelope(key);

	assert_int_equal(spool_put(s->dir, &env, slice_str(message), name), QUARANTINE_OK);
}

/* A file in the spool folder that something else put there. */
static void plant(const struct spool *s, const char *name, struct slice bytes)
{
	int fd = openat(AT_FDCWD, s->dir, O_PATH | O_DIRECTORY);
	int file = openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	assert_true(file >= 0);
	assert_int_equal(write(file, bytes.data, bytes.len), bytes.len);
	close(file);
	close(fd);
}

static size_t count_files(const char *dir, const char *end)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name), end_len = strlen(end);

		n += e->d_name[0] != '.' && len >= end_len && strcmp(e->d_name + len - end_len, end) == 0;
	}
	closedir(d);
	return n;
}

static uint64_t stored(struct spool *s)
{
	struct quarantine_mailbox box;

	assert_int_equal(quarantine_mailbox_find(s->q, QUARANTINE_MAILBOX_OUTGOING, &box), QUARANTINE_OK);
	return box.messages;
}

static const double score = -0.1;
static const char *const recipients[] = {"a@b", "", "line\nbreak 100% \xc3\xa4"};
static const struct quarantine_envelope full = {.size = sizeof(full),
						.direction = QUARANTINE_INCOMING,
						.sender = "",
						.recipients = recipients,
						.recipient_count = ARRAY_SIZE(recipients),
						.class_name = "spam",
						.sub_class = "dnsbl",
						.evidence = " blank, \r\n and \x7f\x01%0A ",
						.score = &score,
						.action = "rejected",
						.client_address = "2001:db8::1",
						.client_name = "c.example",
						.helo = "h",
						.auth_user = "u",
						.auth_domain = "d",
						.identity = "i",
						.queue_id = "q",
						.received = 1700000000,
						.delivery_key = "k"};

static void assert_same(const struct quarantine_envelope *a, const struct quarantine_envelope *b)
{
	assert_int_equal(a->direction, b->direction);
	assert_int_equal(a->received, b->received);
	assert_memory_equal(a->score, b->score, sizeof(*a->score));
	assert_string_equal(a->sender, b->sender);
	assert_string_equal(a->class_name, b->class_name);
	assert_string_equal(a->sub_class, b->sub_class);
	assert_string_equal(a->evidence, b->evidence);
	assert_string_equal(a->action, b->action);
	assert_string_equal(a->client_address, b->client_address);
	assert_string_equal(a->client_name, b->client_name);
	assert_string_equal(a->helo, b->helo);
	assert_string_equal(a->auth_user, b->auth_user);
	assert_string_equal(a->auth_domain, b->auth_domain);
	assert_string_equal(a->identity, b->identity);
	assert_string_equal(a->queue_id, b->queue_id);
	assert_int_equal(a->recipient_count, b->recipient_count);
	for (size_t i = 0; i < a->recipient_count; i++)
		assert_string_equal(a->recipients[i], b->recipients[i]);
}

static void test_header(void **state)
{
	struct buf out = {0};
	struct arena arena = {0};
	struct quarantine_envelope env;
	uint64_t length = 0;
	const char *why;

	(void)state;
	assert_true(spool_header_write(&out, &full, 1234));
	assert_memory_equal(out.data + out.len - 2, "\n\n", 2);
	assert_int_equal(spool_header_read(slice_of(out.data, out.len - 1), &arena, &env, &length, &why),
			 QUARANTINE_OK);
	assert_int_equal(length, 1234);
	assert_same(&env, &full);
	assert_string_equal(env.delivery_key, "k");
	/* Cut anywhere before its last line, it is refused. */
	for (size_t len = 0; len < out.len - sizeof("1234\n"); len++) {
		char *cut = malloc(len + 1);

		assert_non_null(cut);
		memcpy(cut, out.data, len);
		assert_int_equal(spool_header_read(slice_of(cut, len), &arena, &env, &length, &why),
				 QUARANTINE_INVALID);
		free(cut);
	}
	arena_finish(&arena);
	arena.limit = 1;
	assert_int_equal(spool_header_read(slice_of(out.data, out.len - 1), &arena, &env, &length, &why),
			 QUARANTINE_NO_MEMORY);
	arena_finish(&arena);
	buf_finish(&out);
}

#define FIRST "quarantine-spool 1\n"
#define GOOD FIRST "direction outgoing\nkey k\nlength 0\n"

static void test_bad_header(void **state)
{
	static const struct slice cases[] = {
		SLICE(""),
		SLICE("quarantine-spool 2\ndirection outgoing\nkey k\nlength 0\n"),
		SLICE(FIRST),
		SLICE(FIRST "direction outgoing\nlength 0\n"),
		SLICE(FIRST "key k\nlength 0\n"),
		SLICE(FIRST "direction outgoing\nkey k\n"),
		SLICE(FIRST "direction sideways\nkey k\nlength 0\n"),
		SLICE(GOOD "length -1\n"),
		SLICE(GOOD "length 99999999999999999999\n"),
		SLICE(GOOD "length 1x\n"),
		SLICE(GOOD "received soon\n"),
		SLICE(GOOD "score x\n"),
		SLICE(GOOD "score nan\n"),
		SLICE(GOOD "colour red\n"),
		SLICE(GOOD "helo\n"),
		SLICE(GOOD " x\n"),
		SLICE(GOOD "helo a%0\n"),
		SLICE(GOOD "helo a%\n"),
		SLICE(GOOD "helo a%zz\n"),
		SLICE(GOOD "helo a%00\n"),
		SLICE(GOOD "helo a\0b\n"),
		SLICE(GOOD "\n"),
	};
	struct arena arena = {0};
	struct quarantine_envelope env;
	uint64_t length;
	const char *why;

	(void)state;
	assert_int_equal(spool_header_read(SLICE(GOOD), &arena, &env, &length, &why), QUARANTINE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(spool_header_read(cases[i], &arena, &env, &length, &why),
				 QUARANTINE_INVALID);
	arena_finish(&arena);
}

static void test_put_and_take(void **state)
{
	static const char message[] = "Subject: x\r\n\r\nbody \xff\r\n";
	struct spool *s = *state;
	char name[SPOOL_NAME_SIZE], path[200], bytes[100];
	struct quarantine_facts *facts;
	struct stat st;
	size_t got;

	assert_int_equal(spool_put(s->dir, &full, SLICE(message), name), QUARANTINE_OK);
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(count_files(s->dir, ""), 1);
	assert_int_equal(take(s, 10), 1);
	assert_int_equal(count_files(s->dir, ""), 0);
	assert_int_equal(quarantine_facts_get(s->q, s->message, &facts), QUARANTINE_OK);
	assert_same(&facts->envelope, &full);
	free(facts);
	assert_int_equal(quarantine_content_read(s->q, s->message, 0, bytes, sizeof(bytes), &got),
			 QUARANTINE_OK);
	assert_int_equal(got, sizeof(message) - 1);
	assert_memory_equal(bytes, message, got);
}

/* The taker died after the store had committed and before the file was removed. */
static void test_taken_twice(void **state)
{
	struct spool *s = *state;
	char name[SPOOL_NAME_SIZE], path[200], copy[200];
	int64_t first;

	put(s, "key", "Subject: x\n\n", name);
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	snprintf(copy, sizeof(copy), "%s/copy", s->dir);
	assert_int_equal(link(path, copy), 0);
	assert_int_equal(take(s, 10), 1);
	first = s->message;
	assert_int_equal(rename(copy, path), 0);
	assert_int_equal(take(s, 10), 1);
	assert_int_equal(s->message, first);
	assert_int_equal(stored(s), 1);
	assert_int_equal(count_files(s->dir, ""), 0);
}

static void test_locked(void **state)
{
	struct spool *s = *state;
	char name[SPOOL_NAME_SIZE], path[200];
	int fd;

	put(s, "key", "Subject: x\n\n", name);
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	fd = open(path, O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(take(s, 10), 0);
	assert_int_equal(s->events[SPOOL_KEPT] + s->events[SPOOL_BAD], 0);
	close(fd);
	assert_int_equal(take(s, 10), 1);
}

static void test_poison(void **state)
{
	struct spool *s = *state;
	char name[SPOOL_NAME_SIZE], path[200];

	plant(s, "0-garbage.msg", SLICE("garbage"));
	plant(s, "0-empty.msg", SLICE(""));
	plant(s, "0-short.msg", SLICE(FIRST "direction outgoing\nkey k\nlength 5\n\n1234"));
	plant(s, "0-long.msg", SLICE(FIRST "direction outgoing\nkey k\nlength 5\n\n123456"));
	plant(s, "0-key.msg", SLICE(FIRST "direction outgoing\nlength 0\n\n"));
	snprintf(path, sizeof(path), "%s/0-link.msg", s->dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/0-fifo.msg", s->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/0-folder.msg", s->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put(s, "key", "Subject: x\n\n", name);
	assert_int_equal(take(s, 10), 1);
	assert_int_equal(s->events[SPOOL_BAD], 8);
	assert_int_equal(s->events[SPOOL_KEPT], 0);
	assert_int_equal(count_files(s->dir, ".bad"), 8);
	assert_int_equal(count_files(s->dir, ".msg"), 0);
	assert_int_equal(take(s, 10), 0);
	assert_int_equal(s->events[SPOOL_BAD], 0);
}

/* A message that the store will never take does not stand in the way of others. */
static void test_refused(void **state)
{
	struct spool *s = *state;
	char name[SPOOL_NAME_SIZE];

	quarantine_set_message_max(s->q, 20);
	put(s, "1", "Subject: longer than the store takes\n\n", name);
	put(s, "2", "Subject: x\n\n", name);
	assert_int_equal(take(s, 10), 1);
	assert_int_equal(s->events[SPOOL_BAD], 1);
	assert_string_equal(s->why, quarantine_strerror(QUARANTINE_TOO_BIG));
}

static void test_order_and_max(void **state)
{
	struct spool *s = *state;
	char name[SPOOL_NAME_SIZE], before[SPOOL_NAME_SIZE] = "";

	for (int i = 0; i < 7; i++) {
		char key[2] = {(char)('0' + i), '\0'};

		put(s, key, "Subject: x\n\n", name);
		assert_true(strcmp(before, name) < 0);
		strcpy(before, name);
	}
	assert_int_equal(take(s, 3), 3);
	assert_int_equal(take(s, 3), 3);
	assert_int_equal(take(s, 3), 1);
	assert_int_equal(take(s, 3), 0);
	assert_int_equal(stored(s), 7);
}

static void test_leftovers(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
	struct spool *s = *state;
	char path[200];

	plant(s, "new.tmp", SLICE("x"));
	plant(s, "old.tmp", SLICE("x"));
	plant(s, "other", SLICE("x"));
	snprintf(path, sizeof(path), "%s/old.tmp", s->dir);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(take(s, 10), 0);
	assert_int_equal(count_files(s->dir, ""), 2);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void test_refusals(void **state)
{
	struct spool *s = *state;
	struct quarantine_envelope env = envelope(NULL);
	char name[SPOOL_NAME_SIZE];

	assert_int_equal(spool_put(s->dir, &env, SLICE("x"), name), QUARANTINE_INVALID);
	env = envelope("k");
	env.direction = 0;
	assert_int_equal(spool_put(s->dir, &env, SLICE("x"), name), QUARANTINE_INVALID);
	env = envelope("k");
	assert_int_equal(spool_put("/nonexistent/spool", &env, SLICE("x"), name), QUARANTINE_NOT_FOUND);
	assert_int_equal(spool_take_in("/nonexistent/spool", s->q, 1, NULL, NULL, NULL),
			 QUARANTINE_NOT_FOUND);
	assert_int_equal(count_files(s->dir, ""), 0);
}

/* What a filter's user may do in a folder that it may write and not read. 0, or the number of the step that
 * failed. */
static int as_filter(const struct spool *s)
{
	struct quarantine_envelope env = envelope("k");
	char name[SPOOL_NAME_SIZE];

	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 1;
	if (open(s->dir, O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES)
		return 2;
	if (spool_put(s->dir, &env, SLICE("Subject: x\n\n"), name) != QUARANTINE_OK)
		return 3;
	return spool_take_in(s->dir, s->q, 1, NULL, NULL, NULL) == QUARANTINE_DENIED ? 0 : 4;
}

static void test_write_only(void **state)
{
	struct spool *s = *state;
	int status;
	pid_t child;

	if (geteuid() == 0)
		assert_int_equal(chown(s->dir, 65534, 65534), 0);
	assert_int_equal(chmod(s->dir, 0300), 0);
	child = fork();
	if (child == 0)
		_exit(as_filter(s));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(s->dir, 0700), 0);
	assert_int_equal(take(s, 10), 1);
}

/* Takers at the same time take each file once. */
static void test_two_takers(void **state)
{
	enum { FILES = 40, TAKERS = 3 };
	struct spool *s = *state;
	char name[SPOOL_NAME_SIZE], key[20];
	int taken = 0;

	for (int i = 0; i < FILES; i++) {
		snprintf(key, sizeof(key), "%d", i);
		put(s, key, "Subject: x\n\n", name);
	}
	for (int i = 0; i < TAKERS; i++) {
		pid_t child = fork();

		if (child == 0) {
			struct quarantine *q;
			size_t n = 0;

			if (quarantine_open(s->store, QUARANTINE_WRITE, &q) != QUARANTINE_OK ||
			    spool_take_in(s->dir, q, FILES, NULL, NULL, &n) != QUARANTINE_OK)
				_exit(200);
			quarantine_close(q);
			_exit((int)n);
		}
		assert_true(child > 0);
	}
	for (int i = 0; i < TAKERS; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= FILES);
		taken += WEXITSTATUS(status);
	}
	assert_int_equal(taken, FILES);
	assert_int_equal(stored(s), FILES);
	assert_int_equal(count_files(s->dir, ""), 0);
}

/* What cannot be written whole leaves nothing behind. */
static void test_no_room(void **state)
{
	struct spool *s = *state;
	int status;
	pid_t child = fork();

	if (child == 0) {
		const struct rlimit limit = {100, 100};
		struct quarantine_envelope env = envelope("k");
		char name[SPOOL_NAME_SIZE], message[1000] = {0};

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(spool_put(s->dir, &env, slice_of(message, sizeof(message)), name) == QUARANTINE_IO ? 0
													 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count_files(s->dir, ""), 0);
}

#define spool_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header), cmocka_unit_test(test_bad_header),
		spool_test(test_put_and_take), spool_test(test_taken_twice),
		spool_test(test_locked),       spool_test(test_poison),
		spool_test(test_refused),      spool_test(test_order_and_max),
		spool_test(test_leftovers),    spool_test(test_refusals),
		spool_test(test_write_only),   spool_test(test_two_takers),
		spool_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
