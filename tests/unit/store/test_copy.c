/* SPDX-License-Identifier: ISC
 *
 * Copying, moving and appending. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tmpstore.h"

enum { ROOM = 100 };

static struct quarantine_copied done[ROOM];

static int transfer(struct tmpstore *t, const char *from, const char *to, enum quarantine_copy_how how,
		    uint32_t first, uint32_t last, size_t *count)
{
	struct quarantine_copy_request request = {.size = sizeof(request), .how = how, .max = ROOM};
	struct quarantine_range range = {first, last};

	request.from = mailbox_of(t->q, from).id;
	request.to = mailbox_of(t->q, to).id;
	return quarantine_copy(t->q, &request, &range, 1, done, count);
}

static void transfer_ok(struct tmpstore *t, const char *from, const char *to, enum quarantine_copy_how how,
			uint32_t first, uint32_t last, size_t expected)
{
	size_t count = 0;

	assert_int_equal(transfer(t, from, to, how, first, last, &count), QUARANTINE_OK);
	assert_int_equal(count, expected);
	check_sound(t);
}

static uint64_t keyword(struct tmpstore *t, const char *mailbox, const char *name)
{
	uint64_t bit = 0;

	assert_int_equal(quarantine_keyword_make(t->q, mailbox_of(t->q, mailbox).id, name, &bit),
			 QUARANTINE_OK);
	return bit;
}

static void mark(struct tmpstore *t, const char *mailbox, uint32_t uid, uint64_t flags)
{
	struct quarantine_flag_request request = {.size = sizeof(request), .flags = flags};
	struct quarantine_range range = {uid, uid};

	request.unchanged_since = UINT64_MAX;
	assert_int_equal(
		quarantine_flags_change(t->q, mailbox_of(t->q, mailbox).id, &range, 1, &request, NULL),
		QUARANTINE_OK);
}

static struct quarantine_entry entry(struct tmpstore *t, const char *mailbox, uint32_t uid)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;

	assert_int_equal(quarantine_list(t->q, mailbox_of(t->q, mailbox).id, uid, uid, 0, false, &c),
			 QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &row), 1);
	quarantine_cursor_close(c);
	return row;
}

/* RFC 8514: the date belongs to the place, and nobody sets it. */
static void each_place_has_its_own_date(void **state)
{
	struct tmpstore *t = *state;
	const int64_t received = 1000000000;
	int64_t before = time(NULL);
	struct quarantine_addition one = {.size = sizeof(one), .bytes = "a", .len = 1, .received = &received};
	int64_t own;

	put_text(t->q, "Subject: one\r\n\r\nx");
	assert_in_range(entry(t, "Outgoing", 1).saved, before, time(NULL));
	tamper(t, "UPDATE entry SET received = 1000000000, saved = 1100000000");
	own = entry(t, "Outgoing", 1).saved;
	assert_int_equal(own, 1100000000);
	transfer_ok(t, "Outgoing", "INBOX", QUARANTINE_COPY, 1, 1, 1);
	assert_in_range(entry(t, "INBOX", 1).saved, before, time(NULL));
	assert_int_equal(entry(t, "INBOX", 1).received, received);
	assert_int_equal(entry(t, "Outgoing", 1).saved, own);
	transfer_ok(t, "Outgoing", "Trash", QUARANTINE_MOVE, 1, 1, 1);
	assert_in_range(entry(t, "Trash", 1).saved, before, time(NULL));
	tamper(t, "UPDATE entry SET saved = 1100000000");
	transfer_ok(t, "Trash", "Outgoing", QUARANTINE_MOVE, 1, 1, 1);
	assert_in_range(entry(t, "Outgoing", 2).saved, before, time(NULL));
	assert_int_equal(quarantine_append(t->q, mailbox_of(t->q, "INBOX").id, &one, 1), QUARANTINE_OK);
	assert_int_equal(entry(t, "INBOX", 2).received, received);
	assert_in_range(entry(t, "INBOX", 2).saved, before, time(NULL));
}

static void a_copy_shares_the_bytes(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_entry a, b;

	put_text(t->q, "Subject: one\r\n\r\nx");
	put_text(t->q, "Subject: two\r\n\r\ny");
	keyword(t, "INBOX", "first");
	mark(t, "Outgoing", 2, QUARANTINE_SEEN | QUARANTINE_DELETED | keyword(t, "Outgoing", "Junk"));
	transfer_ok(t, "Outgoing", "INBOX", QUARANTINE_COPY, 1, 9, 2);
	assert_true(done[0].from == 1 && done[0].to == 1 && done[1].from == 2 && done[1].to == 2);
	a = entry(t, "Outgoing", 2);
	b = entry(t, "INBOX", 2);
	assert_true(a.message == b.message && a.received == b.received && a.length == b.length);
	assert_int_equal(b.flags, QUARANTINE_SEEN | QUARANTINE_DELETED | keyword(t, "INBOX", "Junk"));
	assert_int_equal(mailbox_of(t->q, "INBOX").unseen, 1);
	assert_int_equal(mailbox_of(t->q, "INBOX").deleted, 1);
	assert_int_equal(mailbox_of(t->q, "INBOX").highest_modseq, b.modseq);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 2);
	assert_int_equal(ask(t, "SELECT count(*) FROM message"), 2);
}

/* What is copied outlives the original. */
static void a_copy_stays(void **state)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_EXPIRED, .max = 10};
	struct tmpstore *t = *state;
	struct quarantine_range all = {1, UINT32_MAX};
	int64_t message = put_text(t->q, "Subject: one\r\n\r\nx");
	size_t n, len;

	assert_int_equal(quarantine_mailbox_create(t->q, "Evidence", 0), QUARANTINE_OK);
	transfer_ok(t, "Outgoing", "Evidence", QUARANTINE_COPY, 1, 1, 1);
	assert_int_equal(quarantine_expunge(t->q, t->outgoing, &all, 1, &request, &n), QUARANTINE_OK);
	assert_int_equal(quarantine_purge(t->q, INT64_MAX, 10, &n), QUARANTINE_OK);
	assert_int_equal(n, 1);
	free(get(t->q, message, &len));
	assert_int_equal(quarantine_mailbox_delete(t->q, "Evidence", &message), QUARANTINE_OK);
	assert_int_equal(quarantine_purge(t->q, INT64_MAX, 1, &n), QUARANTINE_OK);
	assert_int_equal(n, 1);
	assert_int_equal(quarantine_purge(t->q, INT64_MAX, 10, &n), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM message"), 0);
	check_sound(t);
}

/* What each entry of a mailbox should be, in the order of UIDs. */
struct expected {
	uint32_t uid;
	int64_t message;
	uint64_t flags;
};

static void check_entries(struct tmpstore *t, const char *mailbox, const struct expected *list, size_t count)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;

	assert_int_equal(quarantine_list(t->q, mailbox_of(t->q, mailbox).id, 1, UINT32_MAX, 0, false, &c),
			 QUARANTINE_OK);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(quarantine_next(c, &row), 1);
		assert_int_equal(row.uid, list[i].uid);
		assert_int_equal(row.message, list[i].message);
		assert_int_equal(row.flags, list[i].flags);
	}
	assert_int_equal(quarantine_next(c, &row), 0);
	quarantine_cursor_close(c);
}

/* Copies or moves the entries of `from` in a range, in the lists. */
static void expect_transfer(struct expected *from, size_t *from_count, struct expected *to, size_t *to_count,
			    uint32_t *uidnext, struct quarantine_range range, bool move)
{
	size_t kept = 0;

	for (size_t i = 0; i < *from_count; i++) {
		bool meant = from[i].uid >= range.first && from[i].uid <= range.last;

		if (meant)
			to[(*to_count)++] = (struct expected){(*uidnext)++, from[i].message, from[i].flags};
		if (!meant || !move)
			from[kept++] = from[i];
	}
	*from_count = kept;
}

/* Gaps in the UIDs, messages that are there twice, entries that go and are purged: as in plain lists. */
static void copies_and_moves_are_as_lists_have_them(void **state)
{
	enum { MESSAGES = 20, ROUNDS = 60, MOST = 4000 };
	const struct quarantine_expunge_request removal = {
		.size = sizeof(removal), .reason = QUARANTINE_REMOVED, .max = ROOM};
	static const char *const names[] = {"INBOX", "Trash"};
	static struct expected lists[2][MOST];
	struct tmpstore *t = *state;
	size_t counts[2] = {0, 0}, n;
	uint32_t uidnext[2] = {MESSAGES + 1, 1};

	srand(7);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		uint64_t flags = (uint64_t)(rand() % 32);
		char text[20];

		snprintf(text, sizeof(text), "Subject: %u\r\n\r\n", i);
		assert_int_equal(quarantine_notice(t->q, text, strlen(text), NULL), QUARANTINE_OK);
		mark(t, "INBOX", i + 1, flags);
		lists[0][counts[0]++] = (struct expected){i + 1, entry(t, "INBOX", i + 1).message, flags};
	}
	for (int round = 0; round < ROUNDS; round++) {
		int from = rand() % 2, to = 1 - from;
		bool move = rand() % 4 > 0;
		uint32_t first = uidnext[from] > 1 ? 1 + (uint32_t)rand() % (uidnext[from] - 1) : 1;
		struct quarantine_range range = {first, first + (uint32_t)rand() % 9};
		size_t before = counts[to];

		expect_transfer(lists[from], &counts[from], lists[to], &counts[to], &uidnext[to], range,
				move);
		transfer_ok(t, names[from], names[to], move ? QUARANTINE_MOVE : QUARANTINE_COPY, range.first,
			    range.last, counts[to] - before);
		check_entries(t, names[0], lists[0], counts[0]);
		check_entries(t, names[1], lists[1], counts[1]);
		if (round % 8 == 7) {
			assert_int_equal(quarantine_purge(t->q, INT64_MAX, 1000, &n), QUARANTINE_OK);
			check_sound(t);
		}
	}
	for (int i = 0; i < 2; i++) {
		struct quarantine_range all = {1, UINT32_MAX};

		while (quarantine_expunge(t->q, mailbox_of(t->q, names[i]).id, &all, 1, &removal, &n) ==
			       QUARANTINE_OK &&
		       n > 0)
			;
	}
	assert_int_equal(quarantine_purge(t->q, INT64_MAX, 10000, &n), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM message"), 0);
	assert_int_equal(ask(t, "SELECT count(*) FROM message_shared"), 0);
	check_sound(t);
}

static void trash_gives_back(void **state)
{
	struct tmpstore *t = *state;
	size_t n = 77;

	put_text(t->q, "a");
	put_text(t->q, "b");
	transfer_ok(t, "Outgoing", "Trash", QUARANTINE_MOVE, 1, 2, 2);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 0);
	assert_int_equal(ask(t, "SELECT count(*) FROM entry WHERE gone = 2"), 2);
	assert_int_equal(transfer(t, "Trash", "Incoming", QUARANTINE_MOVE, 1, 1, &n), QUARANTINE_INVALID);
	assert_int_equal(transfer(t, "Trash", "Outgoing", QUARANTINE_COPY, 1, 1, &n), QUARANTINE_INVALID);
	assert_int_equal(n, 77);
	transfer_ok(t, "Trash", "INBOX", QUARANTINE_MOVE, 2, 2, 1);
	transfer_ok(t, "INBOX", "Outgoing", QUARANTINE_MOVE, 1, 1, 1);
	transfer_ok(t, "Trash", "Outgoing", QUARANTINE_MOVE, 1, 1, 1);
	assert_int_equal(done[0].to, 4);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 2);
	assert_int_equal(mailbox_of(t->q, "Trash").messages, 0);
}

static void filters_mailboxes_take_nothing_else(void **state)
{
	struct tmpstore *t = *state;
	size_t n;

	put_text(t->q, "a");
	assert_int_equal(quarantine_notice(t->q, "b", 1, NULL), QUARANTINE_OK);
	assert_int_equal(transfer(t, "INBOX", "Outgoing", QUARANTINE_MOVE, 1, 1, &n), QUARANTINE_INVALID);
	assert_int_equal(transfer(t, "Outgoing", "Incoming", QUARANTINE_COPY, 1, 1, &n), QUARANTINE_INVALID);
	assert_int_equal(transfer(t, "Outgoing", "Outgoing", QUARANTINE_MOVE, 1, 1, &n), QUARANTINE_INVALID);
	transfer_ok(t, "Outgoing", "INBOX", QUARANTINE_COPY, 1, 1, 1);
	assert_int_equal(transfer(t, "INBOX", "Outgoing", QUARANTINE_MOVE, 1, 2, &n), QUARANTINE_INVALID);
	assert_int_equal(mailbox_of(t->q, "INBOX").messages, 2);
	check_sound(t);
}

static void a_mailbox_can_copy_into_itself(void **state)
{
	struct tmpstore *t = *state;

	assert_int_equal(quarantine_notice(t->q, "b", 1, NULL), QUARANTINE_OK);
	transfer_ok(t, "INBOX", "INBOX", QUARANTINE_COPY, 1, UINT32_MAX, 1);
	transfer_ok(t, "INBOX", "INBOX", QUARANTINE_MOVE, 1, UINT32_MAX, 2);
	assert_int_equal(mailbox_of(t->q, "INBOX").messages, 2);
	assert_int_equal(mailbox_of(t->q, "INBOX").uidnext, 5);
	transfer_ok(t, "INBOX", "INBOX", QUARANTINE_MOVE, 9, 9, 0);
}

static void keywords_have_an_end(void **state)
{
	struct tmpstore *t = *state;
	char name[8];
	size_t n;

	put_text(t->q, "a");
	for (int i = 0; i < QUARANTINE_KEYWORDS_MAX; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		keyword(t, "Trash", name);
	}
	mark(t, "Outgoing", 1, keyword(t, "Outgoing", "other"));
	assert_int_equal(transfer(t, "Outgoing", "Trash", QUARANTINE_MOVE, 1, 1, &n), QUARANTINE_LIMIT);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 1);
	mark(t, "Outgoing", 1, keyword(t, "Outgoing", "K57"));
	transfer_ok(t, "Outgoing", "Trash", QUARANTINE_MOVE, 1, 1, 1);
}

static void what_is_appended_is_there(void **state)
{
	struct tmpstore *t = *state;
	static const char *const keywords[] = {"Junk", "$label1", "JUNK"};
	int64_t date = 86400;
	struct quarantine_addition two[2] = {
		{.size = sizeof(two[0]), .bytes = "Subject: a\n\nx\n", .len = 14},
		{.size = sizeof(two[0]), .bytes = "", .received = &date},
	};
	struct quarantine_entry row;

	two[0].flags = QUARANTINE_SEEN | (uint64_t)1 << 40;
	two[0].keywords = keywords;
	two[0].keyword_count = 3;
	assert_int_equal(quarantine_append(t->q, mailbox_of(t->q, "Trash").id, two, 2), QUARANTINE_OK);
	assert_true(two[0].uid == 1 && two[1].uid == 2);
	row = entry(t, "Trash", 1);
	assert_true(row.message == two[0].message && row.length == 17 && row.received > 1000000000);
	assert_int_equal(row.flags,
			 QUARANTINE_SEEN | keyword(t, "Trash", "Junk") | keyword(t, "Trash", "$label1"));
	assert_int_equal(entry(t, "Trash", 2).received, 86400);
	assert_int_equal(mailbox_of(t->q, "Trash").unseen, 1);
	check_sound(t);
}

static void an_append_is_whole_or_not(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_addition two[2] = {
		{.size = sizeof(two[0]), .bytes = "a", .len = 1},
		{.size = sizeof(two[0]), .bytes = "bcdef", .len = 5},
	};
	int64_t trash = mailbox_of(t->q, "Trash").id;

	quarantine_set_message_max(t->q, 4);
	assert_int_equal(quarantine_append(t->q, trash, two, 2), QUARANTINE_TOO_BIG);
	assert_int_equal(quarantine_append(t->q, t->outgoing, two, 1), QUARANTINE_INVALID);
	assert_int_equal(quarantine_append(t->q, 99, two, 1), QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_append(t->q, trash, two, 0), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM message"), 0);
	assert_int_equal(mailbox_of(t->q, "Trash").messages, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(each_place_has_its_own_date),
		store_test(a_copy_shares_the_bytes),
		store_test(a_copy_stays),
		store_test(copies_and_moves_are_as_lists_have_them),
		store_test(trash_gives_back),
		store_test(filters_mailboxes_take_nothing_else),
		store_test(a_mailbox_can_copy_into_itself),
		store_test(keywords_have_an_end),
		store_test(what_is_appended_is_there),
		store_test(an_append_is_whole_or_not),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
