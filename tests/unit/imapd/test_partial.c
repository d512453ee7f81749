/* SPDX-License-Identifier: ISC
 *
 * PARTIAL (RFC 9394) in SEARCH and FETCH: a window tells the same as the whole does, and costs the window. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../imapd/search/search.h"

#define DONE "a OK FETCH completed\r\n"
#define SEARCHED "a OK SEARCH completed\r\n"

enum { MANY = 3500 };

/* Marks every `step`th message but those of every seventh, unless it is these. */
static void mark(struct kit *k, unsigned step, const char *flag)
{
	struct buf line = {0};
	char separator = ' ';

	buf_add_str(&line, "STORE");
	for (unsigned i = step; i <= MANY; i += step) {
		if (step != 7 && i % 7 == 0)
			continue;
		buf_addf(&line, "%c%u", separator, i);
		separator = ',';
	}
	buf_addf(&line, " +FLAGS.SILENT (%s)", flag);
	buf_add_char(&line, '\0');
	kit_run(k, line.data);
	buf_finish(&line);
}

/* 3,500 messages of which every seventh is gone and every third is \Seen. */
static void begin(struct kit *k)
{
	kit_open(k);
	kit_deliver_many(k, MANY);
	kit_run(k, "SELECT Outgoing");
	mark(k, 7, "\\Deleted");
	mark(k, 3, "\\Seen");
	kit_run(k, "EXPUNGE");
}

/* The UIDs that the answer's line names, single or as ranges, behind `what`. */
static size_t read_set(const char *answer, const char *what, uint32_t *uids)
{
	const char *at = strstr(answer, what);
	size_t count = 0;

	assert_non_null(at);
	at += strlen(what);
	while (*at >= '0' && *at <= '9') {
		uint32_t first = (uint32_t)strtoul(at, (char **)&at, 10), last = first;

		if (*at == ':')
			last = (uint32_t)strtoul(at + 1, (char **)&at, 10);
		for (; first <= last; first++)
			uids[count++] = first;
		if (*at == ',' || *at == ' ')
			at++;
	}
	return count;
}

struct whole {
	const char *keys;
	uint32_t uids[MANY];
	size_t count;
};

static void search_whole(struct kit *k, struct whole *all)
{
	char line[200];

	snprintf(line, sizeof(line), "UID SEARCH %s", all->keys);
	all->count = read_set(kit_run(k, line), "* SEARCH ", all->uids);
	assert_in_range(all->count, 1, MANY);
}

static void check_window(struct kit *k, const struct whole *all, bool from_end, uint32_t first, uint32_t last)
{
	static uint32_t some[MANY];
	const char *minus = from_end ? "-" : "";
	char line[200], what[80];
	size_t told, from, to;

	snprintf(line, sizeof(line), "UID SEARCH RETURN (PARTIAL %s%u:%s%u) %s", minus, first, minus, last,
		 all->keys);
	snprintf(what, sizeof(what), "PARTIAL (%s%u:%s%u ", minus, first, minus, last);
	told = read_set(kit_run(k, line), what, some);
	to = all->count < last ? all->count : last;
	from = first - 1 < to ? first - 1 : to;
	assert_int_equal(told, to - from);
	if (from_end)
		assert_memory_equal(some, all->uids + all->count - to, told * sizeof(*some));
	else
		assert_memory_equal(some, all->uids + from, told * sizeof(*some));
	if (told == 0)
		assert_non_null(strstr(k->answer.data, "NIL)\r\n"));
}

static void a_window_tells_what_the_whole_does(void **context)
{
	static const char *const keys[] = {"ALL", "SEEN", "UNSEEN SUBJECT 7", "NOT 5:2900",
					   "UID 17,1999:2020"};
	static const uint32_t windows[][2] = {{1, 1},      {1, 50},      {11, 60},
					      {999, 1001}, {1000, 3500}, {4000, 4294967295}};
	static struct whole all;
	struct kit k;

	(void)context;
	begin(&k);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		all.keys = keys[i];
		search_whole(&k, &all);
		for (size_t n = 0; n < ARRAY_SIZE(windows); n++) {
			check_window(&k, &all, false, windows[n][0], windows[n][1]);
			check_window(&k, &all, true, windows[n][0], windows[n][1]);
		}
	}
	kit_expect(&k, "UID SEARCH RETURN (PARTIAL -1:-2) FLAGGED",
		   "* ESEARCH (TAG \"a\") UID PARTIAL (-1:-2 NIL)\r\n" SEARCHED);
	kit_expect(&k, "UID SEARCH RETURN (MIN) UID 1000:3000 SEEN",
		   "* ESEARCH (TAG \"a\") UID MIN 1002\r\n" SEARCHED);
	kit_expect(&k, "UID SEARCH RETURN (MAX) SEEN", "* ESEARCH (TAG \"a\") UID MAX 3498\r\n" SEARCHED);
	kit_expect(&k, "UID SEARCH RETURN (MIN MAX PARTIAL -1:-1) SEEN",
		   "* ESEARCH (TAG \"a\") UID MIN 3 MAX 3498 PARTIAL (-1:-1 3498)\r\n" SEARCHED);
	kit_expect(&k, "UID SEARCH RETURN (COUNT PARTIAL -1:-1) UID 1:20 SEEN",
		   "* ESEARCH (TAG \"a\") UID COUNT 6 PARTIAL (-1:-1 18)\r\n" SEARCHED);
	kit_close(&k);
}

/* Looks until `limit` is reached; how many messages were looked at. */
static uint32_t looked_at(struct kit *k, struct search_limit limit)
{
	struct search_key seen = {.op = SEARCH_FLAGS, .flags = QUARANTINE_SEEN, .depth = 1};
	struct search *s = search_create(k->state.view, &seen, limit);
	uint32_t done, goal;
	bool more = true;

	assert_non_null(s);
	while (more)
		assert_int_equal(search_step(s, k->q, &more), QUARANTINE_OK);
	search_progress(s, &done, &goal);
	assert_int_equal(goal, 3000);
	search_destroy(s);
	return done;
}

static void a_window_costs_the_window(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	assert_int_equal(looked_at(&k, (struct search_limit){UINT64_MAX, false}), 3000);
	assert_int_equal(looked_at(&k, (struct search_limit){UINT64_MAX, true}), 3000);
	assert_int_equal(looked_at(&k, (struct search_limit){50, true}), 1000);
	assert_int_equal(looked_at(&k, (struct search_limit){600, true}), 2000);
	kit_run(&k, "FETCH 1:* UID (PARTIAL -1:-50)");
	assert_int_equal(k.steps, 1);
	kit_close(&k);
}

static void saved_is_what_the_window_holds(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 9);
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "UID SEARCH RETURN (SAVE PARTIAL -2:-3) ALL");
	kit_expect(&k, "SEARCH $", "* SEARCH 7 8\r\n" SEARCHED);
	kit_run(&k, "UID SEARCH RETURN (SAVE MIN PARTIAL -2:-3) ALL");
	kit_expect(&k, "SEARCH $", "* SEARCH 1 7 8\r\n" SEARCHED);
	kit_run(&k, "UID SEARCH RETURN (SAVE MAX PARTIAL -2:-3) ALL");
	kit_expect(&k, "SEARCH $", "* SEARCH 7 8 9\r\n" SEARCHED);
	kit_run(&k, "UID SEARCH RETURN (SAVE MIN MAX PARTIAL 2:3) ALL");
	kit_expect(&k, "SEARCH $", "* SEARCH 1 2 3 9\r\n" SEARCHED);
	kit_run(&k, "UID SEARCH RETURN (SAVE COUNT PARTIAL 2:3) ALL");
	kit_expect(&k, "SEARCH $", "* SEARCH 1 2 3 4 5 6 7 8 9\r\n" SEARCHED);
	kit_run(&k, "UID SEARCH RETURN (SAVE) 2:3,6,8");
	kit_expect(&k, "UID FETCH $ (UID) (PARTIAL -1:-2)",
		   "* 6 FETCH (UID 6)\r\n* 8 FETCH (UID 8)\r\n" DONE);
	kit_close(&k);
}

static const struct {
	const char *command;
	const char *answer;
} fetches[] = {
	{"UID FETCH 1:* UID (PARTIAL -1:-2)", "* 8 FETCH (UID 11)\r\n* 9 FETCH (UID 12)\r\n"},
	{"UID FETCH 1:* UID (PARTIAL -2:-1)", "* 8 FETCH (UID 11)\r\n* 9 FETCH (UID 12)\r\n"},
	{"UID FETCH 1:* UID (PARTIAL 3:2)", "* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 4)\r\n"},
	{"UID FETCH 2:5,8:10 UID (PARTIAL 3:5)",
	 "* 4 FETCH (UID 5)\r\n* 6 FETCH (UID 8)\r\n* 7 FETCH (UID 10)\r\n"},
	{"UID FETCH 2:5,8:10 UID (PARTIAL -3:-5)",
	 "* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 4)\r\n* 4 FETCH (UID 5)\r\n"},
	{"UID FETCH 2:5,8:10 UID (PARTIAL 5:99)", "* 7 FETCH (UID 10)\r\n"},
	{"UID FETCH 2:5 UID (PARTIAL 4:99)", ""},
	{"UID FETCH 3,9 UID (PARTIAL 1:99)", ""},
	{"FETCH 2:4 UID (PARTIAL 2:2)", "* 3 FETCH (UID 4)\r\n"},
	{"FETCH 2:4 UID (PARTIAL -4294967295:-1)",
	 "* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 4)\r\n* 4 FETCH (UID 5)\r\n"},
	{"UID FETCH 1:* UID (PARTIAL -1:-3 CHANGEDSINCE 19)", "* 9 FETCH (UID 12 MODSEQ (20))\r\n"},
	{"UID FETCH 1:* UID (CHANGEDSINCE 16 PARTIAL 1:2)", "* 1 FETCH (UID 1 MODSEQ (19))\r\n"},
	{"UID FETCH 1:* UID (CHANGEDSINCE 16 VANISHED PARTIAL -1:-3)",
	 "* VANISHED (EARLIER) 9\r\n* 9 FETCH (UID 12 MODSEQ (20))\r\n"},
};

static void fetch_counts_what_is_there(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 12);
	kit_run(&k, "ENABLE QRESYNC");
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 3,7 +FLAGS.SILENT \\Deleted");
	kit_run(&k, "UID EXPUNGE 3,7");
	kit_run(&k, "UID STORE 9 +FLAGS.SILENT \\Deleted");
	kit_run(&k, "UID EXPUNGE 9");
	kit_run(&k, "UID STORE 6 +FLAGS.SILENT \\Flagged");
	kit_run(&k, "UID STORE 1 +FLAGS.SILENT \\Flagged");
	kit_run(&k, "UID STORE 12 +FLAGS.SILENT \\Flagged");
	for (size_t i = 0; i < ARRAY_SIZE(fetches); i++) {
		char expected[400];

		snprintf(expected, sizeof(expected), "%s" DONE, fetches[i].answer);
		kit_expect(&k, fetches[i].command, expected);
	}
	kit_close(&k);
}

static void bad_windows_are_refused(void **context)
{
	static const char *const modifiers[] = {"PARTIAL",
						"PARTIAL 1",
						"PARTIAL 0:1",
						"PARTIAL 1:-1",
						"PARTIAL -1:1",
						"PARTIAL 1:*",
						"PARTIAL -0:1",
						"PARTIAL 1:2,3",
						"PARTIAL 1:2 PARTIAL 1:2",
						"PARTIAL 4294967296:1",
						"PARTIAL 1:9223372036854775808",
						"PARTIAL -1:-18446744073709551617"};
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 3);
	kit_run(&k, "SELECT Outgoing");
	for (size_t i = 0; i < ARRAY_SIZE(modifiers); i++) {
		char line[100];

		snprintf(line, sizeof(line), "UID FETCH 1:* UID (%s)", modifiers[i]);
		if (strncmp(kit_run(&k, line), "a BAD ", 6) != 0)
			fail_msg("%s: %s", line, k.answer.data);
	}
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_tells_what_the_whole_does),
		cmocka_unit_test(a_window_costs_the_window),
		cmocka_unit_test(saved_is_what_the_window_holds),
		cmocka_unit_test(fetch_counts_what_is_there),
		cmocka_unit_test(bad_windows_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
