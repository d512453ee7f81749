/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "tmpstore.h"

enum { WRITERS = 2, EACH = 150 };

struct job {
	const struct tmpstore *store;
	unsigned number;
	atomic_int failed; /* threads do not assert */
};

static void *write_many(void *argument)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct job *job = argument;
	struct quarantine *q;
	char bytes[16384];

	env.direction = QUARANTINE_OUTGOING;
	if (quarantine_open(job->store->dir, QUARANTINE_WRITE, &q) != QUARANTINE_OK) {
		job->failed = 1;
		return NULL;
	}
	for (unsigned n = 0; n < EACH && !job->failed; n++) {
		size_t len = spam_message(bytes, sizeof(bytes), n * WRITERS + job->number);

		if (quarantine_deliver(q, &env, bytes, len, NULL) != QUARANTINE_OK)
			job->failed = 1;
		if (n % 50 == 0 && quarantine_checkpoint(q, 0) != QUARANTINE_OK)
			job->failed = 1;
	}
	quarantine_close(q);
	return NULL;
}

/* Every picture is consistent: UIDs without a gap, counters that fit, bytes that can be read. */
static void look(struct quarantine *q, int64_t mailbox, uint64_t *seen)
{
	struct quarantine_mailbox info;
	struct quarantine_range *ranges;
	size_t count, got;
	char byte;

	assert_int_equal(quarantine_uids(q, mailbox, &info, &ranges, &count), QUARANTINE_OK);
	assert_true(info.messages >= *seen);
	*seen = info.messages;
	assert_int_equal(info.uidnext, info.messages + 1);
	assert_int_equal(count, info.messages > 0);
	if (count > 0) {
		assert_int_equal(ranges[0].last, info.messages);
		assert_int_equal(quarantine_content_read(q, (int64_t)info.messages, 100, &byte, 1, &got),
				 QUARANTINE_OK);
	}
	free(ranges);
}

static void writers_and_a_reader_at_once(void **state)
{
	struct tmpstore *t = *state;
	struct job jobs[WRITERS];
	pthread_t threads[WRITERS];
	uint64_t seen = 0;

	for (unsigned i = 0; i < WRITERS; i++) {
		jobs[i] = (struct job){t, i, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, &jobs[i]), 0);
	}
	while (seen < (uint64_t)WRITERS * EACH && !jobs[0].failed && !jobs[1].failed)
		look(t->q, t->outgoing, &seen);
	for (unsigned i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		assert_false(jobs[i].failed);
	}
	look(t->q, t->outgoing, &seen);
	assert_int_equal(seen, WRITERS * EACH);
	check_sound(t);
	for (int64_t message = 1; message <= WRITERS * EACH; message++) {
		size_t len;

		free(get(t->q, message, &len));
		assert_true(len > 1000);
	}
}

static void *interrupt_after_start(void *argument)
{
	struct job *job = argument;

	while (!job->failed)
		quarantine_interrupt(job->store->q);
	return NULL;
}

/* An interrupt ends a read with its own status, or comes too early or late for it. */
static void an_interrupt_ends_a_read(void **state)
{
	struct tmpstore *t = *state;
	struct job job = {t, 0, 0};
	struct quarantine_mailbox info;
	struct quarantine_range *ranges;
	pthread_t thread;
	size_t count;
	int status = QUARANTINE_OK;

	tamper(t, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
		  "INSERT INTO entry (mailbox, uid, message, flags, modseq, received, length, header_length, "
		  "gone) "
		  "SELECT 2, i * 2, 1, 0, 1, 0, 0, 0, 0 FROM n;"
		  "UPDATE mailbox SET uidnext = 100001, messages = 50000 WHERE id = 2");
	tamper(t, "UPDATE mailbox SET messages = 50000, uidnext = 100001 WHERE id = 2");
	assert_int_equal(pthread_create(&thread, NULL, interrupt_after_start, &job), 0);
	for (int i = 0; i < 1000 && status == QUARANTINE_OK; i++) {
		status = quarantine_uids(t->q, t->outgoing, &info, &ranges, &count);
		if (status == QUARANTINE_OK)
			free(ranges);
	}
	job.failed = 1;
	pthread_join(thread, NULL);
	assert_int_equal(status, QUARANTINE_INTERRUPTED);
	assert_int_equal(quarantine_uids(t->q, t->outgoing, &info, &ranges, &count), QUARANTINE_OK);
	assert_int_equal(count, 50000);
	free(ranges);
}

/* While a cursor is open an interruption lasts; with its end it is over, for what was read beside it too. */
static void an_interrupt_under_a_cursor_passes(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, "Subject: x\r\n\r\nbody\r\n");
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	char bytes[10];
	size_t got;

	put_text(t->q, "Subject: y\r\n\r\nbody\r\n");
	assert_int_equal(quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, 0, false, &c), QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(read_begin(t->q), QUARANTINE_OK); /* as a read of content does */
	quarantine_interrupt(t->q);
	read_end(t->q);
	assert_int_not_equal(quarantine_content_read(t->q, message, 0, bytes, sizeof(bytes), &got),
			     QUARANTINE_OK);
	quarantine_cursor_close(c);
	assert_int_equal(quarantine_content_read(t->q, message, 0, bytes, sizeof(bytes), &got),
			 QUARANTINE_OK);
	put_text(t->q, "Subject: z\r\n\r\nbody\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {store_test(writers_and_a_reader_at_once),
					   store_test(an_interrupt_ends_a_read),
					   store_test(an_interrupt_under_a_cursor_passes)};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
