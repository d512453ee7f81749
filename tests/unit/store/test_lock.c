/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "tmpstore.h"

static void a_held_lock_ends_in_busy(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct timespec before, after;
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/mail/lock", t->dir);
	fd = open(path, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	env.direction = QUARANTINE_OUTGOING;
	quarantine_set_lock_timeout(t->q, 50);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(quarantine_deliver(t->q, &env, "x", 1, NULL), QUARANTINE_BUSY);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 49);
	assert_non_null(strstr(quarantine_errmsg(t->q), "lock"));
	quarantine_set_lock_timeout(t->q, 0);
	assert_int_equal(quarantine_deliver(t->q, &env, "x", 1, NULL), QUARANTINE_BUSY);
	close(fd);
	assert_int_equal(quarantine_deliver(t->q, &env, "x", 1, NULL), QUARANTINE_OK);
	assert_string_equal(quarantine_errmsg(t->q), "");
}

static void a_failed_transaction_leaves_nothing(void **state)
{
	struct tmpstore *t = *state;

	assert_int_equal(write_begin(t->q), QUARANTINE_OK);
	assert_int_equal(sqlite3_exec(t->q->db, "UPDATE mailbox SET uidnext = 99", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(write_end(t->q, QUARANTINE_LIMIT), QUARANTINE_LIMIT);
	assert_int_equal(mailbox_of(t->q, "Outgoing").uidnext, 1);
	put_text(t->q, "x");
}

static off_t wal_size(const struct tmpstore *t)
{
	char path[300];
	struct stat info;

	snprintf(path, sizeof(path), "%s/mail/quarantine.db-wal", t->dir);
	assert_int_equal(stat(path, &info), 0);
	return info.st_size;
}

/* Messages that do not compress, 30 KB each. */
static void fill(struct tmpstore *t, unsigned count, unsigned seed)
{
	static char bytes[30000];

	for (unsigned n = 0; n < count; n++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
		put(t->q, bytes, sizeof(bytes));
	}
}

static void the_log_stays_small(void **state)
{
	struct tmpstore *t = *state;

	fill(t, 600, 1);
	assert_true(wal_size(t) < 6 * 1024 * 1024);
	assert_true(t->q->wal_pages < STORE_WAL_LIMIT / STORE_PAGE_SIZE + 20);
	assert_int_equal(quarantine_checkpoint(t->q, UINT64_MAX), QUARANTINE_OK);
	assert_true(wal_size(t) > 0);
	assert_int_equal(quarantine_checkpoint(t->q, 0), QUARANTINE_OK);
	assert_int_equal(wal_size(t), 0);
}

/* As when a mail server runs a program for each message, and no server holds the store open. */
static void the_log_stays_small_when_each_opens_anew(void **state)
{
	struct tmpstore *t = *state;

	quarantine_close(t->q);
	for (unsigned i = 0; i < 40; i++) {
		t->q = tmpstore_open(t, QUARANTINE_WRITE);
		fill(t, 1, i);
		assert_true(wal_size(t) < 2 * STORE_WAL_FIRST);
		quarantine_close(t->q);
	}
	t->q = tmpstore_open(t, QUARANTINE_WRITE);
}

static void a_reader_delays_the_checkpoint_but_nobody(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *reader = tmpstore_open(t, QUARANTINE_READ);
	struct quarantine_cursor *c;
	struct quarantine_entry e;

	put_text(t->q, "x");
	put_text(t->q, "y");
	assert_int_equal(quarantine_list(reader, t->outgoing, 1, UINT32_MAX, 0, false, &c), QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	fill(t, 250, 2);
	assert_true(wal_size(t) > 7 * 1024 * 1024);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(quarantine_next(c, &e), 0);
	quarantine_cursor_close(c);
	fill(t, 50, 3);
	assert_true(t->q->wal_pages < STORE_WAL_LIMIT / STORE_PAGE_SIZE);
	quarantine_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_held_lock_ends_in_busy),
		store_test(a_failed_transaction_leaves_nothing),
		store_test(the_log_stays_small),
		store_test(the_log_stays_small_when_each_opens_anew),
		store_test(a_reader_delays_the_checkpoint_but_nobody),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
