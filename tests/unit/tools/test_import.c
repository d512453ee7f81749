/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../tools/quarantine/batch.h"
#include "../../../tools/quarantine/word.h"

static char folder[64];

static int setup(void **state)
{
	struct quarantine *q;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_import.XXXXXX");
	if (!mkdtemp(folder) ||
	    quarantine_open(folder, QUARANTINE_WRITE | QUARANTINE_CREATE, &q) != QUARANTINE_OK)
		return -1;
	quarantine_close(q);
	return 0;
}

static int teardown(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static uint64_t count_messages(struct quarantine *q, const char *mailbox)
{
	struct quarantine_mailbox info;

	assert_int_equal(quarantine_mailbox_find(q, mailbox, &info), QUARANTINE_OK);
	return info.messages;
}

static void add(struct batch *b, const char *text, const char *place)
{
	size_t at = b->content.len;

	buf_add_str(&b->content, text);
	batch_add(b, at, place);
}

static struct quarantine *open_writer(void)
{
	struct quarantine *q;

	assert_int_equal(quarantine_open(folder, QUARANTINE_WRITE, &q), QUARANTINE_OK);
	return q;
}

static void test_keys(void **state)
{
	struct quarantine *q = open_writer();
	struct batch b = {.store = q, .envelope = QUARANTINE_ENVELOPE_INIT};

	(void)state;
	b.envelope.direction = QUARANTINE_OUTGOING;
	for (int run = 0; run < 2; run++) {
		add(&b, "Subject: same\n\n", "byte 0");
		add(&b, "Subject: same\n\n", "byte 17");
		add(&b, "Subject: other\n\n", "byte 34");
		assert_int_equal(batch_flush(&b), QUARANTINE_OK);
		assert_int_equal(count_messages(q, "Outgoing"), 3);
	}
	assert_int_equal(b.stored, 6);

	b.envelope.direction = QUARANTINE_INCOMING;
	add(&b, "Subject: same\n\n", "byte 0");
	assert_int_equal(batch_flush(&b), QUARANTINE_OK);
	assert_int_equal(count_messages(q, "Incoming"), 1);

	b.again = true;
	add(&b, "Subject: same\n\n", "byte 0");
	assert_int_equal(batch_flush(&b), QUARANTINE_OK);
	assert_int_equal(count_messages(q, "Incoming"), 2);
	batch_finish(&b);
	quarantine_close(q);
}

/* A message that the store refuses does not keep its neighbours out. */
static void test_refused(void **state)
{
	struct quarantine *q = open_writer();
	struct batch b = {.store = q, .envelope = QUARANTINE_ENVELOPE_INIT};
	uint64_t before = count_messages(q, "Outgoing");

	(void)state;
	quarantine_set_message_max(q, 20);
	b.envelope.direction = QUARANTINE_OUTGOING;
	add(&b, "Subject: r1\n\n", "a");
	add(&b, "Subject: much too long\n\n", "b");
	add(&b, "Subject: r2\n\n", "c");
	assert_int_equal(batch_flush(&b), QUARANTINE_OK);
	assert_int_equal(b.refused, 1);
	assert_int_equal(b.stored, 2);
	assert_int_equal(count_messages(q, "Outgoing"), before + 2);
	batch_finish(&b);
	quarantine_close(q);
}

static void test_received(void **state)
{
	static const struct {
		const char *text;
		int64_t received;
	} cases[] = {
		{"Received: from a by b; Mon, 02 Nov 2026 10:00:00 +0100\nReceived: by c; Sun, 01 Nov 2026 "
		 "1:00:00 "
		 "+0000\n\n",
		 1793610000},
		{"Received: from a (x;y)\n\tby b id 1;\n\tMon, 02 Nov 2026 09:00:00 +0000 (UTC)\n\n",
		 1793610000},
		{"Received: from a by b\n\n", 0},
		{"Received: by b; yesterday\n\n", 0},
		{"Received: by b; Mon, 02 Nov 9026 09:00:00 +0000\n\n", 0},
		{"Subject: none\n\nReceived: by b; Mon, 02 Nov 2026 09:00:00 +0000\n", 0},
	};
	struct batch b = {.received_from_header = true, .again = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		add(&b, cases[i].text, "");
		assert_int_equal(b.items[i].received, cases[i].received);
	}
	batch_finish(&b);
}

static void test_full(void **state)
{
	struct batch b = {.again = true};

	(void)state;
	for (size_t i = 1; i < BATCH_MESSAGES; i++) {
		add(&b, "x", "");
		assert_false(batch_full(&b));
	}
	add(&b, "x", "");
	assert_true(batch_full(&b));
	batch_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
