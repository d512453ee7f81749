/* SPDX-License-Identifier: ISC
 *
 * The command STORE. */
#include "kit.h"

#include <stdio.h>

#define DONE "a OK STORE completed\r\n"

static void begin(struct kit *k, unsigned messages)
{
	kit_open(k);
	kit_deliver_many(k, messages);
	kit_run(k, "SELECT Outgoing");
	kit_run(k, "SELECT Outgoing");
}

static void test_changes(void **context)
{
	struct kit k;

	(void)context;
	begin(&k, 3);
	kit_expect(&k, "STORE 1:2 FLAGS (\\Seen \\Flagged)",
		   "* 1 FETCH (FLAGS (\\Flagged \\Seen))\r\n* 2 FETCH (FLAGS (\\Flagged \\Seen))\r\n" DONE);
	kit_expect(&k, "store 2 -flags \\seen", "* 2 FETCH (FLAGS (\\Flagged))\r\n" DONE);
	kit_expect(&k, "STORE 2 +FLAGS (\\Draft)", "* 2 FETCH (FLAGS (\\Flagged \\Draft))\r\n" DONE);
	kit_expect(&k, "UID STORE 2:3 +FLAGS \\Answered \\Deleted",
		   "* 2 FETCH (UID 2 FLAGS (\\Answered \\Flagged \\Deleted \\Draft))\r\n"
		   "* 3 FETCH (UID 3 FLAGS (\\Answered \\Deleted))\r\n" DONE);
	kit_expect(&k, "STORE 1:* FLAGS.SILENT ()", DONE);
	kit_expect(&k, "FETCH 1:3 FLAGS",
		   "* 1 FETCH (FLAGS ())\r\n* 2 FETCH (FLAGS ())\r\n* 3 FETCH (FLAGS ())\r\na OK FETCH "
		   "completed\r\n");
	kit_expect(&k, "STORE 2 +FLAGS ()", "* 2 FETCH (FLAGS ())\r\n" DONE);
	kit_expect(&k, "UID STORE 99 +FLAGS \\Seen", DONE);
	kit_expect(&k, "UID STORE 1,99,3 +FLAGS.SILENT \\Seen", DONE);
	kit_close(&k);
}

static void test_keywords(void **context)
{
	struct kit k;

	(void)context;
	begin(&k, 1);
	kit_expect(&k, "STORE 1 -FLAGS ($None)", "* 1 FETCH (FLAGS ())\r\n" DONE);
	kit_expect(&k, "STORE 1 +FLAGS (Junk $label1)",
		   "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Junk $label1)\r\n"
		   "* 1 FETCH (FLAGS (Junk $label1))\r\n" DONE);
	kit_expect(&k, "STORE 1 +FLAGS (JUNK)", "* 1 FETCH (FLAGS (Junk $label1))\r\n" DONE);
	kit_expect(&k, "STORE 1 -FLAGS (junk)", "* 1 FETCH (FLAGS ($label1))\r\n" DONE);
	kit_close(&k);
}

static void test_keyword_limit(void **context)
{
	struct kit k;
	char command[64];

	(void)context;
	begin(&k, 1);
	for (unsigned i = 0; i < QUARANTINE_KEYWORDS_MAX; i++) {
		snprintf(command, sizeof(command), "STORE 1 +FLAGS.SILENT (k%u)", i);
		assert_non_null(strstr(kit_run(&k, command), DONE));
	}
	assert_true(strncmp(kit_run(&k, "STORE 1 +FLAGS (more)"), "a NO [LIMIT]", 12) == 0);
	assert_non_null(strstr(kit_run(&k, "FETCH 1 FLAGS"), " k57))\r\n"));
	kit_close(&k);
}

static void test_refusals(void **context)
{
	static const char *const commands[] = {
		"STORE 1 +FLAGS (\\Recent)",
		"STORE 1 FLAGS (\\Nosuch)",
		"STORE 1",
		"STORE 1 FLAGS",
		"STORE 1 ++FLAGS ()",
		"STORE 1 FLAGS.LOUD ()",
		"STORE 1 FLAGS (\\Seen",
		"STORE 9 FLAGS ()",
		"STORE x FLAGS ()",
	};
	struct kit k;

	(void)context;
	begin(&k, 1);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strncmp(kit_run(&k, commands[i]), "a BAD ", 6) != 0)
			fail_msg("%s: %s", commands[i], k.answer.data);
	kit_close(&k);
}

/* Slices: a transaction changes some thousand entries, never all, and the session is not told of its own. */
static void test_many(void **context)
{
	struct quarantine_mailbox before, after;
	struct kit k;
	char set[4000] = "UID STORE 1";
	size_t len = strlen(set);

	(void)context;
	begin(&k, 5000);
	assert_int_equal(quarantine_mailbox_find(k.q, "Outgoing", &before), QUARANTINE_OK);
	kit_expect(&k, "STORE 1:* +FLAGS.SILENT (\\Seen)", DONE);
	assert_int_equal(quarantine_mailbox_find(k.q, "Outgoing", &after), QUARANTINE_OK);
	assert_in_range(after.highest_modseq - before.highest_modseq, 2, 5000 / VIEW_SLICE);
	assert_int_equal(after.unseen, 0);
	for (unsigned uid = 3; uid < 1200; uid += 2)
		len += (size_t)snprintf(set + len, sizeof(set) - len, ",%u", uid);
	snprintf(set + len, sizeof(set) - len, " -FLAGS.SILENT (\\Seen)");
	kit_expect(&k, set, DONE);
	assert_int_equal(quarantine_mailbox_find(k.q, "Outgoing", &after), QUARANTINE_OK);
	assert_int_equal(after.unseen, 600);
	kit_close(&k);
}

/* A mailbox that has all the keywords it can have says so, also when it gets the last one. */
static void test_all_keywords(void **context)
{
	static const char none[] = "\\Draft";
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 1);
	kit_run(&k, "SELECT Outgoing");
	for (unsigned i = 1; i <= QUARANTINE_KEYWORDS_MAX; i++) {
		char command[60];
		bool full = i == QUARANTINE_KEYWORDS_MAX;

		snprintf(command, sizeof(command), "STORE 1 +FLAGS.SILENT k%u", i);
		assert_int_equal(strstr(kit_run(&k, command), "PERMANENTFLAGS") != NULL, full);
	}
	assert_null(strstr(k.answer.data, "\\*"));
	assert_non_null(strstr(k.answer.data, none));
	assert_null(strstr(kit_run(&k, "SELECT Outgoing"), "\\*"));
	kit_expect(&k, "STORE 1 +FLAGS.SILENT one-more", "a NO [LIMIT] A limit of the store is reached\r\n");
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),       cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_keyword_limit), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_many),          cmocka_unit_test(test_all_keywords),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
