/* SPDX-License-Identifier: ISC
 *
 * SORT, and the merge sort below it. tests/imapd/sorting.py compares SORT with a plain re-implementation. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../imapd/pace.h"
#include "../../../imapd/search/search_order.h"
#include "../../../imapd/search/search_progress.h"

static void begin(struct kit *k)
{
	kit_open(k);
	kit_deliver(k, "Subject: b\r\nFrom: Zoe <a@x>\r\nDate: Mon, 13 Nov 2023 10:00:00 +0000\r\n\r\n");
	kit_deliver(k,
		    "Subject: Re: a\r\nFrom: b@x\r\nDate: Mon, 13 Nov 2023 10:30:00 +0100\r\n\r\nlonger\r\n");
	kit_deliver(k, "Subject: c\r\nFrom: A Name <c@x>\r\n\r\n");
	kit_deliver(k, "Subject: [list] A\r\nFrom: b@y\r\nDate: Mon, 13 Nov 2023 10:00:00 +0000\r\n\r\n");
	kit_run(k, "SELECT Outgoing");
	kit_run(k, "STORE 1 FLAGS.SILENT \\Seen");
}

/* Of three answers: 4 and 1 have one date, 3 has none and was received later. */
static const struct {
	const char *command;
	const char *answer;
} cases[] = {
	{"SORT (DATE) UTF-8 ALL", "* SORT 2 1 4 3"},
	{"SORT (REVERSE DATE) UTF-8 ALL", "* SORT 3 1 4 2"},
	{"SORT (SUBJECT) UTF-8 ALL", "* SORT 2 4 1 3"},
	{"SORT (SUBJECT DATE) us-ascii ALL", "* SORT 2 4 1 3"},
	{"SORT (SUBJECT REVERSE DATE) \"UTF-8\" ALL", "* SORT 4 2 1 3"},
	{"SORT (FROM) UTF-8 ALL", "* SORT 1 2 4 3"},
	{"SORT (DISPLAYFROM) UTF-8 ALL", "* SORT 3 2 4 1"},
	{"SORT (REVERSE SIZE) UTF-8 2:3", "* SORT 2 3"},
	{"UID SORT (ARRIVAL) UTF-8 UNSEEN", "* SORT 2 3 4"},
	{"SORT (DATE) UTF-8 FLAGGED", "* SORT"},
	{"SORT (DATE) UTF-8 SUBJECT a", "* SORT 2 4"},
	{"SORT RETURN () (REVERSE ARRIVAL REVERSE SUBJECT) UTF-8 ALL", "* ESEARCH (TAG \"a\") ALL 3,1:2,4"},
	{"UID SORT RETURN (MIN MAX COUNT) (SUBJECT) UTF-8 ALL",
	 "* ESEARCH (TAG \"a\") UID MIN 2 MAX 3 COUNT 4"},
	{"SORT RETURN (PARTIAL 2:3) (DATE) UTF-8 ALL", "* ESEARCH (TAG \"a\") PARTIAL (2:3 1,4)"},
	{"SORT RETURN (ALL) (DATE) UTF-8 FLAGGED", "* ESEARCH (TAG \"a\")"},
};

static void test_orders(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char expected[200];

		snprintf(expected, sizeof(expected), "%s\r\na OK SORT completed\r\n", cases[i].answer);
		kit_expect(&k, cases[i].command, expected);
	}
	kit_run(&k, "SORT RETURN (SAVE PARTIAL 1:2) (REVERSE DATE) UTF-8 ALL");
	kit_expect(&k, "SEARCH $", "* SEARCH 1 3\r\na OK SEARCH completed\r\n");
	kit_close(&k);
}

static void test_refusals(void **context)
{
	struct kit k;

	(void)context;
	begin(&k);
	kit_expect(&k, "SORT (DATE) X-NONE ALL",
		   "a NO [BADCHARSET (US-ASCII UTF-8)] Unknown character set\r\n");
	assert_true(strncmp(kit_run(&k, "SORT (DATE) UTF-8"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "SORT (NOSUCH) UTF-8 ALL"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "SORT DATE UTF-8 ALL"), "a BAD ", 6) == 0);
	kit_close(&k);
}

/* Until it is told, it stands where it stood, as long as its key is in memory. */
static void test_purged_meanwhile(void **context)
{
	struct kit one, two;
	size_t done;

	(void)context;
	begin(&one);
	kit_join(&two, &one);
	kit_run(&two, "SELECT Outgoing");
	kit_run(&one, "STORE 2 FLAGS.SILENT \\Deleted");
	kit_run(&one, "EXPUNGE");
	assert_non_null(strstr(kit_run(&two, "SORT (DATE) UTF-8 ALL"), "* SORT 2 1 4 3\r\n"));
	assert_int_equal(quarantine_purge(one.q, INT64_MAX, 100, &done), QUARANTINE_OK);
	assert_non_null(strstr(kit_run(&two, "SORT (DATE) UTF-8 ALL"), "* SORT 2 1 4 3\r\n"));
	assert_non_null(strstr(kit_run(&two, "SORT (SIZE) UTF-8 ALL"), "* SORT 3 1 4\r\n"));
	kit_close(&two);
	kit_close(&one);
}

/* More rows than a step reads, found with gaps that are jumped. */
static void test_scattered(void **context)
{
	enum { MANY = 3000 };
	struct kit k;
	uint32_t expected = MANY;
	const char *at;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, MANY);
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "SORT (SUBJECT) UTF-8 3,300,1400:1402,2999",
		   "* SORT 1400 1401 1402 2999 3 300\r\na OK SORT completed\r\n");
	kit_run(&k, "STORE 1:* FLAGS.SILENT \\Seen");
	at = strstr(kit_run(&k, "SORT RETURN () (REVERSE ARRIVAL) UTF-8 SEEN"), "ALL 1:3000");
	assert_non_null(at);
	at = strstr(kit_run(&k, "SORT (REVERSE SIZE REVERSE SUBJECT) UTF-8 1000:*"), "SORT");
	assert_non_null(at);
	for (at += 4; *at == ' '; expected--)
		assert_int_equal(strtoul(at + 1, (char **)&at, 10), expected);
	assert_int_equal(expected, 999);
	kit_close(&k);
}

static uint32_t next_random(uint32_t *seed)
{
	return *seed = *seed * 1664525 + 1013904223;
}

/* Of every small size and one large, in steps of no time. */
static void test_merge_is_stable(void **context)
{
	const struct pace over = {.until = 0};
	static char keys[50000][24];
	uint32_t seed = 1;

	(void)context;
	for (size_t size = 0; size < 60; size++) {
		size_t count = size < 59 ? size : 50000;
		struct search_order o = {0};

		for (uint32_t i = 0; i < count; i++) {
			int len = snprintf(keys[i], sizeof(keys[i]), "%u%s", next_random(&seed) >> 24,
					   seed & 0x8000 ? "" : "-long-enough");

			search_order_add(&o, slice_of(keys[i], (size_t)len + 1), i);
		}
		while (!search_order_step(&o, &over))
			;
		assert_false(o.failed);
		assert_int_equal(o.count, count);
		for (size_t i = 1; i < count; i++) {
			assert_true(strcmp(o.items[i - 1].key, o.items[i].key) <= 0);
			if (search_order_equal(&o, i - 1, i))
				assert_true(o.items[i - 1].value < o.items[i].value);
		}
		search_order_finish(&o);
	}
}

static void test_progress(void **context)
{
	struct search_progress p = {0};
	struct response r = {0};

	(void)context;
	search_progress_tell(&p, 5000, SLICE("t1"), 1, 100, &r);
	search_progress_tell(&p, 5000 + SEARCH_PROGRESS_MS - 1, SLICE("t1"), 2, 100, &r);
	assert_int_equal(r.out.len, 0);
	search_progress_tell(&p, 5000 + SEARCH_PROGRESS_MS, SLICE("t1"), 3, 100, &r);
	search_progress_tell(&p, 5001 + SEARCH_PROGRESS_MS, SLICE("t1"), 4, 100, &r);
	search_progress_tell(&p, 5000 + 2 * SEARCH_PROGRESS_MS, SLICE("t1"), 99, 100, &r);
	buf_add_char(&r.out, '\0');
	assert_string_equal(r.out.data, "* OK [INPROGRESS (\"t1\" 3 100)] Still searching\r\n"
					"* OK [INPROGRESS (\"t1\" 99 100)] Still searching\r\n");
	response_finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),           cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_purged_meanwhile), cmocka_unit_test(test_scattered),
		cmocka_unit_test(test_merge_is_stable),  cmocka_unit_test(test_progress),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
