/* SPDX-License-Identifier: ISC
 *
 * QRESYNC: SELECT and UID FETCH for a client that comes back; long answers; what was purged. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Selects as a client that knew the mailbox at `modseq`; what follows the mailbox's own lines. */
static const char *resync(struct kit *k, uint32_t uidvalidity, uint64_t modseq, const char *more)
{
	char line[4096];
	const char *answer;

	snprintf(line, sizeof(line), "SELECT Outgoing (QRESYNC (%u %llu%s))", uidvalidity,
		 (unsigned long long)modseq, more);
	answer = strstr(kit_run(k, line), "[HIGHESTMODSEQ");
	assert_non_null(answer);
	return strchr(answer, '\n') + 1;
}

static void what_happened_meanwhile_is_told(void **context)
{
	struct kit k;
	uint32_t uidvalidity;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 9);
	kit_run(&k, "ENABLE QRESYNC");
	kit_run(&k, "SELECT Outgoing");
	uidvalidity = k.state.view->box.uidvalidity;
	kit_run(&k, "STORE 3,5:6,9 +FLAGS.SILENT (\\Deleted)");
	kit_expect(&k, "UID EXPUNGE 3,5:6", "* VANISHED 3,5:6\r\na OK EXPUNGE completed\r\n");
	kit_expect(&k, "EXPUNGE", "* VANISHED 9\r\na OK EXPUNGE completed\r\n");
	kit_run(&k, "UID STORE 4,7 +FLAGS.SILENT (\\Seen)");
	assert_string_equal(resync(&k, uidvalidity, 11, ""),
			    "* VANISHED (EARLIER) 3,5:6,9\r\n"
			    "* 3 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (14))\r\n"
			    "* 4 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (14))\r\n"
			    "a OK [READ-WRITE] SELECT completed\r\n");
	assert_string_equal(resync(&k, uidvalidity, 12, " 4:6,9:99"),
			    "* VANISHED (EARLIER) 9\r\n* 3 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (14))\r\n"
			    "a OK [READ-WRITE] SELECT completed\r\n");
	assert_string_equal(resync(&k, uidvalidity, 14, " 1:9 (1,2 1,2)"),
			    "a OK [READ-WRITE] SELECT completed\r\n");
	assert_string_equal(resync(&k, uidvalidity, 13, " (1,2 1,2)"),
			    "* 3 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (14))\r\n"
			    "* 4 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (14))\r\n"
			    "a OK [READ-WRITE] SELECT completed\r\n");
	assert_string_equal(resync(&k, uidvalidity + 1, 11, ""), "a OK [READ-WRITE] SELECT completed\r\n");
	kit_close(&k);
}

static void what_was_purged_is_told_too(void **context)
{
	struct kit k;
	uint32_t uidvalidity;
	size_t done;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 4);
	kit_run(&k, "ENABLE QRESYNC");
	kit_run(&k, "SELECT Outgoing");
	uidvalidity = k.state.view->box.uidvalidity;
	kit_run(&k, "STORE 1:4 +FLAGS.SILENT (\\Deleted)");
	kit_run(&k, "EXPUNGE");
	assert_int_equal(quarantine_purge(k.q, INT64_MAX, 100, &done), QUARANTINE_OK);
	assert_int_equal(done, 4);
	assert_string_equal(resync(&k, uidvalidity, 1, ""),
			    "* VANISHED (EARLIER) 1:4\r\na OK [READ-WRITE] SELECT completed\r\n");
	kit_expect(&k, "UID FETCH 2:* FLAGS (CHANGEDSINCE 1 VANISHED)",
		   "* VANISHED (EARLIER) 2:4\r\na OK FETCH completed\r\n");
	kit_close(&k);
}

/* What this session still names is told by its sync, not as EARLIER. */
static void what_is_not_told_yet_is_not_earlier(void **context)
{
	struct kit k, other;

	(void)context;
	kit_open(&k);
	kit_join(&other, &k);
	kit_deliver_many(&k, 4);
	kit_run(&k, "ENABLE QRESYNC");
	kit_run(&k, "SELECT Outgoing");
	kit_run(&other, "SELECT Outgoing");
	kit_run(&other, "STORE 2:3 +FLAGS.SILENT (\\Deleted)");
	kit_run(&other, "EXPUNGE");
	kit_expect(&k, "UID FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)",
		   "* 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (2))\r\n"
		   "* 4 FETCH (UID 4 FLAGS (\\Recent) MODSEQ (5))\r\n* VANISHED 2:3\r\n"
		   "a OK FETCH completed\r\n");
	kit_close(&other);
	kit_close(&k);
}

/* Lines end where they would grow long; a thousand messages and more go by the changes. */
static void many_changes(void **context)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 1};
	struct kit k;
	const char *answer;
	uint32_t uidvalidity;
	unsigned lines = 0;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 6000);
	kit_run(&k, "ENABLE QRESYNC");
	kit_run(&k, "SELECT Outgoing");
	uidvalidity = k.state.view->box.uidvalidity;
	for (unsigned uid = 2; uid <= 5000; uid += 2) {
		struct quarantine_range one = {uid, uid};
		size_t done;

		assert_int_equal(quarantine_expunge(k.q, k.state.view->box.id, &one, 1, &request, &done),
				 QUARANTINE_OK);
	}
	answer = kit_run(&k, "NOOP");
	assert_true(strncmp(answer, "* VANISHED 3002,3004,", 21) == 0);
	for (const char *at = answer; (at = strstr(at, "* VANISHED ")); at++)
		lines++;
	assert_int_equal(lines, 3);
	assert_non_null(strstr(answer, "* VANISHED 2,4,6,"));
	kit_run(&k, "UID STORE 5500,17,5501 +FLAGS.SILENT (\\Seen)");
	answer = resync(&k, uidvalidity, 6001 + 2500, "");
	assert_string_equal(answer, "* 9 FETCH (UID 17 FLAGS (\\Seen) MODSEQ (8502))\r\n"
				    "* 3000 FETCH (UID 5500 FLAGS (\\Seen) MODSEQ (8502))\r\n"
				    "* 3001 FETCH (UID 5501 FLAGS (\\Seen) MODSEQ (8502))\r\n"
				    "a OK [READ-WRITE] SELECT completed\r\n");
	answer = resync(&k, uidvalidity, 6001, "");
	assert_true(strncmp(answer, "* VANISHED (EARLIER) 2,4,6,", 27) == 0);
	assert_non_null(strstr(answer, "* VANISHED (EARLIER) 4002,"));
	kit_close(&k);
}

static void arguments(void **context)
{
	static const char *const bad[] = {
		"SELECT Outgoing ()",
		"SELECT Outgoing (QRESYNC)",
		"SELECT Outgoing (QRESYNC ())",
		"SELECT Outgoing (QRESYNC (1))",
		"SELECT Outgoing (QRESYNC (0 1))",
		"SELECT Outgoing (QRESYNC (1 9223372036854775808))",
		"SELECT Outgoing (QRESYNC (4294967296 1))",
		"SELECT Outgoing (QRESYNC (1 1 $))",
		"SELECT Outgoing (QRESYNC (1 1 1:*))",
		"SELECT Outgoing (QRESYNC (1 1 1 (1)))",
		"SELECT Outgoing (QRESYNC (1 1 1 (1 1))",
		"SELECT Outgoing (QRESYNC (1 1) QRESYNC (1 1))",
	};
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_run(&k, "ENABLE QRESYNC");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (strncmp(kit_run(&k, bad[i]), "a BAD ", 6) != 0)
			fail_msg("%s", bad[i]);
	assert_non_null(
		strstr(kit_run(&k, "SELECT Outgoing (QRESYNC (4294967295 9223372036854775807) CONDSTORE)"),
		       "a OK [READ-WRITE]"));
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_happened_meanwhile_is_told),
		cmocka_unit_test(what_was_purged_is_told_too),
		cmocka_unit_test(what_is_not_told_yet_is_not_earlier),
		cmocka_unit_test(many_changes),
		cmocka_unit_test(arguments),
	};

	return cmocka_run_group_tests_name("resync", tests, NULL, NULL);
}
