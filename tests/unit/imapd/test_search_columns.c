/* SPDX-License-Identifier: ISC
 *
 * Columns: what is put in is found, by each needle in the messages that hold it and in no others, also when
 * columns go for want of room; and searches by columns find what those that read every message do. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../imapd/search/column.h"
#include "../../../imapd/search/columns.h"

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

/* Lines of few letters, so that needles cross the ends of texts. */
static void make_text(uint32_t *seed, struct buf *out)
{
	buf_reset(out);
	for (uint32_t lines = next_random(seed) % 3; lines > 0; lines--) {
		for (uint32_t n = next_random(seed) % 5; n > 0; n--)
			buf_add_char(out, (char)('a' + next_random(seed) % 2));
		buf_add_char(out, '\n');
	}
}

static bool holds(struct slice text, struct slice needle)
{
	return text.len > 0 && (needle.len == 0 || memmem(text.data, text.len, needle.data, needle.len));
}

static void check_needles(const struct column *c, const struct buf *texts)
{
	static const char *const needles[] = {"", "a", "ab", "ba", "aab", "bbbb", "abab", "c"};

	for (size_t i = 0; i < ARRAY_SIZE(needles); i++) {
		struct slice needle = slice_str(needles[i]);
		struct column_bits bits;

		column_find(c, needle, &bits);
		for (uint32_t uid = 0; uid < COLUMN_UIDS; uid++)
			assert_int_equal(column_bit(&bits, uid),
					 column_knows(c, uid) && holds(buf_slice(&texts[uid]), needle));
	}
}

/* Each message has its text; different places have different texts, in their order where that was asked for.
 */
static void check_texts(const struct column *c, const struct buf *texts, bool ordered)
{
	struct column_bits known;

	column_known(c, &known);
	for (uint32_t uid = 0; uid < COLUMN_UIDS; uid++) {
		assert_int_equal(column_bit(&known, uid), column_knows(c, uid));
		if (column_knows(c, uid))
			assert_true(slice_eq(column_text(c, c->place[uid]), buf_slice(&texts[uid])));
	}
	for (unsigned place = 2; ordered && place <= c->count; place++)
		assert_true(column_text_compare(column_text(c, place - 1), column_text(c, place)) < 0);
}

static void finds_what_holds_the_needle(void **context)
{
	struct column_draft draft = {0};
	struct buf texts[COLUMN_UIDS] = {0};
	struct column *c = NULL;
	uint32_t seed = 1;

	(void)context;
	assert_null(column_create(&draft, false));
	for (uint32_t round = 0; round < 20; round++) {
		column_draft_begin(&draft, round % 3 > 0 ? c : NULL);
		for (uint32_t uid = 0; uid < COLUMN_UIDS; uid++) {
			if ((c && round % 3 > 0 && column_knows(c, uid)) || next_random(&seed) % 4 == 0)
				continue;
			make_text(&seed, &texts[uid]);
			column_draft_add(&draft, uid + COLUMN_UIDS * round, buf_slice(&texts[uid]));
		}
		free(c);
		c = column_create(&draft, round % 2);
		assert_non_null(c);
		assert_int_equal(c->known, draft.known);
		check_needles(c, texts);
		check_texts(c, texts, round % 2);
	}
	free(c);
	column_draft_finish(&draft);
	for (uint32_t uid = 0; uid < COLUMN_UIDS; uid++)
		buf_finish(&texts[uid]);
}

/* One byte more than there is room for is not known; what is there already needs none. */
static void long_texts_are_not_known(void **context)
{
	static char text[COLUMN_TEXT_MAX + 1];
	struct column_draft draft = {0};

	(void)context;
	memset(text, 'x', sizeof(text));
	column_draft_add(&draft, 1, slice_of(text, COLUMN_TEXT_MAX + 1));
	assert_int_equal(draft.known, 0);
	column_draft_add(&draft, 1, slice_of(text, COLUMN_TEXT_MAX - 1));
	column_draft_add(&draft, 2, SLICE("\n"));
	column_draft_add(&draft, 3, SLICE("y"));
	column_draft_add(&draft, 4, SLICE("\n"));
	column_draft_add(&draft, 5, SLICE(""));
	assert_int_equal(draft.known, 4);
	assert_int_equal(draft.place[3], 0);
	column_draft_finish(&draft);
}

static struct column *column_of(uint32_t known)
{
	struct column_draft draft = {0};
	struct column *c;

	for (uint32_t uid = 0; uid < known; uid++)
		column_draft_add(&draft, uid, SLICE("text\n"));
	c = column_create(&draft, false);
	column_draft_finish(&draft);
	assert_non_null(c);
	return c;
}

static unsigned known(struct columns *all, uint32_t number)
{
	struct column_key key = {.mailbox = 1, .number = number};
	const struct column *c = columns_get(all, &key);
	unsigned n = c ? c->known : 0;

	columns_release(all, c);
	return n;
}

static void put(struct columns *all, uint32_t number, uint32_t n)
{
	struct column_key key = {.mailbox = 1, .number = number};

	columns_put(all, &key, column_of(n));
}

static void who_knows_more_stays(void **context)
{
	struct column_key key = {.mailbox = 1, .number = 7}, other = {.mailbox = 1, .number = 7, .kind = 1};
	struct columns *all = columns_create(1024 * 1024);
	const struct column *held;

	(void)context;
	columns_put(all, &key, NULL);
	assert_int_equal(known(all, 7), 0);
	put(all, 7, 5);
	held = columns_get(all, &key);
	put(all, 7, 4);
	assert_ptr_equal(columns_get(all, &key), held);
	columns_release(all, held);
	put(all, 7, 6);
	assert_int_equal(known(all, 7), 6);
	assert_int_equal(held->known, 5);
	columns_release(all, held);
	assert_null(columns_get(all, &other));
	columns_destroy(all);
	columns_destroy(NULL);
}

static void what_was_not_used_for_longest_goes(void **context)
{
	struct columns *all = columns_create(10 * (sizeof(struct column) + 256));
	struct column_key first = {.mailbox = 1, .number = 0};
	const struct column *held;

	(void)context;
	put(all, 0, 1);
	held = columns_get(all, &first);
	for (uint32_t n = 1; n < 100; n++) {
		put(all, n, 1);
		assert_int_equal(known(all, n), 1);
		assert_int_equal(known(all, 1), 1);
	}
	assert_int_equal(known(all, 0), 0);
	assert_int_equal(known(all, 50), 0);
	assert_int_equal(known(all, 98), 1);
	assert_int_equal(held->known, 1);
	columns_release(all, held);
	columns_destroy(all);
	all = columns_create(0);
	put(all, 1, 1);
	assert_int_equal(known(all, 1), 0);
	columns_destroy(all);
}

/* ---------------------------------------------------------------- searches */

static const char *const names[] = {"X-Run", "x-tag", "Reply-To", "Received", "Subject", "X-Nosuch"};
static const char *const words[] = {
	"Ann",      "bob", "Gr\303\274\303\237e",     "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
	"a\r\n\tb", "",    "shop77@customer.example", "\377",
};
static const char *const needles[] = {"ann", "B", "gr\xc3\xbc", "a b", "", "shop7", "e", "x y"};

static void deliver_random(struct kit *k, uint32_t *seed)
{
	struct buf m = {0};
	char *text;

	if (next_random(seed) % 4 > 0)
		buf_addf(&m, "From: %s\r\n", words[next_random(seed) % ARRAY_SIZE(words)]);
	for (uint32_t n = next_random(seed) % 6; n > 0; n--)
		buf_addf(&m, "%s: %s\r\n", names[next_random(seed) % 5],
			 words[next_random(seed) % ARRAY_SIZE(words)]);
	buf_add_str(&m, "\r\nwords\r\n");
	text = buf_steal(&m);
	kit_deliver(k, text);
	free(text);
}

static void random_key(uint32_t *seed, unsigned depth, struct buf *out)
{
	static const char *const others[] = {"SEEN",       "UNSEEN",     "LARGER 60",        "900:1009",
					     "UID 1000:*", "BODY words", "SINCE 1-Jan-2000", "MODSEQ 1100",
					     "RECENT"};
	const char *needle = needles[next_random(seed) % ARRAY_SIZE(needles)];
	uint32_t what = next_random(seed) % (depth > 0 ? 10 : 7);

	if (what < 2) {
		buf_addf(out, "%s \"%s\"", what ? "FROM" : "SUBJECT", needle);
	} else if (what < 5) {
		buf_addf(out, "HEADER %s \"%s\"", names[next_random(seed) % ARRAY_SIZE(names)], needle);
	} else if (what < 7) {
		buf_add_str(out, others[next_random(seed) % ARRAY_SIZE(others)]);
	} else {
		buf_add_str(out, what == 7 ? "NOT (" : what == 8 ? "OR (" : "(");
		random_key(seed, depth - 1, out);
		if (what > 7) {
			buf_add_str(out, what == 8 ? ") (" : " ");
			random_key(seed, depth - 1, out);
		}
		buf_add_char(out, ')');
	}
}

/* The same program by columns, twice, and without. */
static void check_program(struct kit *k, uint32_t *seed)
{
	static const char *const returns[] = {"", "RETURN (MIN) ", "RETURN (PARTIAL -1:-5) ",
					      "RETURN (COUNT) "};
	struct buf command = {0};
	char *text, *expected;

	buf_addf(&command, "UID SEARCH %s", returns[next_random(seed) % ARRAY_SIZE(returns)]);
	random_key(seed, 2, &command);
	text = buf_steal(&command);
	k->state.view->columns = NULL;
	expected = strdup(kit_run(k, text));
	assert_non_null(strstr(expected, "a OK"));
	k->state.view->columns = k->services.columns;
	for (int i = 0; i < 2; i++)
		if (strcmp(kit_run(k, text), expected) != 0)
			fail_msg("%s: %s for %s", text, k->answer.data, expected);
	free(expected);
	free(text);
}

static void searches_by_columns_find_the_same(void **context)
{
	struct kit k;
	uint32_t seed = 5;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, COLUMN_UIDS - 100);
	kit_run(&k, "SELECT Outgoing (CONDSTORE)");
	for (uint32_t round = 0; round < 6; round++) {
		for (uint32_t n = 0; n < 60; n++)
			deliver_random(&k, &seed);
		kit_run(&k, "NOOP");
		kit_run(&k, round % 2 ? "STORE 3,950:960 +FLAGS (\\Deleted \\Seen)"
				      : "STORE 920:990 +FLAGS (\\Seen)");
		kit_run(&k, round % 2 ? "EXPUNGE" : "NOOP");
		for (uint32_t n = 0; n < 25; n++)
			check_program(&k, &seed);
	}
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_holds_the_needle),
		cmocka_unit_test(long_texts_are_not_known),
		cmocka_unit_test(who_knows_more_stays),
		cmocka_unit_test(what_was_not_used_for_longest_goes),
		cmocka_unit_test(searches_by_columns_find_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
