/* SPDX-License-Identifier: ISC
 *
 * SORT and THREAD by columns answer what the plain way does: from rows alone, all keys compared with each
 * other; when nothing is in memory, when all is, and when some messages are new, gone or purged. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../imapd/search/column.h"
#include "../../../imapd/search/search_sort_key.h"

enum { MANY = 2 * COLUMN_UIDS + 300 };

static const char *const names[] = {"ARRIVAL", "CC",   "DATE",    "DISPLAYFROM", "DISPLAYTO",
				    "FROM",    "SIZE", "SUBJECT", "TO"};

static uint32_t next_random(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (*seed >> 8) % below;
}

static void add_address(struct buf *m, const char *field, uint32_t *seed)
{
	static const char *const people[] = {"Ann <zoe@x>",  "zo\303\253@x", "b@x", "longername@a",
					     "longernamf@a", "A <a@b>, c@d", ""};

	if (next_random(seed, 4) > 0)
		buf_addf(m, "%s: %s\r\n", field, people[next_random(seed, ARRAY_SIZE(people))]);
}

static void make_message(uint32_t *seed, struct buf *m)
{
	add_address(m, "From", seed);
	add_address(m, "To", seed);
	add_address(m, "Cc", seed);
	if (next_random(seed, 5) > 0)
		buf_addf(m, "Subject: %s%.*s\r\n", next_random(seed, 2) ? "Re: " : "",
			 (int)next_random(seed, 12), "aaaaaaaaaaaa");
	if (next_random(seed, 5) > 0)
		buf_addf(m, "Date: Mon, 13 Nov 2023 %02u:00:00 +0000\r\n", (unsigned)next_random(seed, 24));
	if (next_random(seed, 3) > 0)
		buf_addf(m, "Message-ID: <%u@x>\r\nReferences: <%u@x> <%u@x>\r\n",
			 (unsigned)next_random(seed, 3000), (unsigned)next_random(seed, 3000),
			 (unsigned)next_random(seed, 3000));
	buf_addf(m, "\r\n%.*s", (int)next_random(seed, 20), "words words words words");
}

static void deliver(struct kit *k, uint32_t *seed, size_t count)
{
	struct quarantine_delivery *list = calloc(count, sizeof(*list));
	struct quarantine_envelope *envelopes = calloc(count, sizeof(*envelopes));
	struct buf *messages = calloc(count, sizeof(*messages));

	for (size_t i = 0; i < count; i++) {
		envelopes[i] = (struct quarantine_envelope)QUARANTINE_ENVELOPE_INIT;
		envelopes[i].direction = QUARANTINE_OUTGOING;
		envelopes[i].received = 1699800000 + next_random(seed, 100000);
		make_message(seed, &messages[i]);
		list[i] = (struct quarantine_delivery){&envelopes[i], messages[i].data, messages[i].len, 0};
	}
	assert_int_equal(quarantine_deliver_group(k->q, list, count), QUARANTINE_OK);
	for (size_t i = 0; i < count; i++)
		buf_finish(&messages[i]);
	free(messages);
	free(envelopes);
	free(list);
}

struct plain {
	uint32_t uid;
	struct buf key;
};

static int compare(const void *a, const void *b)
{
	const struct plain *x = a, *y = b;
	int order = column_text_compare(buf_slice(&x->key), buf_slice(&y->key));

	return order != 0 ? order : (x->uid > y->uid) - (x->uid < y->uid);
}

/* The UIDs from `first` on in their order, each behind a blank. */
static char *sort_plainly(struct kit *k, const struct sort_order *order, uint32_t first)
{
	struct plain *list = calloc(2 * MANY, sizeof(*list));
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	struct buf out = {0};
	size_t count = 0;

	assert_int_equal(quarantine_list(k->q, k->state.view->box.id, first, UINT32_MAX,
					 search_sort_fields(order), false, &c),
			 QUARANTINE_OK);
	for (; quarantine_next(c, &row) == 1; count++) {
		list[count].uid = row.uid;
		search_sort_key(order, &row, &list[count].key);
	}
	quarantine_cursor_close(c);
	qsort(list, count, sizeof(*list), compare);
	for (size_t i = 0; i < count; i++) {
		buf_addf(&out, " %u", (unsigned)list[i].uid);
		buf_finish(&list[i].key);
	}
	free(list);
	buf_add_str(&out, "\r\n");
	return buf_steal(&out);
}

/* By columns as they are, by them again, and without. */
static void check_answers(struct kit *k, const char *command, const char *expected)
{
	for (int i = 0; i < 3; i++) {
		k->state.view->columns = i < 2 ? k->services.columns : NULL;
		if (strncmp(kit_run(k, command), expected, strlen(expected)) != 0)
			fail_msg("%s, time %d: %s for %s", command, i, k->answer.data, expected);
	}
	k->state.view->columns = k->services.columns;
}

static void check_sort(struct kit *k, uint32_t *seed)
{
	struct sort_order order = {.count = 1 + next_random(seed, 3)};
	uint32_t first = next_random(seed, 3) > 0 ? 1 : next_random(seed, MANY);
	struct buf words = {0};
	char *plain, command[300], *expected = NULL;

	for (size_t i = 0; i < order.count; i++) {
		order.list[i].by = (enum sort_by)next_random(seed, SORT_BY_COUNT);
		order.list[i].reverse = next_random(seed, 2);
		buf_addf(&words, "%s%s%s", i > 0 ? " " : "", order.list[i].reverse ? "REVERSE " : "",
			 names[order.list[i].by]);
	}
	snprintf(command, sizeof(command), "UID SORT (%.*s) UTF-8 UID %u:*", (int)words.len, words.data,
		 (unsigned)first);
	plain = sort_plainly(k, &order, first);
	assert_true(asprintf(&expected, "* SORT%s", plain) > 0);
	check_answers(k, command, expected);
	free(expected);
	free(plain);
	buf_finish(&words);
}

/* The first or last results are those of the whole order, for windows that a stretch has and that it has not.
 */
static void check_window(struct kit *k, uint32_t *seed)
{
	static const uint32_t sizes[] = {1, 7, 50, 700, COLUMN_UIDS, COLUMN_UIDS + 1, 2 * MANY};
	uint32_t to = sizes[next_random(seed, ARRAY_SIZE(sizes))], from = next_random(seed, to) + 1;
	const char *minus = next_random(seed, 2) ? "-" : "", *word = next_random(seed, 2) ? "REVERSE " : "";
	unsigned by = next_random(seed, SORT_BY_COUNT), also = next_random(seed, SORT_BY_COUNT);
	char command[200], *expected, *narrow;

	snprintf(command, sizeof(command),
		 "UID SORT RETURN (PARTIAL %s%u:%s%u COUNT) (%s%s %s) UTF-8 UID 3:*", minus, (unsigned)from,
		 minus, (unsigned)to, word, names[by], names[also]);
	expected = strdup(strstr(kit_run(k, command), "PARTIAL"));
	narrow = strstr(command, " COUNT");
	memmove(narrow, narrow + strlen(" COUNT"), strlen(narrow + strlen(" COUNT")) + 1);
	if (strcmp(strstr(kit_run(k, command), "PARTIAL"), expected) != 0)
		fail_msg("%s: %s for %s", command, k->answer.data, expected);
	free(expected);
}

/* Threads by columns are those without: these are told first, and test_thread.c knows them. */
static void check_threads(struct kit *k, uint32_t *seed)
{
	char command[100], *expected;

	snprintf(command, sizeof(command), "THREAD %s UTF-8 UID %u:*",
		 next_random(seed, 2) ? "REFERENCES" : "ORDEREDSUBJECT",
		 (unsigned)next_random(seed, MANY) + 1);
	k->state.view->columns = NULL;
	expected = strdup(kit_run(k, command));
	assert_non_null(strstr(expected, "a OK"));
	check_answers(k, command, expected);
	free(expected);
}

static void answers_are_those_of_the_plain_way(void **context)
{
	struct kit k;
	uint32_t seed = 3;
	size_t done;

	(void)context;
	kit_open(&k);
	deliver(&k, &seed, MANY);
	kit_run(&k, "SELECT Outgoing");
	for (unsigned round = 0; round < 8; round++) {
		check_sort(&k, &seed);
		check_sort(&k, &seed);
		check_sort(&k, &seed);
		check_threads(&k, &seed);
		for (unsigned i = 0; i < 12; i++)
			check_window(&k, &seed);
		deliver(&k, &seed, 20);
		kit_run(&k, "NOOP");
		kit_run(&k, "STORE 5:7,1020:1030,2100 FLAGS.SILENT \\Deleted");
		kit_run(&k, "EXPUNGE");
		if (round % 2)
			assert_int_equal(quarantine_purge(k.q, INT64_MAX, 100, &done), QUARANTINE_OK);
	}
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_those_of_the_plain_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
