/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tmpstore.h"

static mode_t mode_of(const struct tmpstore *t, const char *name)
{
	char path[300];
	struct stat info;

	snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	assert_int_equal(stat(path, &info), 0);
	return info.st_mode & 07777;
}

static void modes_do_not_depend_on_the_umask(void **state)
{
	struct tmpstore *t = *state;
	struct tmpstore strict = *t;
	mode_t old = umask(0777);

	snprintf(strict.dir, sizeof(strict.dir), "%.200s/new", t->dir);
	strict.q = tmpstore_open(&strict, QUARANTINE_WRITE | QUARANTINE_CREATE);
	umask(old);
	put_text(strict.q, "x");
	assert_int_equal(mode_of(&strict, "."), 0750);
	assert_int_equal(mode_of(&strict, "deliver"), 0750);
	assert_int_equal(mode_of(&strict, "mail"), 0750);
	assert_int_equal(mode_of(&strict, "mail/watch"), 0750);
	assert_int_equal(mode_of(&strict, "mail/lock"), 0640);
	assert_int_equal(mode_of(&strict, "mail/quarantine.db"), 0640);
	assert_int_equal(mode_of(&strict, "mail/quarantine.db-wal"), 0640);
	assert_int_equal(mode_of(&strict, "mail/quarantine.db-shm"), 0640);
	quarantine_close(strict.q);
	/* The log stays, so that readers without write permission may open it. */
	assert_int_equal(mode_of(&strict, "mail/quarantine.db-wal"), 0640);
}

static void what_is_no_store_is_refused(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *q = NULL;
	char path[300], why[200] = "";

	snprintf(path, sizeof(path), "%s/none", t->dir);
	assert_int_equal(quarantine_open_why(path, QUARANTINE_READ, &q, why, sizeof(why)),
			 QUARANTINE_NOT_FOUND);
	assert_non_null(strstr(why, "none"));
	assert_int_equal(quarantine_open(path, QUARANTINE_WRITE, &q), QUARANTINE_NOT_FOUND);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/none/none", t->dir);
	assert_int_equal(quarantine_open(path, QUARANTINE_WRITE | QUARANTINE_CREATE, &q),
			 QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_open("", QUARANTINE_READ, &q), QUARANTINE_INVALID);
	assert_int_equal(quarantine_open(NULL, QUARANTINE_READ, &q), QUARANTINE_INVALID);
	assert_int_equal(quarantine_open(t->dir, QUARANTINE_CREATE, &q), QUARANTINE_INVALID);
	assert_null(q);
	quarantine_close(NULL);
}

static void an_empty_or_foreign_file_is_refused(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *q = NULL;
	char path[300];

	snprintf(path, sizeof(path), "%s/mail/quarantine.db", t->dir);
	tamper(t, "PRAGMA application_id = 1");
	assert_int_equal(quarantine_open(t->dir, QUARANTINE_WRITE, &q), QUARANTINE_CORRUPT);
	quarantine_close(t->q);
	t->q = NULL;
	assert_int_equal(truncate(path, 0), 0);
	snprintf(path, sizeof(path), "%s/mail/quarantine.db-wal", t->dir);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(quarantine_open(t->dir, QUARANTINE_WRITE, &q), QUARANTINE_NOT_FOUND);
	assert_null(q);
}

static void a_newer_schema_is_refused(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *q = NULL;

	tamper(t, "PRAGMA user_version = 99");
	assert_int_equal(quarantine_open(t->dir, QUARANTINE_WRITE, &q), QUARANTINE_VERSION_TOO_NEW);
	assert_int_equal(quarantine_open(t->dir, QUARANTINE_READ, &q), QUARANTINE_VERSION_TOO_NEW);
	assert_null(q);
}

static void creating_again_keeps_what_is_there(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_mailbox before;
	struct quarantine *again;

	put_text(t->q, "x");
	before = mailbox_of(t->q, "Outgoing");
	again = tmpstore_open(t, QUARANTINE_WRITE | QUARANTINE_CREATE);
	assert_int_equal(mailbox_of(again, "Outgoing").uidvalidity, before.uidvalidity);
	assert_int_equal(mailbox_of(again, "Outgoing").messages, 1);
	quarantine_close(again);
}

static void the_way_may_lead_over_a_link(void **state)
{
	struct tmpstore *t = *state;
	struct tmpstore linked;

	snprintf(linked.dir, sizeof(linked.dir), "%.200s/link", t->dir);
	assert_int_equal(symlink(t->dir, linked.dir), 0);
	linked.q = tmpstore_open(&linked, QUARANTINE_WRITE);
	put_text(linked.q, "x");
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 1);
	quarantine_close(linked.q);
}

static void a_reader_reads_and_writes_nothing(void **state)
{
	const struct quarantine_expunge_request gone = {
		.size = sizeof(gone), .reason = QUARANTINE_REMOVED, .max = 1};
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_flag_request request = {sizeof(request), QUARANTINE_FLAGS_ADD, QUARANTINE_SEEN,
						  UINT64_MAX};
	struct quarantine_range all = {1, UINT32_MAX};
	struct quarantine *reader = tmpstore_open(t, QUARANTINE_READ);
	uint64_t bit, highest;
	size_t done, len;

	free(get(reader, put_text(t->q, "A: b\r\n\r\nx"), &len));
	assert_int_equal(len, 9);
	env.direction = QUARANTINE_OUTGOING;
	assert_int_equal(quarantine_deliver(reader, &env, "x", 1, NULL), QUARANTINE_READ_ONLY);
	assert_int_equal(quarantine_notice(reader, "x", 1, NULL), QUARANTINE_READ_ONLY);
	assert_int_equal(quarantine_flags_change(reader, t->outgoing, &all, 1, &request, &highest),
			 QUARANTINE_READ_ONLY);
	assert_int_equal(quarantine_expunge(reader, t->outgoing, &all, 1, &gone, &done),
			 QUARANTINE_READ_ONLY);
	assert_int_equal(quarantine_purge(reader, INT64_MAX, 1, &done), QUARANTINE_READ_ONLY);
	assert_int_equal(quarantine_keyword_make(reader, t->outgoing, "a", &bit), QUARANTINE_READ_ONLY);
	assert_int_equal(quarantine_mailbox_subscribe(reader, "Outgoing", false), QUARANTINE_READ_ONLY);
	assert_int_equal(quarantine_checkpoint(reader, 0), QUARANTINE_READ_ONLY);
	quarantine_close(reader);
}

/* As root nothing is forbidden, so the child becomes nobody. */
static void permission_is_said_to_be_missing(void **state)
{
	struct tmpstore *t = *state;
	int result = -1;
	pid_t child;

	if (getuid() != 0)
		skip();
	child = fork();
	if (child == 0) {
		struct quarantine *q;

		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(99);
		_exit(-quarantine_open(t->dir, QUARANTINE_READ, &q));
	}
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_int_equal(WEXITSTATUS(result), -QUARANTINE_DENIED);
}

static void a_forked_child_may_not_use_the_handle(void **state)
{
	struct tmpstore *t = *state;
	int result = -1;
	pid_t child = fork();

	if (child == 0) {
		struct quarantine_mailbox info;
		int status = quarantine_mailbox_find(t->q, "INBOX", &info);

		quarantine_close(t->q);
		_exit(-status);
	}
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_int_equal(WEXITSTATUS(result), -QUARANTINE_INVALID);
	put_text(t->q, "x");
}

static void every_status_has_a_text(void **state)
{
	(void)state;
	for (int status = 0; status >= QUARANTINE_READ_ONLY; status--)
		assert_string_not_equal(quarantine_strerror(status), "unknown error");
	assert_string_equal(quarantine_strerror(1), "unknown error");
	assert_string_equal(quarantine_strerror(-99), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(modes_do_not_depend_on_the_umask),
		store_test(what_is_no_store_is_refused),
		store_test(an_empty_or_foreign_file_is_refused),
		store_test(a_newer_schema_is_refused),
		store_test(creating_again_keeps_what_is_there),
		store_test(the_way_may_lead_over_a_link),
		store_test(a_reader_reads_and_writes_nothing),
		store_test(permission_is_said_to_be_missing),
		store_test(a_forked_child_may_not_use_the_handle),
		cmocka_unit_test(every_status_has_a_text),
	};

	return cmocka_run_group_tests_name("create", tests, NULL, NULL);
}
