/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "tmpstore.h"

/* Bytes in, bytes out. `out` is {NULL, 0} where they come back as they are. */
static const struct {
	struct slice in, out;
	bool line_feeds;
} shapes[] = {
	{{"", 0}, {NULL, 0}, false},
	{{"x", 1}, {NULL, 0}, false},
	{{"A: b\r\n\r\nbody\r\n", 14}, {NULL, 0}, false},
	{{"A: b\n\nbody\n", 11}, {"A: b\r\n\r\nbody\r\n", 14}, true},
	{{"A: b\n\nbody", 10}, {"A: b\r\n\r\nbody", 12}, true},
	{{"A: b\r\n\r\nbody\n", 13}, {NULL, 0}, false},
	{{"A: b\n\r\nbody\n", 12}, {NULL, 0}, false},
	{{"\r\n\r\n", 4}, {NULL, 0}, false},
	{{"\n", 1}, {"\r\n", 2}, true},
	{{"\r\r\r", 3}, {NULL, 0}, false},
	{{"A: \0b\r\n\r\n\0\0\0", 12}, {NULL, 0}, false},
	{{"no header at all \xff\xfe\x80", 20}, {NULL, 0}, false},
};

static void bytes_come_back(void **state)
{
	struct tmpstore *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct slice want = shapes[i].out.data ? shapes[i].out : shapes[i].in;
		int64_t message = put(t->q, shapes[i].in.data, shapes[i].in.len);
		struct quarantine_facts *facts;
		size_t len;
		char *bytes = get(t->q, message, &len);

		assert_int_equal(len, want.len);
		assert_memory_equal(bytes, want.data, len);
		free(bytes);
		assert_int_equal(quarantine_facts_get(t->q, message, &facts), QUARANTINE_OK);
		assert_int_equal(facts->line_feeds, shapes[i].line_feeds);
		assert_int_equal(facts->raw_length, shapes[i].in.len);
		free(facts);
	}
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, ARRAY_SIZE(shapes));
}

/* Bytes that do not compress, with a header. */
static char *noise(size_t len, uint32_t seed)
{
	char *bytes = malloc(len);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (char)(seed >> 24);
	}
	memcpy(bytes, "A: b\r\n\r\n", 8);
	return bytes;
}

static void large_messages_come_back(void **state)
{
	static const size_t sizes[] = {256 * 1024, 256 * 1024 + 8, 256 * 1024 + 9, 5 * 1024 * 1024,
				       60 * 1024 * 1024};
	struct tmpstore *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *bytes = noise(sizes[i], (uint32_t)i);
		int64_t message = put(t->q, bytes, sizes[i]);
		size_t len;
		char *back = get(t->q, message, &len);

		assert_int_equal(len, sizes[i]);
		assert_int_equal(memcmp(back, bytes, len), 0);
		free(back);
		free(bytes);
	}
}

static void pieces_are_cut_where_asked(void **state)
{
	struct tmpstore *t = *state;
	size_t size = 600 * 1024;
	char *bytes = noise(size, 7);
	int64_t message = put(t->q, bytes, size);
	static const size_t starts[] = {0, 7, 8, 9, 100, 262143, 262144, 262152, 262153, 524288, 614399};
	char piece[300];

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		size_t want = size - starts[i] < sizeof(piece) ? size - starts[i] : sizeof(piece);
		size_t got = 0;

		assert_int_equal(
			quarantine_content_read(t->q, message, starts[i], piece, sizeof(piece), &got),
			QUARANTINE_OK);
		assert_int_equal(got, want);
		assert_memory_equal(piece, bytes + starts[i], got);
	}
	for (uint64_t beyond = size; beyond != 0; beyond = beyond == size ? UINT64_MAX : 0) {
		size_t got = 99;

		assert_int_equal(quarantine_content_read(t->q, message, beyond, piece, 1, &got),
				 QUARANTINE_OK);
		assert_int_equal(got, 0);
	}
	assert_int_equal(quarantine_content_read(t->q, message + 1, 0, piece, 1, &size),
			 QUARANTINE_NOT_FOUND);
	free(bytes);
}

static void a_descriptor_is_read_to_its_end(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	int64_t message = 0;
	char *back;
	size_t len;
	int ends[2];

	env.direction = QUARANTINE_INCOMING;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "A: b\r\n\r\nhello", 13), 13);
	close(ends[1]);
	assert_int_equal(quarantine_deliver_fd(t->q, &env, ends[0], &message), QUARANTINE_OK);
	assert_true(fcntl(ends[0], F_GETFD) >= 0);
	close(ends[0]);
	back = get(t->q, message, &len);
	assert_int_equal(len, 13);
	assert_memory_equal(back, "A: b\r\n\r\nhello", 13);
	free(back);
	assert_int_equal(mailbox_of(t->q, "Incoming").messages, 1);
	assert_int_equal(quarantine_deliver_fd(t->q, &env, -1, &message), QUARANTINE_IO);
}

static void limits_are_met_exactly(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	char file[300];
	int fd;

	env.direction = QUARANTINE_OUTGOING;
	quarantine_set_message_max(t->q, 10);
	assert_int_equal(quarantine_deliver(t->q, &env, "0123456789", 10, NULL), QUARANTINE_OK);
	assert_int_equal(quarantine_deliver(t->q, &env, "0123456789a", 11, NULL), QUARANTINE_TOO_BIG);
	snprintf(file, sizeof(file), "%s/message", t->dir);
	fd = open(file, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, "0123456789", 10), 10);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(quarantine_deliver_fd(t->q, &env, fd, NULL), QUARANTINE_OK);
	assert_int_equal(write(fd, "a", 1), 1);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(quarantine_deliver_fd(t->q, &env, fd, NULL), QUARANTINE_TOO_BIG);
	close(fd);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 2);
}

static void envelopes_without_sense_are_refused(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_envelope good = QUARANTINE_ENVELOPE_INIT, bad;
	char key[202];

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	good.direction = QUARANTINE_OUTGOING;
	assert_int_equal(quarantine_deliver(t->q, NULL, "x", 1, NULL), QUARANTINE_INVALID);
	bad = good, bad.size = 0;
	assert_int_equal(quarantine_deliver(t->q, &bad, "x", 1, NULL), QUARANTINE_INVALID);
	bad = good, bad.direction = 3;
	assert_int_equal(quarantine_deliver(t->q, &bad, "x", 1, NULL), QUARANTINE_INVALID);
	bad = good, bad.recipient_count = 1;
	assert_int_equal(quarantine_deliver(t->q, &bad, "x", 1, NULL), QUARANTINE_INVALID);
	bad = good, bad.received = -1;
	assert_int_equal(quarantine_deliver(t->q, &bad, "x", 1, NULL), QUARANTINE_INVALID);
	bad = good, bad.delivery_key = key;
	assert_int_equal(quarantine_deliver(t->q, &bad, "x", 1, NULL), QUARANTINE_INVALID);
	bad.delivery_key = key + 1;
	assert_int_equal(quarantine_deliver(t->q, &bad, "x", 1, NULL), QUARANTINE_OK);
	assert_int_equal(quarantine_deliver(t->q, &good, NULL, 1, NULL), QUARANTINE_INVALID);
	assert_int_equal(quarantine_deliver(t->q, &good, NULL, 0, NULL), QUARANTINE_OK);
	/* An older caller knows fewer members. */
	bad = good, bad.size = offsetof(struct quarantine_envelope, score), bad.action = (const char *)1;
	assert_int_equal(quarantine_deliver(t->q, &bad, "x", 1, NULL), QUARANTINE_OK);
}

static void a_delivery_key_makes_a_retry_the_same_message(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	int64_t first, again, other;

	env.direction = QUARANTINE_OUTGOING;
	env.delivery_key = "host-1a2b3c";
	assert_int_equal(quarantine_deliver(t->q, &env, "one", 3, &first), QUARANTINE_OK);
	assert_int_equal(quarantine_deliver(t->q, &env, "two", 3, &again), QUARANTINE_OK);
	assert_int_equal(again, first);
	env.delivery_key = "host-1a2b3d";
	assert_int_equal(quarantine_deliver(t->q, &env, "one", 3, &other), QUARANTINE_OK);
	assert_int_not_equal(other, first);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 2);
	/* It is known in the week after, and when the clock was set back by one. */
	tamper(t, "UPDATE delivery_key SET week = week - 1");
	assert_int_equal(quarantine_deliver(t->q, &env, "one", 3, &again), QUARANTINE_OK);
	assert_int_equal(again, other);
	tamper(t, "UPDATE delivery_key SET week = week + 2");
	assert_int_equal(quarantine_deliver(t->q, &env, "one", 3, &again), QUARANTINE_OK);
	assert_int_equal(again, other);
	/* After its time the key is free, and old keys are swept. */
	tamper(t, "UPDATE delivery_key SET week = week - 3");
	env.delivery_key = "host-1a2b3c";
	assert_int_equal(quarantine_deliver(t->q, &env, "one", 3, &again), QUARANTINE_OK);
	assert_int_not_equal(again, first);
	assert_int_equal(ask(t, "SELECT count(*) FROM delivery_key"), 1);
}

static void a_group_is_all_or_nothing(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT, bad = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_delivery list[3] = {{&env, "a", 1, -1}, {&env, "b", 1, -1}, {&bad, "c", 1, -1}};

	env.direction = QUARANTINE_OUTGOING;
	assert_int_equal(quarantine_deliver_group(t->q, list, 3), QUARANTINE_INVALID);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 0);
	assert_int_equal(list[0].message, -1);
	bad.direction = QUARANTINE_INCOMING;
	assert_int_equal(quarantine_deliver_group(t->q, list, 3), QUARANTINE_OK);
	assert_true(list[0].message > 0 && list[1].message > list[0].message &&
		    list[2].message > list[1].message);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 2);
	assert_int_equal(mailbox_of(t->q, "Incoming").messages, 1);
	assert_int_equal(quarantine_deliver_group(t->q, NULL, 0), QUARANTINE_OK);
}

static void a_notice_goes_to_inbox(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_facts *facts;
	int64_t message;

	assert_int_equal(quarantine_notice(t->q, "Subject: hi\n\nbody\n", 18, &message), QUARANTINE_OK);
	assert_int_equal(mailbox_of(t->q, "INBOX").messages, 1);
	assert_int_equal(quarantine_facts_get(t->q, message, &facts), QUARANTINE_OK);
	assert_int_equal(facts->envelope.direction, 0);
	free(facts);
}

static void the_same_head_or_a_lone_body_is_no_matter(void **state)
{
	struct tmpstore *t = *state;

	put_text(t->q, "A: b\r\n\r\n");
	put_text(t->q, "A: b\r\n\r\n");
	put_text(t->q, "\r\nA: b\r\n\r\n");
	assert_int_equal(ask(t, "SELECT count(*) FROM message"), 3);
	assert_int_equal(ask(t, "SELECT sum(users) FROM structure"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(bytes_come_back),
		store_test(large_messages_come_back),
		store_test(pieces_are_cut_where_asked),
		store_test(a_descriptor_is_read_to_its_end),
		store_test(limits_are_met_exactly),
		store_test(envelopes_without_sense_are_refused),
		store_test(a_delivery_key_makes_a_retry_the_same_message),
		store_test(a_group_is_all_or_nothing),
		store_test(a_notice_goes_to_inbox),
		store_test(the_same_head_or_a_lone_body_is_no_matter),
	};

	return cmocka_run_group_tests_name("deliver", tests, NULL, NULL);
}
