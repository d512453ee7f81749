/* SPDX-License-Identifier: ISC
 *
 * NOTIFY: what is told of the selected mailbox and of others, and what is not. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../imapd/notify.h"

#define DONE(command) "a OK " command " completed\r\n"

static void test_items_of_arrivals(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 1);
	kit_expect(
		&p.two,
		"NOTIFY SET (selected (MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge))",
		DONE("NOTIFY"));
	kit_deliver(&p.one, "Subject: new\r\n\r\nx\r\n");
	kit_expect_news(&p.two,
			"* 2 EXISTS\r\n* 1 RECENT\r\n"
			"* 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT)] {16}\r\nSubject: new\r\n\r\n)\r\n");
	/* FlagChange is not asked for */
	kit_run(&p.one, "STORE 1 +FLAGS.SILENT \\Seen");
	kit_expect_news(&p.two, "");
	kit_expect(&p.two, "NOTIFY SET (selected (MessageNew MessageExpunge FlagChange))", DONE("NOTIFY"));
	kit_run(&p.one, "STORE 1 +FLAGS.SILENT \\Flagged");
	kit_expect_news(&p.two, "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen))\r\n");
	kit_deliver_many(&p.one, 1);
	kit_expect_news(&p.two, "* 3 EXISTS\r\n* 2 RECENT\r\n");
	kit_pair_close(&p);
}

/* What the client puts there itself it is not told of. */
static void test_own_arrivals(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 1);
	kit_run(&p.two, "CREATE Own");
	kit_run(&p.two, "COPY 1 Own");
	kit_run(&p.two, "SELECT Own");
	kit_run(&p.one, "COPY 1 Own");
	kit_expect(&p.two, "NOTIFY SET (selected (MessageNew (UID) MessageExpunge))",
		   "* 2 EXISTS\r\n* 2 RECENT\r\n* 2 FETCH (UID 2)\r\n" DONE("NOTIFY"));
	kit_run(&p.one, "COPY 1 Own");
	assert_non_null(strstr(kit_run(&p.two, "COPY 1 Own"),
			       "* 4 EXISTS\r\n* 4 RECENT\r\n* 3 FETCH (UID 3)\r\na OK"));
	kit_pair_close(&p);
}

/* A search that is kept up may ask for items as well: one FETCH, before the ESEARCH. */
static void test_items_of_results(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 1);
	p.two.tag = "b";
	kit_run(&p.two, "SEARCH RETURN (COUNT UPDATE (UID RFC822.SIZE)) SUBJECT boss");
	p.two.tag = NULL;
	kit_deliver(&p.one, "Subject: x\r\n\r\n");
	kit_deliver(&p.one, "Subject: boss\r\n\r\n");
	kit_expect_news(&p.two, "* 3 EXISTS\r\n* 2 RECENT\r\n* 3 FETCH (UID 3 RFC822.SIZE 17)\r\n"
				"* ESEARCH (TAG \"b\") ADDTO (0 3)\r\n");
	kit_run(&p.two, "NOTIFY SET (selected (MessageNew (FLAGS UID) MessageExpunge))");
	kit_deliver(&p.one, "Subject: x\r\n\r\n");
	kit_deliver(&p.one, "Subject: boss\r\n\r\n");
	kit_deliver(&p.one, "Subject: boss\r\n\r\n");
	kit_expect_news(&p.two, "* 6 EXISTS\r\n* 5 RECENT\r\n* 4 FETCH (UID 4 FLAGS (\\Recent))\r\n"
				"* 5 FETCH (UID 5 FLAGS (\\Recent) RFC822.SIZE 17)\r\n"
				"* 6 FETCH (UID 6 FLAGS (\\Recent) RFC822.SIZE 17)\r\n"
				"* ESEARCH (TAG \"b\") ADDTO (0 5:6)\r\n");
	assert_true(strncmp(kit_run(&p.two, "SEARCH RETURN (UPDATE (NOSUCH)) ALL"), "a BAD ", 6) == 0);
	kit_pair_close(&p);
}

/* Without a word on the selected mailbox its picture stands still; but what one expunges oneself is told. */
static void test_snapshot(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 3);
	kit_deliver_many(&p.one, 1);
	kit_expect(&p.two, "NOTIFY SET (selected NONE)", "* 4 EXISTS\r\n* 1 RECENT\r\n" DONE("NOTIFY"));
	kit_deliver_many(&p.one, 1);
	kit_run(&p.one, "STORE 1 +FLAGS.SILENT \\Deleted");
	kit_run(&p.one, "EXPUNGE");
	kit_expect(&p.two, "NOOP", DONE("NOOP"));
	kit_expect_news(&p.two, "");
	kit_expect(&p.two, "STORE 2 +FLAGS.SILENT \\Deleted", DONE("STORE"));
	kit_expect(&p.two, "EXPUNGE",
		   "* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n* 1 RECENT\r\n" DONE("EXPUNGE"));
	kit_expect(&p.two, "NOTIFY NONE", DONE("NOTIFY"));
	kit_deliver_many(&p.one, 1);
	kit_expect(&p.two, "NOOP", DONE("NOOP"));
	kit_pair_close(&p);
}

static void test_delayed_expunge(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 3);
	kit_run(&p.two, "NOTIFY SET (selected-delayed (MessageNew (UID) MessageExpunge FlagChange))");
	assert_true(notify_delays_expunge(p.two.state.notify));
	kit_run(&p.one, "STORE 2 +FLAGS.SILENT \\Deleted");
	kit_run(&p.one, "EXPUNGE");
	kit_deliver_many(&p.one, 1);
	assert_string_equal(kit_push(&p.two, SYNC_HOLDS_EXPUNGE),
			    "* 4 EXISTS\r\n* 1 RECENT\r\n* 2 FETCH (UID 2 FLAGS (\\Deleted))\r\n"
			    "* 4 FETCH (UID 4)\r\n");
	assert_false(view_has_news(p.two.state.view));
	assert_string_equal(kit_push(&p.two, SYNC_HOLDS_EXPUNGE), "");
	kit_expect(&p.two, "NOOP", "* 2 EXPUNGE\r\n" DONE("NOOP"));
	kit_pair_close(&p);
}

static void test_others(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 1);
	kit_run(&p.one, "CREATE Own");
	kit_run(&p.two, "SELECT INBOX");
	assert_non_null(strstr(
		kit_run(&p.two,
			"NOTIFY SET STATUS (mailboxes (Outgoing INBOX nosuch) (MessageNew MessageExpunge)) "
			"(subtree Own (MessageNew MessageExpunge FlagChange))"),
		"* STATUS Outgoing (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "));
	kit_deliver_many(&p.one, 2);
	kit_expect_news(&p.two, "* STATUS Outgoing (MESSAGES 3 UIDNEXT 4)\r\n");
	kit_expect_news(&p.two, "");
	kit_run(&p.one, "NOOP");
	kit_run(&p.one, "STORE 1:2 +FLAGS.SILENT \\Deleted");
	kit_expect_news(&p.two, "");
	kit_run(&p.one, "EXPUNGE");
	kit_expect_news(&p.two, "* STATUS Outgoing (MESSAGES 1 UIDNEXT 4)\r\n");
	kit_run(&p.one, "COPY 1 Own");
	kit_run(&p.one, "SELECT Own");
	assert_non_null(strstr(kit_news(&p.two), "* STATUS Own (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "));
	kit_run(&p.one, "STORE 1 +FLAGS.SILENT \\Flagged");
	kit_expect_news(&p.two, "");
	kit_run(&p.one, "STORE 1 +FLAGS.SILENT \\Seen");
	assert_non_null(strstr(kit_news(&p.two), "* STATUS Own (UIDVALIDITY "));
	kit_run(&p.two, "ENABLE CONDSTORE");
	kit_run(&p.one, "STORE 1 -FLAGS.SILENT \\Flagged");
	assert_non_null(strstr(kit_news(&p.two), " HIGHESTMODSEQ "));
	/* by oneself, which is not told; then by another, which is */
	kit_run(&p.one, "SELECT Outgoing");
	kit_run(&p.two, "SELECT Outgoing");
	assert_null(strstr(kit_run(&p.two, "COPY 1 Own"), "STATUS"));
	kit_expect_news(&p.two, "");
	kit_run(&p.one, "COPY 1 Own");
	assert_non_null(strstr(kit_news(&p.two), "* STATUS Own (MESSAGES 3 UIDNEXT 4 "));
	kit_pair_close(&p);
}

static void test_names(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 0);
	kit_run(&p.one, "CREATE Own");
	kit_run(&p.two, "NOTIFY SET (personal (MailboxName)) (subscribed (SubscriptionChange))");
	kit_run(&p.one, "CREATE Own/a");
	kit_expect_news(&p.two,
			"* LIST (\\HasNoChildren) \"/\" Own/a\r\n* LIST (\\HasChildren) \"/\" Own\r\n");
	kit_run(&p.one, "RENAME Own Other");
	kit_expect_news(&p.two, "* LIST (\\HasChildren) \"/\" Other (\"OLDNAME\" (Own))\r\n");
	kit_run(&p.one, "RENAME Other/a \"Other/b c\"");
	kit_expect_news(&p.two, "* LIST (\\HasNoChildren) \"/\" \"Other/b c\" (\"OLDNAME\" (Other/a))\r\n");
	kit_run(&p.one, "SUBSCRIBE Other");
	kit_expect_news(&p.two, "* LIST (\\Subscribed \\HasChildren) \"/\" Other\r\n");
	kit_run(&p.one, "UNSUBSCRIBE Other");
	kit_expect_news(&p.two, "* LIST (\\HasChildren) \"/\" Other\r\n");
	kit_run(&p.one, "DELETE \"Other/b c\"");
	kit_expect_news(&p.two, "* LIST (\\NonExistent \\HasNoChildren) \"/\" \"Other/b c\"\r\n"
				"* LIST (\\HasNoChildren) \"/\" Other\r\n");
	kit_run(&p.one, "CREATE Kept (USE (\\Archive))");
	kit_expect_news(&p.two, "* LIST (\\HasNoChildren \\Archive) \"/\" Kept\r\n");
	/* one's own */
	assert_null(strstr(kit_run(&p.two, "CREATE Mine/x/y"), "LIST"));
	kit_expect(&p.two, "SUBSCRIBE Mine", DONE("SUBSCRIBE"));
	kit_expect(&p.two, "RENAME Mine Yours", DONE("RENAME"));
	kit_expect(&p.two, "DELETE Yours/x/y", DONE("DELETE"));
	kit_expect_news(&p.two, "");
	kit_pair_close(&p);
}

static void test_refusals(void **context)
{
	char *command = malloc(NOTIFY_SET_MAX + 2000);
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 0);
	kit_expect(&p.two, "NOTIFY SET (personal (AnnotationChange))",
		   "a NO [BADEVENT (" NOTIFY_EVENTS ")] Unknown event\r\n");
	assert_true(strncmp(kit_run(&p.two, "NOTIFY SET (selected (MessageNew))"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&p.two, "NOTIFY"), "a BAD ", 6) == 0);
	strcpy(command, "NOTIFY SET (mailboxes (");
	for (size_t i = 0; i < NOTIFY_SET_MAX / 200; i++)
		sprintf(command + strlen(command), "%0120u ", (unsigned)i);
	strcpy(command + strlen(command) - 1, ") (MailboxName))");
	assert_non_null(strstr(kit_run(&p.two, command), "a NO [NOTIFICATIONOVERFLOW] "));
	assert_null(p.two.state.notify);
	strcpy(command, "NOTIFY SET");
	for (size_t i = 0; i <= NOTIFY_GROUPS_MAX; i++)
		strcat(command, " (personal (MailboxName))");
	assert_non_null(strstr(kit_run(&p.two, command), "a NO [NOTIFICATIONOVERFLOW] "));
	free(command);
	kit_pair_close(&p);
}

/* Up to the bound all is watched; one more, and the client is told that nothing is any more. */
static void test_overflow(void **context)
{
	struct kit_pair p;
	char command[40];
	unsigned count = 4; /* INBOX, Outgoing, Incoming, Trash */

	(void)context;
	kit_pair_open(&p, 0);
	for (; count < NOTIFY_MAILBOXES_MAX - 1; count++) {
		snprintf(command, sizeof(command), "CREATE m%u", count);
		kit_run(&p.one, command);
	}
	kit_expect(&p.two, "NOTIFY SET (selected NONE) (personal (MailboxName))", DONE("NOTIFY"));
	kit_run(&p.one, "CREATE last");
	kit_expect_news(&p.two, "* LIST (\\HasNoChildren) \"/\" last\r\n");
	kit_run(&p.one, "CREATE over");
	kit_expect_news(&p.two, "* OK [NOTIFICATIONOVERFLOW] Too many mailboxes to watch\r\n");
	kit_run(&p.one, "DELETE over");
	kit_run(&p.one, "DELETE last");
	kit_expect_news(&p.two, "");
	kit_run(&p.one, "CREATE last");
	kit_run(&p.one, "CREATE over");
	assert_non_null(strstr(kit_run(&p.two, "NOTIFY SET (personal (MailboxName))"),
			       "a NO [NOTIFICATIONOVERFLOW] "));
	kit_expect(&p.two, "NOTIFY SET (selected (MessageNew MessageExpunge))", DONE("NOTIFY"));
	kit_pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items_of_arrivals),
		cmocka_unit_test(test_own_arrivals),
		cmocka_unit_test(test_items_of_results),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_delayed_expunge),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
