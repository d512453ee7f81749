/* SPDX-License-Identifier: ISC
 *
 * LIST, LSUB, SUBSCRIBE, STATUS, and names. */
#include "kit.h"

#include <time.h>

#include "../../../imapd/box/names.h"

static const struct {
	const char *pattern;
	const char *name;
	bool matches;
} patterns[] = {
	{"*", "Outgoing", true},
	{"%", "Outgoing", true},
	{"", "Outgoing", false},
	{"Outgoing", "Outgoing", true},
	{"outgoing", "Outgoing", false},
	{"Out%", "Outgoing", true},
	{"%going", "Outgoing", true},
	{"O*o%g", "Outgoing", true},
	{"Out*x", "Outgoing", false},
	{"Outgoing*", "Outgoing", true},
	{"Outgoin", "Outgoing", false},
	{"Outgoing%%", "Outgoing", true},
	{"inbox", "INBOX", true},
	{"iN%x", "INBOX", true},
	{"inboxx", "INBOX", false},
	{"%", "a/b", false},
	{"*", "a/b", true},
	{"%/%", "a/b", true},
	{"%/%", "ab", false},
	{"a%", "a/b", false},
	{"*%", "a/b/c", true},
	{"%*", "a/b/c", true},
	{"%/c", "a/b/c", false},
	{"*/c", "a/b/c", true},
	{"%%/%", "a/b", true},
	{"a*%b", "a/xb", true},
	{"\xff*", "INBOX", false},
};

static void test_patterns(void **context)
{
	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (box_matches(slice_str(patterns[i].pattern), slice_str(patterns[i].name)) !=
		    patterns[i].matches)
			fail_msg("%s against %s", patterns[i].pattern, patterns[i].name);
}

/* V-15: a matcher that tries all ways would take for ever. */
static void test_hostile_pattern(void **context)
{
	char pattern[BOX_PATTERN_MAX + 2], name[QUARANTINE_NAME_MAX];
	clock_t start = clock();

	(void)context;
	for (size_t i = 0; i < BOX_PATTERN_MAX; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[BOX_PATTERN_MAX - 1] = 'b';
	memset(name, 'a', sizeof(name));
	for (unsigned i = 0; i < 10; i++) {
		assert_false(box_matches(slice_of(pattern, BOX_PATTERN_MAX), slice_of(name, sizeof(name))));
		pattern[0] = '%';
		assert_false(box_matches(slice_of(pattern, 500), slice_of(name, sizeof(name))) &&
			     pattern[499] == 'b');
	}
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	assert_false(box_matches(slice_of(pattern, BOX_PATTERN_MAX + 1), slice_of(name, sizeof(name))));
}

#define TRASH(command) "* " command " (\\HasNoChildren \\Trash) \"/\" Trash\r\n"
#define LINE(command, name) "* " command " (\\HasNoChildren) \"/\" " name "\r\n"

static void test_list(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_expect(&k, "LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\na OK LIST completed\r\n");
	kit_expect(&k, "LSUB \"\" \"\"", "* LSUB (\\Noselect) \"/\" \"\"\r\na OK LSUB completed\r\n");
	kit_expect(&k, "LIST \"\" *",
		   LINE("LIST", "INBOX") LINE("LIST", "Incoming") LINE("LIST", "Outgoing")
			   TRASH("LIST") "a OK LIST completed\r\n");
	kit_expect(&k, "LSUB \"\" %",
		   LINE("LSUB", "INBOX") LINE("LSUB", "Incoming") LINE("LSUB", "Outgoing")
			   TRASH("LSUB") "a OK LSUB completed\r\n");
	kit_expect(&k, "LIST \"\" inbox", LINE("LIST", "INBOX") "a OK LIST completed\r\n");
	kit_expect(&k, "LIST In c%", LINE("LIST", "Incoming") "a OK LIST completed\r\n");
	kit_expect(&k, "LIST \"\" Caught", "a OK LIST completed\r\n");
	kit_expect(&k, "LIST \"\" &", "a OK LIST completed\r\n");
	kit_expect(&k, "LIST \"\" %/%", "a OK LIST completed\r\n");
	kit_close(&k);
}

static void test_subscribe(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_expect(&k, "UNSUBSCRIBE Caught", "a OK UNSUBSCRIBE completed\r\n");
	kit_expect(&k, "LSUB \"\" I*", LINE("LSUB", "INBOX") "a OK LSUB completed\r\n");
	kit_expect(&k, "SUBSCRIBE Incoming", "a OK SUBSCRIBE completed\r\n");
	kit_expect(&k, "LSUB \"\" I*",
		   LINE("LSUB", "INBOX") LINE("LSUB", "Incoming") "a OK LSUB completed\r\n");
	assert_non_null(strstr(kit_run(&k, "SUBSCRIBE nosuch"), "a NO [NONEXISTENT]"));
	kit_close(&k);
}

static void test_status(void **context)
{
	struct kit k;
	const char *answer;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 3);
	kit_expect(&k, "STATUS Outgoing (MESSAGES)",
		   "* STATUS Outgoing (MESSAGES 3)\r\na OK STATUS completed\r\n");
	kit_expect(
		&k, "STATUS \"Caught (Outgoing)\" (unseen Recent UIDNEXT)",
		"* STATUS \"Caught (Outgoing)\" (UNSEEN 3 RECENT 3 UIDNEXT 4)\r\na OK STATUS completed\r\n");
	answer = kit_run(&k, "STATUS inbox (UIDVALIDITY MESSAGES)");
	assert_non_null(strstr(answer, "* STATUS INBOX (UIDVALIDITY "));
	assert_null(strstr(answer, "UIDVALIDITY 0"));
	assert_non_null(strstr(kit_run(&k, "STATUS nosuch (MESSAGES)"), "a NO [NONEXISTENT]"));
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 2 +FLAGS.SILENT (\\Seen)");
	kit_expect(&k, "STATUS Outgoing (UNSEEN RECENT)",
		   "* STATUS Outgoing (UNSEEN 2 RECENT 0)\r\na OK STATUS completed\r\n");
	kit_deliver_many(&k, 1);
	kit_expect(&k, "STATUS Outgoing (RECENT)",
		   "* STATUS Outgoing (RECENT 1)\r\n* 4 EXISTS\r\n* 4 RECENT\r\na OK STATUS completed\r\n");
	kit_close(&k);
}

static void test_bad_arguments(void **context)
{
	static const char *const commands[] = {
		"LIST",
		"LIST \"\"",
		"LIST \"\" a b",
		"SUBSCRIBE",
		"STATUS Outgoing",
		"STATUS Outgoing MESSAGES",
		"STATUS Outgoing ()",
		"STATUS Outgoing (MESSAGES",
		"STATUS Outgoing (SIZES)",
		"STATUS Outgoing (MESSAGESX)",
		"STATUS Outgoing (MESSAGES) x",
	};
	struct kit k;

	(void)context;
	kit_open(&k);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strncmp(kit_run(&k, commands[i]), "a BAD ", 6) != 0)
			fail_msg("%s", commands[i]);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns), cmocka_unit_test(test_hostile_pattern),
		cmocka_unit_test(test_list),     cmocka_unit_test(test_subscribe),
		cmocka_unit_test(test_status),   cmocka_unit_test(test_bad_arguments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
