/* SPDX-License-Identifier: ISC
 *
 * THREAD. tests/imapd/sorting.py compares it with a plain re-implementation; here is what is hostile. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../../imapd/search/search_forest.h"
#include "../../../imapd/search/search_thread.h"

/* A message with a subject, an identifier and references; each may be NULL. */
static void put(struct kit *k, const char *subject, const char *id, const char *references)
{
	char text[1000];
	int len = snprintf(text, sizeof(text), "From: a@b\r\nSubject: %s\r\n", subject);

	if (id)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "Message-ID: <%s>\r\n", id);
	if (references)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "References: %s\r\n", references);
	snprintf(text + len, sizeof(text) - (size_t)len, "\r\n");
	kit_deliver(k, text);
}

static void expect(struct kit *k, const char *command, const char *threads)
{
	char expected[300];

	snprintf(expected, sizeof(expected), "* THREAD%s\r\na OK THREAD completed\r\n", threads);
	kit_expect(k, command, expected);
}

static void test_threads(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	put(&k, "one", "1@x", NULL);
	put(&k, "Re: one", "2@x", "<1@x>");
	put(&k, "other", "3@x", "<1@x> <2@x>");
	put(&k, "x", "4@x", "<1@x>");
	put(&k, "y", "5@x", "<gone@x>");
	put(&k, "z", "6@x", "<gone@x>");
	put(&k, "Re: w", NULL, NULL);
	put(&k, "w", NULL, NULL);
	put(&k, "w", "1@x", NULL);
	kit_run(&k, "SELECT Outgoing");
	expect(&k, "THREAD REFERENCES UTF-8 ALL", " (1 (2 3)(4))((5)(6))((8 7)(9))");
	expect(&k, "THREAD REFERENCES UTF-8 2:4", " ((2 3)(4))");
	expect(&k, "UID THREAD ORDEREDSUBJECT UTF-8 ALL", " (1 2)(3)(4)(5)(6)(7 (8)(9))");
	expect(&k, "THREAD ORDEREDSUBJECT UTF-8 FLAGGED", "");
	kit_run(&k, "STORE 1 FLAGS.SILENT \\Deleted");
	kit_run(&k, "EXPUNGE");
	expect(&k, "THREAD REFERENCES us-ascii SUBJECT o", " (1 2)");
	expect(&k, "UID THREAD REFERENCES us-ascii SUBJECT o", " (2 3)");
	assert_true(strncmp(kit_run(&k, "THREAD REFS UTF-8 ALL"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "THREAD REFERENCES UTF-8"), "a BAD ", 6) == 0);
	assert_true(strncmp(kit_run(&k, "THREAD REFERENCES NONE ALL"), "a NO [BADCHARSET", 16) == 0);
	kit_close(&k);
}

static void test_loops(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	put(&k, "a", "1@x", "<2@x>");
	put(&k, "b", "2@x", "<3@x>");
	put(&k, "c", "3@x", "<1@x>");
	put(&k, "d", "4@x", "<4@x>");
	put(&k, "e", "5@x", "<8@x> <9@x> <8@x>");
	kit_run(&k, "SELECT Outgoing");
	expect(&k, "THREAD REFERENCES UTF-8 ALL", " (3 2 1)(4)(5)");
	kit_close(&k);
}

/* A comb: each message answers the one before, and a second one does too. */
static void test_depth_of_the_answer(void **context)
{
	enum { TEETH = 2 * SEARCH_THREAD_DEPTH_MAX };
	unsigned depth = 0, deepest = 0, numbers = 0;
	struct kit k;
	const char *at;

	(void)context;
	kit_open(&k);
	put(&k, "", "0@x", NULL);
	for (unsigned i = 1; i <= TEETH; i++) {
		char id[20], before[20];

		snprintf(id, sizeof(id), "%u@x", i);
		snprintf(before, sizeof(before), "<%u@x>", i - 1);
		put(&k, "", id, before);
		put(&k, "", NULL, before);
	}
	kit_run(&k, "SELECT Outgoing");
	at = strstr(kit_run(&k, "THREAD REFERENCES UTF-8 ALL"), "* THREAD ");
	assert_non_null(at);
	for (at += 9; *at != '\r'; at++) {
		depth += *at == '(';
		deepest = depth > deepest ? depth : deepest;
		assert_true(*at != ')' || depth-- > 0);
		numbers += *at >= '0' && *at <= '9' && !(at[1] >= '0' && at[1] <= '9');
		assert_false(at[0] == ' ' && (at[1] == ' ' || at[1] == ')'));
		assert_false(at[0] == '(' && (at[1] == ' ' || at[1] == ')'));
	}
	assert_int_equal(depth, 0);
	assert_int_equal(deepest, SEARCH_THREAD_DEPTH_MAX);
	assert_int_equal(numbers, 2 * TEETH + 1);
	kit_close(&k);
}

enum { MANY = 100000 };

static uint32_t *numbers(void)
{
	uint32_t *list = calloc(2 * MANY, sizeof(*list));

	assert_non_null(list);
	for (uint32_t i = 0; i < 2 * MANY; i++)
		list[i] = i;
	return list;
}

/* What makes plain threading quadratic: chains told from either end, and one parent for all. */
static void test_forest_is_linear(void **context)
{
	uint32_t *by_date = numbers();

	(void)context;
	for (unsigned shape = 0; shape < 4; shape++) {
		struct forest f = {.strangers_max = MANY};
		clock_t start = clock();
		uint32_t heads = 0;

		for (uint32_t i = 1; i <= MANY; i++) {
			uint64_t chain[3] = {i > 2 ? i - 2 : 1, i > 1 ? i - 1 : 1, i};
			uint64_t next = i + 1, same = MANY + 5;
			uint32_t node = forest_add(&f, i, i, false);

			if (shape == 0)
				forest_refer(&f, node, chain, 2);
			else if (shape == 1)
				forest_refer(&f, node, &next, 1);
			else if (shape == 2)
				forest_refer(&f, node, &same, 1);
			else
				forest_refer(&f, node, (uint64_t[]){2 * i + MANY, 2 * i + 1 + MANY, i + MANY},
					     3);
		}
		assert_false(f.failed);
		forest_prune(&f);
		by_date[0] = 0;
		for (uint32_t i = 0, n = 0; i < f.count; i++)
			if (f.nodes[i].uid != 0)
				by_date[n++] = i;
		forest_merge_subjects(&f, by_date, MANY);
		forest_arrange(&f, by_date, MANY);
		for (uint32_t at = f.top; at != FOREST_NONE; at = f.nodes[at].next)
			heads++;
		if (shape < 3)
			assert_int_equal(heads, 1);
		assert_true(clock() - start < 4 * CLOCKS_PER_SEC);
		forest_finish(&f);
	}
	free(by_date);
}

static void test_strangers_are_bounded(void **context)
{
	static const size_t most[] = {9, 10, 11};

	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(most); i++) {
		struct forest f = {.strangers_max = most[i]};

		for (uint32_t n = 1; n <= 10; n++) {
			uint64_t unknown = 100 + n;

			forest_refer(&f, forest_add(&f, n, n, false), &unknown, 1);
		}
		assert_false(f.failed);
		assert_int_equal(f.count, 10 + (most[i] < 10 ? most[i] : 10));
		forest_finish(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_depth_of_the_answer),
		cmocka_unit_test(test_forest_is_linear),
		cmocka_unit_test(test_strangers_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
