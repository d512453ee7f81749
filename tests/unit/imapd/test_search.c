/* SPDX-License-Identifier: ISC */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *const messages[] = {
	"From: Ann <ann@a.example>\r\nTo: bob@b.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from here\r\n"
	"Date: Mon, 13 Nov 2023 10:00:00 +0000\r\nX-Spam-Score: 19\r\n\r\nplain words\r\n",

	"From: eve@e.example\r\nTo: Bob <bob@b.example>, c@c.example\r\nCc: dan@d.example\r\nSubject: "
	"second\r\n"
	"Date: Tue, 14 Nov 2023 23:30:00 -0800\r\nX-Empty:\r\nContent-Type: text/plain; charset=utf-8\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\nd29uZGVyZnVsIHByaXpl\r\n",

	"Subject: third\r\nBcc: hidden@h.example\r\nContent-Type: text/html\r\n\r\n"
	"<p>click <b>h</b>ere<script>secret()</script></p>\r\n",

	"",
};

/* All over the four messages above; 3 has \Flagged and $Junk, 4 is \Seen; received on 14-Nov-2023. */
static const struct {
	const char *keys;
	const char *hits;
} cases[] = {
	{"ALL", " 1 2 3 4"},
	{"2:3", " 2 3"},
	{"1:99", " 1 2 3 4"},
	{"99", ""},
	{"*", " 4"},
	{"UID 2:* NOT 3", " 2 4"},
	{"NOT 1:*", ""},
	{"FLAGGED", " 3"},
	{"UNFLAGGED", " 1 2 4"},
	{"SEEN", " 4"},
	{"NEW", " 1 2 3"},
	{"OLD", ""},
	{"RECENT", " 1 2 3 4"},
	{"KEYWORD $junk", " 3"},
	{"UNKEYWORD $Junk", " 1 2 4"},
	{"KEYWORD nosuch", ""},
	{"UNKEYWORD nosuch", " 1 2 3 4"},
	{"ON 14-Nov-2023", " 1 2 3 4"},
	{"BEFORE 14-Nov-2023", ""},
	{"SINCE 14-Nov-2023 BEFORE 15-Nov-2023", " 1 2 3 4"},
	{"SENTON 13-Nov-2023", " 1"},
	{"SAVEDSINCE 15-Nov-2023", " 1 2 3 4"},
	{"SAVEDON 14-Nov-2023", ""},
	{"SAVEDBEFORE 15-Nov-2023", ""},
	{"SAVEDATESUPPORTED 2", " 2"},
	{"SENTON 14-Nov-2023", " 2"},
	{"SENTSINCE 14-Nov-2023", " 2"},
	{"SENTBEFORE 14-Nov-2023", " 1"},
	{"NOT SENTBEFORE 14-Nov-2023", " 2 3 4"},
	{"LARGER 0", " 1 2 3"},
	{"SMALLER 1", " 4"},
	{"OLDER 60", " 1 2 3 4"},
	{"YOUNGER 60", ""},
	{"FROM ann", " 1"},
	{"FROM EVE@", " 2"},
	{"TO bob", " 1 2"},
	{"TO \"Bob <\"", " 2"},
	{"CC dan", " 2"},
	{"BCC hidden", " 3"},
	{"SUBJECT \"gr\xc3\xbc\xc3\x9f\"", " 1"},
	{"CHARSET UTF-8 SUBJECT \"GR\xc3\x9cSSE FROM\"", " 1"},
	{"SUBJECT \"\"", " 1 2 3 4"},
	/* each needs other columns of a row */
	{"UNSEEN FROM ann", " 1"},
	{"OR SEEN FROM ann", " 1 4"},
	{"FROM e.example SUBJECT second", " 2"},
	{"OR CC dan BCC hidden", " 2 3"},
	{"OR FROM ann LARGER 0", " 1 2 3"},
	{"SINCE 14-Nov-2023 FLAGGED", " 3"},
	{"LARGER 0 UNFLAGGED", " 1 2"},
	{"FROM ann SAVEDSINCE 15-Nov-2023", " 1"},
	{"FROM ann SENTON 13-Nov-2023", " 1"},
	{"FROM ann HEADER X-Spam-Score 19", " 1"},
	{"FROM eve TEXT prize", " 2"},
	{"HEADER X-Spam-Score 19", " 1"},
	{"HEADER x-spam-score 2", ""},
	{"HEADER X-Spam-Score \"\"", " 1"},
	{"HEADER X-Empty \"\"", " 2"},
	{"HEADER Nosuch \"\"", ""},
	{"BODY words", " 1"},
	{"BODY WONDERFUL", " 2"},
	{"BODY \"click here\"", " 3"},
	{"BODY secret", ""},
	{"BODY second", ""},
	{"TEXT second", " 2"},
	{"TEXT prize", " 2"},
	{"TEXT x-spam", " 1"},
	{"NOT TEXT e", " 4"},
	{"OR BODY words SEEN", " 1 4"},
	{"OR OR FROM ann FROM eve SUBJECT third", " 1 2 3"},
	{"(OR FLAGGED SEEN) NOT (SEEN)", " 3"},
	{"NOT (OR BODY prize 1) LARGER 0", " 3"},
	{"SUBJECT third TEXT click 3", " 3"},
};

static void begin(struct kit *k)
{
	kit_open(k);
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		kit_deliver(k, messages[i]);
	kit_run(k, "SELECT Outgoing");
	kit_run(k, "STORE 3 FLAGS.SILENT (\\Flagged $Junk)");
	kit_run(k, "STORE 4 FLAGS.SILENT (\\Seen)");
}

static void test_keys(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char command[200], expected[200];

		snprintf(command, sizeof(command), "SEARCH %s", cases[i].keys);
		snprintf(expected, sizeof(expected), "* SEARCH%s\r\na OK SEARCH completed\r\n",
			 cases[i].hits);
		kit_expect(&k, command, expected);
	}
	kit_close(&k);
}

static void test_numbers_and_uids(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	kit_run(&k, "STORE 1 +FLAGS.SILENT (\\Deleted)");
	kit_run(&k, "EXPUNGE");
	kit_expect(&k, "SEARCH 2:*", "* SEARCH 2 3\r\na OK SEARCH completed\r\n");
	kit_expect(&k, "UID SEARCH 2:*", "* SEARCH 3 4\r\na OK SEARCH completed\r\n");
	kit_expect(&k, "UID SEARCH UID 2:3 LARGER 0", "* SEARCH 2 3\r\na OK SEARCH completed\r\n");
	kit_expect(&k, "UID SEARCH 1 UID 4", "* SEARCH\r\na OK SEARCH completed\r\n");
	kit_close(&k);
}

static void test_refusals(void **context)
{
	char deep[600] = "SEARCH ";
	struct kit k;

	(void)context;
	begin(&k);
	kit_expect(&k, "SEARCH CHARSET X-NONE SUBJECT a",
		   "a NO [BADCHARSET (US-ASCII UTF-8)] Unknown character set\r\n");
	for (unsigned i = 0; i < 17; i++)
		strcat(deep, "OR 1 (SEEN ");
	strcat(deep, "2");
	for (unsigned i = 0; i < 17; i++)
		strcat(deep, ")");
	assert_true(strncmp(kit_run(&k, deep), "a NO [LIMIT]", 12) == 0);
	assert_true(strncmp(kit_run(&k, "SEARCH"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "SEARCH NOSUCH"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "SEARCH ON 31-Foo-2023"), "a BAD ", 6) == 0);
	kit_close(&k);
}

/* V-47: a needle that a plain matcher tries at every place; and the bound on content. */
static void test_hostile_text(void **context)
{
	enum { LENGTH = 5 * 1024 * 1024, NEEDLE = 1000 };
	char *message = malloc(LENGTH + 1), command[NEEDLE + 40];
	struct kit k;
	clock_t start;

	(void)context;
	assert_non_null(message);
	memset(message, 'a', LENGTH);
	memcpy(message, "X: y\r\n\r\nneedle-one ", 19);
	memcpy(message + LENGTH - 12, " needle-two ", 12);
	for (size_t i = 600; i < LENGTH; i += 600)
		memcpy(message + i, "\r\n", 2);
	message[LENGTH] = '\0';
	kit_open(&k);
	kit_deliver(&k, message);
	free(message);
	kit_run(&k, "SELECT Outgoing");
	memcpy(command, "SEARCH TEXT ", 12);
	memset(command + 12, 'a', NEEDLE);
	command[12 + NEEDLE] = 'b';
	command[13 + NEEDLE] = '\0';
	start = clock();
	kit_expect(&k, command, "* SEARCH\r\na OK SEARCH completed\r\n");
	assert_true(clock() - start < 3 * CLOCKS_PER_SEC);
	kit_expect(&k, "SEARCH BODY needle-one", "* SEARCH 1\r\na OK SEARCH completed\r\n");
	kit_expect(&k, "SEARCH BODY needle-two", "* SEARCH\r\na OK SEARCH completed\r\n");
	kit_close(&k);
}

/* A line stays under 1,000,000 bytes, and every number is told once. Over a view without a store behind. */
static void test_long_answer(void **context)
{
	struct kit k;
	uint32_t expected = 1;
	size_t lines = 0;
	const char *at;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 1);
	kit_run(&k, "SELECT Outgoing");
	uidmap_release(k.state.view->map);
	k.state.view->map = uidmap_create(&(struct quarantine_range){1, 200000}, 1);
	kit_run(&k, "UID SEARCH ALL");
	for (at = k.answer.data; strncmp(at, "* SEARCH", 8) == 0; lines++) {
		const char *line = at;

		for (at += 8; *at == ' '; expected++)
			assert_int_equal(strtoul(at + 1, (char **)&at, 10), expected);
		assert_true(at - line < 1000000);
		assert_memory_equal(at, "\r\n", 2);
		at += 2;
	}
	assert_int_equal(expected, 200001);
	assert_int_equal(lines, 2);
	kit_close(&k);
}

static void test_expunged_by_others(void **context)
{
	struct kit one, two;
	size_t done;

	(void)context;
	begin(&one);
	kit_join(&two, &one);
	kit_run(&two, "SELECT Outgoing");
	kit_run(&one, "STORE 2 FLAGS.SILENT \\Deleted");
	kit_run(&one, "EXPUNGE");
	assert_non_null(strstr(kit_run(&two, "SEARCH BODY prize"), "* SEARCH 2\r\n"));
	assert_int_equal(quarantine_purge(one.q, INT64_MAX, 100, &done), QUARANTINE_OK);
	kit_expect(&two, "SEARCH BODY prize", "* SEARCH\r\na OK SEARCH completed\r\n");
	kit_expect(&two, "SEARCH SEEN", "* SEARCH 4\r\na OK SEARCH completed\r\n");
	kit_close(&two);
	kit_close(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),        cmocka_unit_test(test_numbers_and_uids),
		cmocka_unit_test(test_refusals),    cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_long_answer), cmocka_unit_test(test_expunged_by_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
