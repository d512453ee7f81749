/* SPDX-License-Identifier: ISC
 *
 * SELECT, EXAMINE, CLOSE, UNSELECT, EXPUNGE. */
#include "kit.h"

#include <stdio.h>

#define FLAGS "\\Answered \\Flagged \\Deleted \\Seen \\Draft"

static void test_select(void **context)
{
	struct kit k;
	char expected[600];

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 3);
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 1 +FLAGS.SILENT (\\Seen $Junk)");
	snprintf(expected, sizeof(expected),
		 "* OK [CLOSED] Previous mailbox is now closed\r\n"
		 "* FLAGS (" FLAGS " $Junk)\r\n* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UNSEEN 2] First unseen\r\n"
		 "* OK [PERMANENTFLAGS (" FLAGS " $Junk \\*)] Flags permitted\r\n"
		 "* OK [UIDVALIDITY %u] UIDs valid\r\n* OK [UIDNEXT 4] Predicted next UID\r\n"
		 "* OK [MAILBOXID (F2-%u)] Kept by RENAME\r\n* OK [HIGHESTMODSEQ 5] Highest\r\na OK "
		 "[READ-WRITE] SELECT completed\r\n",
		 k.state.view->box.uidvalidity, k.state.view->box.uidvalidity);
	kit_expect(&k, "SELECT \"Caught (Outgoing)\"", expected);
	assert_string_equal(k.state.view->name, "Caught (Outgoing)");
	kit_run(&k, "STORE 1:* +FLAGS.SILENT (\\Seen)");
	assert_null(strstr(kit_run(&k, "select outgoing"), "UNSEEN"));
	assert_null(k.state.view);
	assert_non_null(strstr(kit_run(&k, "select inbox"), "a OK [READ-WRITE]"));
	kit_close(&k);
}

static void test_failed_select_leaves_nothing_selected(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_run(&k, "SELECT INBOX");
	kit_expect(&k, "SELECT nosuch",
		   "* OK [CLOSED] Previous mailbox is now closed\r\n"
		   "a NO [NONEXISTENT] There is no such mailbox or message\r\n");
	assert_null(k.state.view);
	assert_true(strncmp(kit_run(&k, "SELECT Outgoing (FOO)"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "SELECT"), "a BAD ", 6) == 0);
	kit_close(&k);
}

static void test_examine(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 2);
	assert_non_null(strstr(kit_run(&k, "EXAMINE Outgoing"), "[PERMANENTFLAGS ()]"));
	kit_expect(&k, "FETCH 1 (FLAGS BODY[TEXT])",
		   "* 1 FETCH (FLAGS (\\Recent) BODY[TEXT] {8}\r\nbody 1\r\n)\r\na OK FETCH completed\r\n");
	kit_expect(&k, "STORE 1 +FLAGS (\\Deleted)", "a NO Mailbox is open read-only\r\n");
	kit_expect(&k, "EXPUNGE", "a NO Mailbox is open read-only\r\n");
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "STORE 1 +FLAGS.SILENT (\\Deleted)", "a OK STORE completed\r\n");
	assert_non_null(strstr(kit_run(&k, "EXAMINE Outgoing"), "* 0 RECENT\r\n"));
	kit_expect(&k, "CLOSE", "a OK CLOSE completed\r\n");
	kit_expect(&k, "STATUS Outgoing (MESSAGES)",
		   "* STATUS Outgoing (MESSAGES 2)\r\na OK STATUS completed\r\n");
	kit_close(&k);
}

static void test_close_and_unselect(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 2500);
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 2:2400 +FLAGS.SILENT (\\Deleted)");
	kit_expect(&k, "UNSELECT", "a OK UNSELECT completed\r\n");
	kit_expect(&k, "STATUS Outgoing (MESSAGES)",
		   "* STATUS Outgoing (MESSAGES 2500)\r\na OK STATUS completed\r\n");
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "CLOSE", "a OK CLOSE completed\r\n");
	assert_int_equal(k.steps, 3);
	assert_null(k.state.view);
	kit_expect(&k, "STATUS Outgoing (MESSAGES)",
		   "* STATUS Outgoing (MESSAGES 101)\r\na OK STATUS completed\r\n");
	kit_run(&k, "SELECT INBOX");
	kit_expect(&k, "CLOSE", "a OK CLOSE completed\r\n");
	kit_close(&k);
}

static void test_uid_expunge(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 6);
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 1:2,4:6 +FLAGS.SILENT (\\Deleted)");
	kit_expect(&k, "UID EXPUNGE 2:4,99", "* 4 EXPUNGE\r\n* 2 EXPUNGE\r\na OK EXPUNGE completed\r\n");
	kit_expect(&k, "UID EXPUNGE *", "* 4 EXPUNGE\r\na OK EXPUNGE completed\r\n");
	kit_expect(&k, "EXPUNGE", "* 3 EXPUNGE\r\n* 1 EXPUNGE\r\na OK EXPUNGE completed\r\n");
	kit_expect(&k, "EXPUNGE", "a OK EXPUNGE completed\r\n");
	kit_expect(&k, "FETCH 1 UID", "* 1 FETCH (UID 3)\r\na OK FETCH completed\r\n");
	assert_true(strncmp(kit_run(&k, "UID EXPUNGE"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "EXPUNGE 1"), "a BAD ", 6) == 0);
	kit_close(&k);
}

static void test_expunge_of_an_empty_mailbox(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "EXPUNGE", "a OK EXPUNGE completed\r\n");
	kit_expect(&k, "UID EXPUNGE 1:*", "a OK EXPUNGE completed\r\n");
	kit_expect(&k, "UID FETCH 1:* FLAGS", "a OK FETCH completed\r\n");
	kit_expect(&k, "UID STORE * FLAGS ()", "a OK STORE completed\r\n");
	kit_expect(&k, "SEARCH *:1", "* SEARCH\r\na OK SEARCH completed\r\n");
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_failed_select_leaves_nothing_selected),
		cmocka_unit_test(test_examine),
		cmocka_unit_test(test_close_and_unselect),
		cmocka_unit_test(test_uid_expunge),
		cmocka_unit_test(test_expunge_of_an_empty_mailbox),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
