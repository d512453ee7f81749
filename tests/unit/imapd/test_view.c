/* SPDX-License-Identifier: ISC
 *
 * What a session is told of what others do: two sessions on one store. */
#include "kit.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static void test_arrivals(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 2);
	assert_string_equal(kit_news(&p.two), "");
	kit_deliver_many(&p.one, 3);
	assert_false(view_has_news(p.two.state.view));
	assert_string_equal(kit_news(&p.one), "* 5 EXISTS\r\n* 5 RECENT\r\n");
	assert_true(view_has_news(p.two.state.view));
	assert_string_equal(kit_news(&p.two), "* 5 EXISTS\r\n* 0 RECENT\r\n");
	assert_false(view_has_news(p.two.state.view));
	kit_pair_close(&p);
}

static void test_expunge_from_the_highest_down(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 6);
	kit_expect(&p.one, "UID STORE 2,4:5 +FLAGS.SILENT (\\Deleted)", "a OK STORE completed\r\n");
	kit_deliver_many(&p.one, 1);
	kit_expect(&p.one, "EXPUNGE",
		   "* 5 EXPUNGE\r\n* 4 EXPUNGE\r\n* 2 EXPUNGE\r\n* 4 EXISTS\r\n* 4 RECENT\r\na OK EXPUNGE "
		   "completed\r\n");
	assert_string_equal(kit_news(&p.two),
			    "* 5 EXPUNGE\r\n* 4 EXPUNGE\r\n* 2 EXPUNGE\r\n* 4 EXISTS\r\n* 0 RECENT\r\n");
	kit_expect(&p.two, "FETCH 1:4 UID",
		   "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 3)\r\n* 3 FETCH (UID 6)\r\n* 4 FETCH (UID 7)\r\n"
		   "a OK FETCH completed\r\n");
	kit_pair_close(&p);
}

/* Behind FETCH no sequence number may change; the numbers keep their meaning, and flags are told. */
static void test_hold_expunge(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 3);
	kit_run(&p.one, "UID STORE 1 +FLAGS.SILENT (\\Deleted)");
	kit_run(&p.one, "EXPUNGE");
	kit_run(&p.one, "UID STORE 3 +FLAGS.SILENT (\\Flagged)");
	kit_deliver_many(&p.one, 1);
	kit_expect(&p.two, "FETCH 3 UID",
		   "* 3 FETCH (UID 3)\r\n* 4 EXISTS\r\n* 1 RECENT\r\n* 1 FETCH (FLAGS (\\Deleted))\r\n"
		   "* 3 FETCH (FLAGS (\\Flagged))\r\na OK FETCH completed\r\n");
	kit_expect(&p.two, "FETCH 1:4 UID",
		   "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3)\r\n* 4 FETCH (UID 4)\r\n"
		   "a OK FETCH completed\r\n");
	assert_false(view_has_news(p.two.state.view)); /* but what waits */
	kit_expect(&p.two, "UID FETCH 3 UID", "* 3 FETCH (UID 3)\r\n* 1 EXPUNGE\r\na OK FETCH completed\r\n");
	assert_false(view_has_news(p.two.state.view));
	kit_pair_close(&p);
}

static void test_flags_of_others(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 2);
	kit_expect(&p.one, "STORE 2 FLAGS (\\Seen $Junk)",
		   "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)\r\n"
		   "* 2 FETCH (FLAGS (\\Recent \\Seen $Junk))\r\na OK STORE completed\r\n");
	assert_string_equal(kit_news(&p.one), "");
	assert_string_equal(kit_news(&p.two),
			    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)\r\n"
			    "* 2 FETCH (FLAGS (\\Seen $Junk))\r\n");
	kit_pair_close(&p);
}

/* Another's change of a message that this session's own change does not name is told. */
static void test_own_changes_hide_no_others(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 3);
	kit_run(&p.one, "STORE 3 +FLAGS.SILENT (\\Seen)");
	kit_expect(&p.two, "STORE 1 +FLAGS.SILENT (\\Flagged)",
		   "* 3 FETCH (FLAGS (\\Seen))\r\na OK STORE completed\r\n");
	assert_string_equal(kit_news(&p.one), "* 1 FETCH (FLAGS (\\Recent \\Flagged))\r\n");
	kit_run(&p.one, "STORE 2 +FLAGS.SILENT (\\Seen)");
	kit_expect(&p.two, "STORE 1 +FLAGS.SILENT (\\Flagged)",
		   "* 2 FETCH (FLAGS (\\Seen))\r\na OK STORE completed\r\n");
	kit_pair_close(&p);
}

static unsigned count_lines(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* More news than one step may write; more flags than the feed keeps. */
static void test_slices(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 7500);
	kit_run(&p.one, "STORE 1:* +FLAGS.SILENT (\\Deleted)");
	assert_int_equal(count_lines(kit_news(&p.two), "FETCH (FLAGS (\\Deleted))\r\n"), 7500);
	assert_string_equal(kit_news(&p.two), "");
	assert_string_equal(kit_news(&p.one), "");
	kit_run(&p.one, "UID STORE 777 FLAGS.SILENT ()");
	assert_int_equal(count_lines(kit_run(&p.one, "EXPUNGE"), "EXPUNGE\r\n"), 7499);
	assert_int_equal(count_lines(kit_news(&p.two), "EXPUNGE\r\n"), 7499);
	kit_expect(&p.two, "FETCH 1:* (UID)", "* 1 FETCH (UID 777)\r\na OK FETCH completed\r\n");
	kit_pair_close(&p);
}

/* What changes while news are told in steps is told by the next ones, below and above where they are. */
static void test_changes_between_steps(void **context)
{
	struct kit_pair p;
	const char *told;
	bool more;

	(void)context;
	kit_pair_open(&p, 7500);
	kit_run(&p.two, "ENABLE CONDSTORE");
	kit_run(&p.one, "STORE 1:* +FLAGS.SILENT (\\Flagged)");
	response_reset(&p.two.response);
	assert_int_equal(sync_tell(&p.two.state, p.two.q, &p.two.response, 0, &more), QUARANTINE_OK);
	assert_true(more);
	kit_run(&p.one, "STORE 3,7400 +FLAGS.SILENT (\\Seen)");
	told = kit_news(&p.two);
	assert_int_equal(count_lines(told, "* 3 FETCH (UID 3 FLAGS (\\Flagged) "), 1);
	assert_int_equal(count_lines(told, "* 7400 FETCH "), 0);
	assert_int_equal(count_lines(told, " FLAGS (\\Flagged"), 7499);
	told = kit_news(&p.two);
	assert_int_equal(count_lines(told, "* 7400 FETCH (UID 7400 FLAGS (\\Flagged \\Seen) "), 1);
	assert_int_equal(count_lines(told, "* 3 FETCH (UID 3 FLAGS (\\Flagged \\Seen) "), 1);
	assert_string_equal(kit_news(&p.two), "");
	kit_pair_close(&p);
}

static void test_recent_of_several_sessions(void **context)
{
	struct kit_pair p;

	(void)context;
	kit_pair_open(&p, 1);
	for (unsigned i = 0; i < 2 * VIEW_RECENT_RANGES; i++) {
		kit_deliver_many(&p.one, 1);
		kit_news(&p.two);
		kit_deliver_many(&p.one, 1);
		kit_news(&p.one);
	}
	assert_int_equal(view_recent_count(p.one.state.view), VIEW_RECENT_RANGES);
	assert_true(view_recent(p.one.state.view, 4 * VIEW_RECENT_RANGES + 1));
	assert_false(view_recent(p.one.state.view, 4 * VIEW_RECENT_RANGES));
	assert_true(view_recent(p.two.state.view, 4 * VIEW_RECENT_RANGES));
	kit_pair_close(&p);
}

static void test_run_walks_ranges_and_view(void **context)
{
	static const struct quarantine_range want[] = {{2, 2}, {4, 6}, {8, UINT32_MAX}};
	static const struct quarantine_range runs[] = {{2, 2}, {4, 4}, {6, 6}, {8, 10}, {11, 12}};
	struct quarantine_range run;
	struct kit_pair p;
	size_t at = 0;
	uint32_t uid = 0;

	(void)context;
	kit_pair_open(&p, 12);
	kit_run(&p.one, "UID STORE 1,5 +FLAGS.SILENT (\\Deleted)");
	kit_run(&p.one, "EXPUNGE");
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		assert_true(view_run(p.one.state.view, want, ARRAY_SIZE(want), &at, &uid, 3, &run));
		assert_int_equal(run.first, runs[i].first);
		assert_int_equal(run.last, runs[i].last);
	}
	assert_false(view_run(p.one.state.view, want, ARRAY_SIZE(want), &at, &uid, 3, &run));
	kit_pair_close(&p);
}

enum { THREADS = 3, ARRIVALS = 200 };

/* Syncs its session until all arrivals were told. */
static void *watch(void *argument)
{
	struct kit *k = argument;

	while (uidmap_count(k->state.view->map) < ARRIVALS)
		if (kit_news(k)[0] == '\0')
			sched_yield();
	return NULL;
}

/* Sessions on threads of their own share the feed while another delivers and changes flags. */
static void test_threads(void **context)
{
	struct kit first, kits[THREADS];
	pthread_t threads[THREADS];
	uint32_t recent = 0;

	(void)context;
	kit_open(&first);
	for (unsigned i = 0; i < THREADS; i++) {
		kit_join(&kits[i], &first);
		kit_run(&kits[i], "SELECT Outgoing");
		assert_int_equal(pthread_create(&threads[i], NULL, watch, &kits[i]), 0);
	}
	kit_run(&first, "EXAMINE Outgoing");
	for (unsigned i = 0; i < ARRIVALS; i++) {
		kit_deliver_many(&first, 1);
		if (i % 10 == 9)
			kit_run(&first, "FETCH * UID");
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		recent += view_recent_count(kits[i].state.view);
		kit_close(&kits[i]);
	}
	assert_in_range(recent, 1, ARRIVALS);
	kit_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrivals),
		cmocka_unit_test(test_expunge_from_the_highest_down),
		cmocka_unit_test(test_hold_expunge),
		cmocka_unit_test(test_flags_of_others),
		cmocka_unit_test(test_own_changes_hide_no_others),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_changes_between_steps),
		cmocka_unit_test(test_recent_of_several_sessions),
		cmocka_unit_test(test_run_walks_ranges_and_view),
		cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
