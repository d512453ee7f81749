/* SPDX-License-Identifier: ISC
 *
 * What SEARCH tells and keeps when it is asked with RETURN. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 10 };

/* Ten messages; UID 3 and 4 are gone, so that numbers and UIDs differ; 1, 2, 8 and 10 are \Seen. */
static void begin(struct kit *k)
{
	kit_open(k);
	kit_deliver_many(k, MANY);
	kit_run(k, "SELECT Outgoing");
	kit_run(k, "STORE 3:4 +FLAGS.SILENT \\Deleted");
	kit_run(k, "EXPUNGE");
	kit_run(k, "UID STORE 1:2,8,10 +FLAGS.SILENT \\Seen");
}

static const struct {
	const char *command;
	const char *answer;
} cases[] = {
	{"SEARCH RETURN () ALL", "ALL 1:8"},
	{"UID SEARCH RETURN () ALL", "UID ALL 1:2,5:10"},
	{"UID SEARCH RETURN (ALL) SEEN", "UID ALL 1:2,8,10"},
	{"SEARCH RETURN (ALL) SEEN", "ALL 1:2,6,8"},
	{"SEARCH RETURN (MIN MAX COUNT) SEEN", "MIN 1 MAX 8 COUNT 4"},
	{"UID SEARCH RETURN (MAX MIN) UNSEEN", "UID MIN 5 MAX 9"},
	{"SEARCH RETURN (MIN MAX) DRAFT", ""},
	{"SEARCH RETURN (ALL) DRAFT", ""},
	{"UID SEARCH RETURN (MIN COUNT ALL) DRAFT", "UID COUNT 0"},
	{"UID SEARCH RETURN (PARTIAL 1:3) ALL", "UID PARTIAL (1:3 1:2,5)"},
	{"SEARCH RETURN (PARTIAL 2:4) ALL", "PARTIAL (2:4 2:4)"},
	{"UID SEARCH RETURN (PARTIAL 4:2) ALL", "UID PARTIAL (4:2 2,5:6)"},
	{"UID SEARCH RETURN (PARTIAL 7:90) ALL", "UID PARTIAL (7:90 9:10)"},
	{"UID SEARCH RETURN (PARTIAL 8:8) ALL", "UID PARTIAL (8:8 10)"},
	{"UID SEARCH RETURN (PARTIAL 9:9) ALL", "UID PARTIAL (9:9 NIL)"},
	{"UID SEARCH RETURN (PARTIAL -1:-2) ALL", "UID PARTIAL (-1:-2 9:10)"},
	{"UID SEARCH RETURN (PARTIAL -7:-6) ALL", "UID PARTIAL (-7:-6 2,5)"},
	{"UID SEARCH RETURN (PARTIAL -8:-80) ALL", "UID PARTIAL (-8:-80 1)"},
	{"UID SEARCH RETURN (PARTIAL -9:-80) ALL", "UID PARTIAL (-9:-80 NIL)"},
	{"SEARCH RETURN (PARTIAL 1:1 COUNT) DRAFT", "COUNT 0 PARTIAL (1:1 NIL)"},
};

static void test_answers(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char expected[200];

		snprintf(expected, sizeof(expected), "* ESEARCH (TAG \"a\")%s%s\r\na OK SEARCH completed\r\n",
			 cases[i].answer[0] ? " " : "", cases[i].answer);
		kit_expect(&k, cases[i].command, expected);
	}
	kit_close(&k);
}

/* By RFC 5182 section 2.4 and RFC 9394 section 3.2. */
static const struct {
	const char *options;
	const char *saved;
} saves[] = {
	{"SAVE", "1:2,8,10"},
	{"SAVE ALL", "1:2,8,10"},
	{"SAVE COUNT", "1:2,8,10"},
	{"SAVE MIN", "1"},
	{"MAX SAVE", "10"},
	{"MIN SAVE MAX", "1,10"},
	{"MIN SAVE COUNT", "1:2,8,10"},
	{"SAVE PARTIAL 2:3", "2,8"},
	{"SAVE PARTIAL 2:2 MAX", "2,10"},
	{"SAVE PARTIAL 1:2 MIN MAX", "1:2,10"},
	{"SAVE PARTIAL 2:3 COUNT", "1:2,8,10"},
};

static void test_saved(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	for (size_t i = 0; i < ARRAY_SIZE(saves); i++) {
		char command[100], expected[200];

		kit_run(&k, "SEARCH RETURN (SAVE) DRAFT");
		snprintf(command, sizeof(command), "SEARCH RETURN (%s) SEEN", saves[i].options);
		kit_run(&k, command);
		snprintf(expected, sizeof(expected),
			 "* ESEARCH (TAG \"a\") UID ALL %s\r\na OK SEARCH completed\r\n", saves[i].saved);
		kit_expect(&k, "UID SEARCH RETURN () $", expected);
	}
	kit_expect(&k, "SEARCH RETURN (SAVE) SEEN", "a OK SEARCH completed\r\n");
	kit_close(&k);
}

static void test_saved_is_used(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	kit_expect(&k, "SEARCH $", "* SEARCH\r\na OK SEARCH completed\r\n");
	kit_expect(&k, "FETCH $ UID", "a OK FETCH completed\r\n");
	kit_run(&k, "SEARCH RETURN (SAVE) SEEN");
	kit_expect(&k, "FETCH $ UID",
		   "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n* 6 FETCH (UID 8)\r\n* 8 FETCH (UID 10)\r\n"
		   "a OK FETCH completed\r\n");
	kit_expect(&k, "UID SEARCH UID $ NOT 1", "* SEARCH 2 8 10\r\na OK SEARCH completed\r\n");
	kit_expect(&k, "UID SEARCH RETURN (SAVE) $ 2:*", "a OK SEARCH completed\r\n");
	kit_expect(&k, "SEARCH OR $ 3", "* SEARCH 2 3 6 8\r\na OK SEARCH completed\r\n");
	kit_run(&k, "STORE $ +FLAGS.SILENT \\Deleted");
	kit_run(&k, "STORE 2,6 -FLAGS.SILENT \\Deleted");
	kit_run(&k, "EXPUNGE");
	kit_expect(&k, "SEARCH $", "* SEARCH 2 6\r\na OK SEARCH completed\r\n");
	kit_expect(&k, "SEARCH RETURN (SAVE) NOSUCH", "a BAD Unknown search key\r\n");
	kit_expect(&k, "SEARCH $", "* SEARCH 2 6\r\na OK SEARCH completed\r\n");
	kit_run(&k, "SEARCH CHARSET X-NONE SUBJECT x");
	kit_expect(&k, "SEARCH $", "* SEARCH 2 6\r\na OK SEARCH completed\r\n");
	kit_run(&k, "SEARCH RETURN (SAVE) CHARSET X-NONE SUBJECT x");
	kit_expect(&k, "SEARCH $", "* SEARCH\r\na OK SEARCH completed\r\n");
	kit_run(&k, "SEARCH RETURN (SAVE) ALL");
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "SEARCH $", "* SEARCH\r\na OK SEARCH completed\r\n");
	kit_close(&k);
}

enum { TOP = 400000 };

/* A view of every other UID, without a store behind it; lasts until the next sync. */
static void select_gaps(struct kit *k)
{
	struct quarantine_range *ranges = calloc(TOP / 2, sizeof(*ranges));

	assert_non_null(ranges);
	for (uint32_t i = 0; i < TOP / 2; i++)
		ranges[i] = (struct quarantine_range){2 * i + 2, 2 * i + 2};
	kit_run(k, "SELECT Outgoing");
	uidmap_release(k->state.view->map);
	k->state.view->map = uidmap_create(ranges, TOP / 2);
	free(ranges);
}

/* Told whole over several steps, too much to be saved. */
static void test_many_ranges(void **context)
{
	uint32_t expected = 2;
	struct kit k;
	const char *at;

	(void)context;
	kit_open(&k);
	select_gaps(&k);
	at = strstr(kit_run(&k, "UID SEARCH RETURN () 1:199999"), "ALL ");
	assert_true(k.steps > 4);
	assert_non_null(at);
	for (at += 3; *at == ',' || *at == ' '; expected += 2)
		assert_int_equal(strtoul(at + 1, (char **)&at, 10), expected);
	assert_int_equal(expected, TOP);
	select_gaps(&k);
	assert_non_null(strstr(kit_run(&k, "SEARCH RETURN (SAVE) ALL"), "a NO [NOTSAVED]"));
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_saved_is_used),
		cmocka_unit_test(test_many_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
