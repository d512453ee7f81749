/* SPDX-License-Identifier: ISC
 *
 * Results of SEARCH and SORT that are kept up to date. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../imapd/search/search_context.h"

static void run_tagged(struct kit *k, const char *tag, const char *command, const char *answer)
{
	k->tag = tag;
	kit_expect(k, command, answer);
	k->tag = NULL;
}

static void test_flags(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 5);
	run_tagged(&p.two, "b", "UID SEARCH RETURN (UPDATE COUNT) UNFLAGGED UID 2:*",
		   "* ESEARCH (TAG \"b\") UID COUNT 4\r\nb OK SEARCH completed\r\n");
	kit_run(&p.one, "STORE 1:3 +FLAGS.SILENT \\Flagged");
	kit_expect_news(&p.two, "* 1 FETCH (FLAGS (\\Flagged))\r\n* 2 FETCH (FLAGS (\\Flagged))\r\n"
				"* 3 FETCH (FLAGS (\\Flagged))\r\n"
				"* ESEARCH (TAG \"b\") UID REMOVEFROM (0 2:3)\r\n");
	kit_run(&p.one, "STORE 1:2 -FLAGS.SILENT \\Flagged");
	kit_expect_news(&p.two, "* 1 FETCH (FLAGS ())\r\n* 2 FETCH (FLAGS ())\r\n"
				"* ESEARCH (TAG \"b\") UID ADDTO (0 2)\r\n");
	kit_run(&p.one, "STORE 2 +FLAGS.SILENT \\Seen");
	kit_expect_news(&p.two, "* 2 FETCH (FLAGS (\\Seen))\r\n");
	/* what this session changes changes its results as well */
	kit_expect(&p.two, "STORE 4:5 +FLAGS.SILENT \\Flagged",
		   "* ESEARCH (TAG \"b\") UID REMOVEFROM (0 4:5)\r\na OK STORE completed\r\n");
	kit_expect(&p.two, "CANCELUPDATE \"b\"", "a OK CANCELUPDATE completed\r\n");
	kit_expect(&p.two, "STORE 4 -FLAGS.SILENT \\Flagged", "a OK STORE completed\r\n");
	kit_expect(&p.two, "CANCELUPDATE \"b\"", "a NO No search of such a tag is kept up to date\r\n");
	kit_pair_close(&p);
}

static void test_arrivals_and_expunge(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 4);
	run_tagged(&p.two, "b", "SEARCH RETURN (UPDATE CONTEXT) SUBJECT many",
		   "* ESEARCH (TAG \"b\")\r\nb OK SEARCH completed\r\n");
	run_tagged(&p.two, "c", "SEARCH RETURN (UPDATE COUNT) BODY \"body 1\"",
		   "* ESEARCH (TAG \"c\") COUNT 1\r\nc OK SEARCH completed\r\n");
	kit_deliver(&p.one, "Subject: other\r\n\r\nbody 10\r\n");
	kit_deliver(&p.one, "Subject: many\r\n\r\nx\r\n");
	kit_expect_news(&p.two, "* 6 EXISTS\r\n* 2 RECENT\r\n* ESEARCH (TAG \"b\") ADDTO (0 6)\r\n"
				"* ESEARCH (TAG \"c\") ADDTO (0 5)\r\n");
	kit_run(&p.one, "NOOP");
	kit_run(&p.one, "STORE 1,3,5 +FLAGS.SILENT \\Deleted");
	kit_run(&p.one, "EXPUNGE");
	/* the numbers of before, and at once: but EXPUNGE waits */
	kit_expect(&p.two, "FETCH 6 UID",
		   "* 6 FETCH (UID 6)\r\n"
		   "* ESEARCH (TAG \"b\") REMOVEFROM (0 1,3)\r\n* ESEARCH (TAG \"c\") REMOVEFROM (0 1,5)\r\n"
		   "* 1 FETCH (FLAGS (\\Deleted))\r\n* 3 FETCH (FLAGS (\\Deleted))\r\n"
		   "* 5 FETCH (FLAGS (\\Recent \\Deleted))\r\na OK FETCH completed\r\n");
	kit_expect_news(&p.two, "* 5 EXPUNGE\r\n* 3 EXPUNGE\r\n* 1 EXPUNGE\r\n");
	kit_deliver(&p.one, "Subject: many\r\n\r\nx\r\n");
	kit_expect_news(&p.two, "* 4 EXISTS\r\n* 2 RECENT\r\n* ESEARCH (TAG \"b\") ADDTO (0 4)\r\n");
	kit_pair_close(&p);
}

static void test_sorted(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 0);
	kit_deliver(&p.one, "Subject: d\r\n\r\n");
	kit_deliver(&p.one, "Subject: b\r\n\r\n");
	kit_deliver(&p.one, "Subject: f\r\n\r\n");
	kit_run(&p.two, "NOOP");
	run_tagged(&p.two, "b", "UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNDELETED",
		   "* ESEARCH (TAG \"b\") UID ALL 2,1,3\r\nb OK SORT completed\r\n");
	kit_deliver(&p.one, "Subject: c\r\n\r\n"); /* 2 4 1 3 */
	kit_expect_news(&p.two, "* 4 EXISTS\r\n* 4 RECENT\r\n* ESEARCH (TAG \"b\") UID ADDTO (2 4)\r\n");
	kit_deliver(&p.one, "Subject: e\r\n\r\n"); /* 2 4 1 5 3 */
	kit_deliver(&p.one, "Subject: e\r\n\r\n"); /* 2 4 1 5 6 3 */
	kit_deliver(&p.one, "Subject: a\r\n\r\n"); /* 7 2 4 1 5 6 3 */
	kit_expect_news(&p.two,
			"* 7 EXISTS\r\n* 7 RECENT\r\n* ESEARCH (TAG \"b\") UID ADDTO (4 5:6 1 7)\r\n");
	kit_run(&p.one, "NOOP");
	kit_run(&p.one, "STORE 1,3,4,5 FLAGS.SILENT \\Deleted");
	kit_run(&p.one, "EXPUNGE"); /* 7 2 6 */
	kit_expect_news(&p.two, "* ESEARCH (TAG \"b\") UID REMOVEFROM (3 4,1,5 4 3)\r\n"
				"* 5 EXPUNGE\r\n* 4 EXPUNGE\r\n* 3 EXPUNGE\r\n* 1 EXPUNGE\r\n");
	kit_expect(&p.two, "UID STORE 2 +FLAGS.SILENT \\Deleted",
		   "* ESEARCH (TAG \"b\") UID REMOVEFROM (2 2)\r\na OK STORE completed\r\n");
	kit_expect(&p.two, "UID STORE 2 -FLAGS.SILENT \\Deleted",
		   "* ESEARCH (TAG \"b\") UID ADDTO (2 2)\r\na OK STORE completed\r\n");
	kit_pair_close(&p);
}

/* Numbers and "$" are those of the beginning; "*" is what it is now. */
static void test_frozen(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 4);
	run_tagged(&p.two, "b", "UID SEARCH RETURN (UPDATE ALL) 2:3 UNFLAGGED",
		   "* ESEARCH (TAG \"b\") UID ALL 2:3\r\nb OK SEARCH completed\r\n");
	run_tagged(&p.two, "s", "UID SEARCH RETURN (SAVE) 4", "s OK SEARCH completed\r\n");
	run_tagged(&p.two, "c", "UID SEARCH RETURN (SAVE UPDATE ALL) $ UNSEEN",
		   "* ESEARCH (TAG \"c\") UID ALL 4\r\nc OK SEARCH completed\r\n");
	run_tagged(&p.two, "d", "UID SEARCH RETURN (UPDATE ALL) UID *",
		   "* ESEARCH (TAG \"d\") UID ALL 4\r\nd OK SEARCH completed\r\n");
	run_tagged(&p.two, "e", "UID SEARCH RETURN (UPDATE ALL) *",
		   "* ESEARCH (TAG \"e\") UID ALL 4\r\ne OK SEARCH completed\r\n");
	kit_run(&p.one, "STORE 1 FLAGS.SILENT \\Deleted");
	kit_run(&p.one, "EXPUNGE");
	kit_deliver_many(&p.one, 1);
	kit_expect_news(&p.two, "* 1 EXPUNGE\r\n* 4 EXISTS\r\n* 1 RECENT\r\n"
				"* ESEARCH (TAG \"d\") UID REMOVEFROM (0 4)\r\n"
				"* ESEARCH (TAG \"d\") UID ADDTO (0 5)\r\n");
	kit_run(&p.one, "NOOP");
	kit_run(&p.one, "UID STORE 2,4:5 +FLAGS.SILENT (\\Flagged \\Seen)");
	assert_non_null(strstr(kit_news(&p.two), "* ESEARCH (TAG \"b\") UID REMOVEFROM (0 2)\r\n"
						 "* ESEARCH (TAG \"c\") UID REMOVEFROM (0 4)\r\n"));
	kit_run(&p.one, "UID STORE 5 +FLAGS.SILENT \\Deleted");
	kit_run(&p.one, "EXPUNGE");
	assert_non_null(strstr(kit_news(&p.two), "* ESEARCH (TAG \"d\") UID ADDTO (0 4)\r\n"));
	kit_pair_close(&p);
}

static void test_refusals(void **context)
{
	struct kit_pair p;
	char tag[8], expected[160];

	(void)context;
	kit_pair_open(&p, 1);
	run_tagged(&p.two, "x", "SEARCH RETURN (UPDATE COUNT) YOUNGER 60",
		   "* ESEARCH (TAG \"x\") COUNT 0\r\n"
		   "* NO [NOUPDATE \"x\"] Results of this search are not kept up to date\r\n"
		   "x OK SEARCH completed\r\n");
	for (unsigned i = 0; i < CONTEXTS_MAX; i++) {
		snprintf(tag, sizeof(tag), "t%u", i);
		snprintf(expected, sizeof(expected),
			 "* ESEARCH (TAG \"t%u\") COUNT 1\r\n%s OK SEARCH completed\r\n", i, tag);
		run_tagged(&p.two, tag, "SEARCH RETURN (UPDATE COUNT) ALL", expected);
	}
	run_tagged(&p.two, "t0", "SORT RETURN (UPDATE) (DATE) UTF-8 ALL", "t0 BAD Tag reuse\r\n");
	run_tagged(&p.two, "t0", "ESEARCH RETURN (UPDATE) ALL", "t0 BAD Tag reuse\r\n");
	run_tagged(&p.two, "y", "SEARCH RETURN (UPDATE) ALL",
		   "* ESEARCH (TAG \"y\")\r\n"
		   "* NO [NOUPDATE \"y\"] Results of this search are not kept up to date\r\n"
		   "y OK SEARCH completed\r\n");
	kit_expect(&p.two, "CANCELUPDATE \"t1\" \"t7\"", "a OK CANCELUPDATE completed\r\n");
	assert_true(strncmp(kit_run(&p.two, "CANCELUPDATE"), "a BAD ", 6) == 0);
	run_tagged(&p.two, "t1", "SEARCH RETURN (UPDATE COUNT) ALL",
		   "* ESEARCH (TAG \"t1\") COUNT 1\r\nt1 OK SEARCH completed\r\n");
	/* another mailbox: none is left */
	kit_run(&p.two, "SELECT Outgoing");
	kit_deliver_many(&p.one, 1);
	assert_null(strstr(kit_news(&p.two), "ESEARCH"));
	kit_pair_close(&p);
}

/* The program may not be longer than its bound: N-1 and beyond. */
static void test_large_program(void **context)
{
	char *command = malloc(CONTEXT_PROGRAM_MAX + 100);
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 1);
	for (unsigned over = 0; over < 2; over++) {
		size_t len = over ? CONTEXT_PROGRAM_MAX : CONTEXT_PROGRAM_MAX / 4;
		const char *answer;

		strcpy(command, "SEARCH RETURN (UPDATE) SUBJECT \"");
		memset(command + strlen(command), 'x', len);
		strcpy(command + 32 + len, "\"");
		answer = kit_run(&p.two, command);
		assert_int_equal(strstr(answer, "NOUPDATE") != NULL, over);
		kit_run(&p.two, "CANCELUPDATE \"a\"");
	}
	kit_pair_close(&p);
	free(command);
}

/* As many ranges as there is room for, and one more. */
static void test_room(void **context)
{
	enum { ROOM = CONTEXTS_RESULTS_MAX / sizeof(struct seqset_range) };
	struct seqset_builder found = {0};
	struct sort_order none = {.count = 0};
	struct context_request request = {
		.tag = SLICE("b"), .order = &none, .program = SLICE("ALL"), .found = &found};
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_run(&k, "SELECT Outgoing");
	for (uint32_t i = 0; i < ROOM; i++)
		seqset_add(&found, 2 * i + 1, 2 * i + 1);
	assert_true(contexts_add(&k.state.contexts, k.state.view, &request));
	assert_true(contexts_cancel(k.state.contexts, request.tag));
	seqset_add(&found, UINT32_MAX, UINT32_MAX);
	assert_false(contexts_add(&k.state.contexts, k.state.view, &request));
	assert_false(contexts_has(k.state.contexts, request.tag));
	seqset_finish(&found);
	kit_close(&k);
}

/* SORT has nothing to compare with any more: the client is told. */
static void test_purged_meanwhile(void **context)
{
	struct kit_pair p;
	size_t done;

	(void)context;
	kit_pair_open(&p, 3);
	run_tagged(&p.two, "b", "SORT RETURN (UPDATE COUNT) (SUBJECT) UTF-8 UNFLAGGED",
		   "* ESEARCH (TAG \"b\") COUNT 3\r\nb OK SORT completed\r\n");
	kit_run(&p.one, "STORE 3 +FLAGS.SILENT \\Flagged");
	kit_run(&p.two, "NOOP");
	kit_run(&p.one, "STORE 2 FLAGS.SILENT \\Deleted");
	kit_run(&p.two, "NOOP");
	/* 1 and 2 are results; what comes is compared with 2 first */
	kit_run(&p.one, "STORE 3 -FLAGS.SILENT \\Flagged");
	kit_run(&p.one, "EXPUNGE");
	assert_int_equal(quarantine_purge(p.one.q, INT64_MAX, 100, &done), QUARANTINE_OK);
	assert_non_null(
		strstr(kit_news(&p.two), "* ESEARCH (TAG \"b\") REMOVEFROM (2 2)\r\n* 2 EXPUNGE\r\n"));
	kit_deliver_many(&p.one, 1);
	assert_non_null(strstr(kit_news(&p.two), "* ESEARCH (TAG \"b\") ADDTO (2 3)\r\n"));
	p.two.state.contexts->list[0]->sorted[0] = 2; /* as if 2 had gone after this sync began */
	p.two.state.contexts->list[0]->sorted[1] = 2;
	p.two.state.contexts->list[0]->sorted[2] = 2;
	kit_deliver_many(&p.one, 1);
	assert_non_null(strstr(kit_news(&p.two), "* NO [NOUPDATE \"b\"] "));
	kit_deliver_many(&p.one, 1);
	assert_null(strstr(kit_news(&p.two), "ESEARCH"));
	kit_pair_close(&p);
}

/* In several lines. */
static void test_many(void **context)
{
	enum { MANY = 3000 };
	struct kit_pair p;
	const char *answer;

	(void)context;
	kit_pair_open(&p, MANY);
	run_tagged(&p.two, "b", "UID SORT RETURN (UPDATE COUNT) (REVERSE ARRIVAL) UTF-8 UNFLAGGED",
		   "* ESEARCH (TAG \"b\") UID COUNT 3000\r\nb OK SORT completed\r\n");
	kit_run(&p.one, "STORE 1:1500 +FLAGS.SILENT \\Flagged");
	answer = strstr(kit_news(&p.two), "* ESEARCH");
	assert_non_null(answer);
	assert_string_equal(strstr(answer, "REMOVEFROM"),
			    "REMOVEFROM (1 1:1000)\r\n"
			    "* ESEARCH (TAG \"b\") UID REMOVEFROM (1 1001:1500)\r\n");
	kit_run(&p.one, "STORE 1001:1040 -FLAGS.SILENT \\Flagged");
	answer = strstr(kit_news(&p.two), "* ESEARCH");
	assert_non_null(answer);
	assert_string_equal(answer, "* ESEARCH (TAG \"b\") UID ADDTO (1 1001:1032)\r\n"
				    "* ESEARCH (TAG \"b\") UID ADDTO (33 1033:1040)\r\n");
	kit_pair_close(&p);
}

/* All results are kept, though only a page of them is told. */
static void test_page(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 5);
	run_tagged(&p.two, "b", "UID SEARCH RETURN (UPDATE PARTIAL 1:2) UNFLAGGED",
		   "* ESEARCH (TAG \"b\") UID PARTIAL (1:2 1:2)\r\nb OK SEARCH completed\r\n");
	run_tagged(&p.two, "c", "UID SEARCH RETURN (CONTEXT MIN) UNFLAGGED",
		   "* ESEARCH (TAG \"c\") UID MIN 1\r\nc OK SEARCH completed\r\n");
	kit_run(&p.one, "STORE 4 +FLAGS.SILENT \\Flagged");
	kit_expect_news(&p.two,
			"* 4 FETCH (FLAGS (\\Flagged))\r\n* ESEARCH (TAG \"b\") UID REMOVEFROM (0 4)\r\n");
	kit_pair_close(&p);
}

static void test_several_mailboxes(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 1);
	p.two.tag = "b";
	assert_non_null(strstr(kit_run(&p.two, "ESEARCH IN (personal) RETURN (UPDATE COUNT) SUBJECT many"),
			       ") UID COUNT 1\r\nb OK ESEARCH completed\r\n"));
	kit_deliver_many(&p.one, 1);
	assert_non_null(strstr(kit_news(&p.two), "* ESEARCH (TAG \"b\" MAILBOX Outgoing UIDVALIDITY "));
	run_tagged(&p.two, "c", "ESEARCH IN (mailboxes INBOX) RETURN (UPDATE COUNT) ALL",
		   "* NO [NOUPDATE \"c\"] Results of this search are not kept up to date\r\n"
		   "c OK ESEARCH completed\r\n");
	kit_run(&p.two, "UNSELECT");
	assert_true(strncmp(kit_run(&p.two, "ESEARCH IN (personal) RETURN (UPDATE) ALL"), "a BAD ", 6) == 0);
	kit_pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_arrivals_and_expunge),
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_large_program),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_several_mailboxes),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_purged_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
