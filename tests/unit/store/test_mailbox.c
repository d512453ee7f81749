/* SPDX-License-Identifier: ISC
 *
 * Mailboxes made, renamed, deleted, subscribed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tmpstore.h"

static int make(struct tmpstore *t, const char *name)
{
	return quarantine_mailbox_create(t->q, name, 0);
}

static bool exists(struct tmpstore *t, const char *name)
{
	struct quarantine_mailbox info;

	return quarantine_mailbox_find(t->q, name, &info) == QUARANTINE_OK;
}

static void names_are_looked_at(void **state)
{
	struct tmpstore *t = *state;
	static const char *const bad[] = {
		"",      "/",   "a/", "/a",           "a//b",      "a\001b",    "a\x7f",
		"a\xff", "a*b", "%",  "\xed\xa0\x80", "a\xc2\x85", "a\xcc\x88", "a\xe2\x80\xa8"};
	char name[QUARANTINE_NAME_MAX + 2];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (make(t, bad[i]) != QUARANTINE_INVALID)
			fail_msg("%s was taken", bad[i]);
	memset(name, 'x', sizeof(name));
	name[QUARANTINE_NAME_MAX + 1] = '\0';
	assert_int_equal(make(t, name), QUARANTINE_INVALID);
	name[QUARANTINE_NAME_MAX] = '\0';
	assert_int_equal(make(t, name), QUARANTINE_OK);
	name[QUARANTINE_NAME_MAX - 1] = '\0';
	assert_int_equal(make(t, name), QUARANTINE_OK);
	assert_int_equal(make(t, "Fälle/\xf0\x9f\x98\x80 & mehr"), QUARANTINE_OK);
}

static void those_above_are_made(void **state)
{
	struct tmpstore *t = *state;

	assert_int_equal(make(t, "a/b/c"), QUARANTINE_OK);
	assert_true(exists(t, "a") && exists(t, "a/b") && exists(t, "a/b/c"));
	assert_int_equal(make(t, "a/b"), QUARANTINE_EXISTS);
	assert_int_equal(mailbox_of(t->q, "a/b").kind, QUARANTINE_KIND_OWN);
	assert_false(mailbox_of(t->q, "a/b").subscribed);
}

static void a_name_can_come_again(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_mailbox first, second;
	struct quarantine_mailbox *list;
	size_t count, done;
	int64_t id;

	assert_int_equal(make(t, "x"), QUARANTINE_OK);
	first = mailbox_of(t->q, "x");
	assert_int_equal(quarantine_mailbox_delete(t->q, "x", &id), QUARANTINE_OK);
	assert_int_equal(id, first.id);
	assert_int_equal(quarantine_mailbox_delete(t->q, "x", &id), QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_mailbox_list(t->q, &list, &count), QUARANTINE_OK);
	free(list);
	assert_int_equal(count, 4);
	assert_int_equal(make(t, "x"), QUARANTINE_OK);
	second = mailbox_of(t->q, "x");
	assert_true(second.id > first.id && second.uidvalidity > first.uidvalidity);
	assert_int_equal(quarantine_purge(t->q, INT64_MAX, 10, &done), QUARANTINE_OK);
	assert_int_equal(done, 0);
	check_sound(t);
}

static void some_mailboxes_stay(void **state)
{
	struct tmpstore *t = *state;
	static const char *const names[] = {"INBOX", "Outgoing", "Incoming", "Trash"};
	int64_t id;

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(quarantine_mailbox_delete(t->q, names[i], &id), QUARANTINE_INVALID);
		assert_int_equal(quarantine_mailbox_rename(t->q, names[i], "y"), QUARANTINE_INVALID);
		assert_int_equal(make(t, names[i]), QUARANTINE_EXISTS);
	}
	assert_int_equal(make(t, "Trash/a"), QUARANTINE_OK);
	assert_int_equal(make(t, "a/b"), QUARANTINE_OK);
	assert_int_equal(quarantine_mailbox_delete(t->q, "a", &id), QUARANTINE_EXISTS);
	assert_int_equal(quarantine_mailbox_delete(t->q, "a/b", &id), QUARANTINE_OK);
	assert_int_equal(quarantine_mailbox_delete(t->q, "a", &id), QUARANTINE_OK);
}

static void all_below_are_renamed(void **state)
{
	struct tmpstore *t = *state;
	char name[QUARANTINE_NAME_MAX + 1];
	uint32_t uidvalidity;

	make(t, "é/b/c");
	make(t, "é0");
	make(t, "é-");
	uidvalidity = mailbox_of(t->q, "é/b").uidvalidity;
	assert_int_equal(quarantine_mailbox_rename(t->q, "é", "é/b/d"), QUARANTINE_INVALID);
	assert_int_equal(quarantine_mailbox_rename(t->q, "é", "é0"), QUARANTINE_EXISTS);
	assert_int_equal(quarantine_mailbox_rename(t->q, "é", "é"), QUARANTINE_EXISTS);
	assert_int_equal(quarantine_mailbox_rename(t->q, "é", "a//b"), QUARANTINE_INVALID);
	assert_int_equal(quarantine_mailbox_rename(t->q, "nosuch", "x"), QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_mailbox_rename(t->q, "é", "new/place"), QUARANTINE_OK);
	assert_true(exists(t, "new") && exists(t, "new/place") && exists(t, "new/place/b/c"));
	assert_true(exists(t, "é0") && exists(t, "é-") && !exists(t, "é") && !exists(t, "é/b"));
	assert_int_equal(mailbox_of(t->q, "new/place/b").uidvalidity, uidvalidity);
	memset(name, 'x', QUARANTINE_NAME_MAX - 3);
	name[QUARANTINE_NAME_MAX - 3] = '\0';
	assert_int_equal(quarantine_mailbox_rename(t->q, "new/place", name), QUARANTINE_LIMIT);
	name[QUARANTINE_NAME_MAX - 4] = '\0';
	assert_int_equal(quarantine_mailbox_rename(t->q, "new/place", name), QUARANTINE_OK);
}

static void a_use_is_given_once(void **state)
{
	struct tmpstore *t = *state;

	assert_int_equal(quarantine_mailbox_create(t->q, "Old", QUARANTINE_USE_ARCHIVE), QUARANTINE_OK);
	assert_int_equal(mailbox_of(t->q, "Old").use, QUARANTINE_USE_ARCHIVE);
	assert_int_equal(quarantine_mailbox_create(t->q, "x", QUARANTINE_USE_ARCHIVE), QUARANTINE_EXISTS);
	assert_int_equal(quarantine_mailbox_create(t->q, "x", QUARANTINE_USE_TRASH), QUARANTINE_EXISTS);
	assert_false(exists(t, "x"));
}

static void subscriptions_are_names(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_mailbox *list;
	size_t count;
	int64_t id;

	make(t, "a");
	assert_int_equal(quarantine_mailbox_subscribe(t->q, "a", true), QUARANTINE_OK);
	assert_int_equal(quarantine_mailbox_subscribe(t->q, "a", true), QUARANTINE_OK);
	assert_true(mailbox_of(t->q, "a").subscribed);
	quarantine_mailbox_delete(t->q, "a", &id);
	assert_int_equal(quarantine_mailbox_list(t->q, &list, &count), QUARANTINE_OK);
	assert_int_equal(count, 5);
	assert_string_equal(list[4].name, "a");
	assert_true(list[4].id == 0 && list[4].subscribed);
	free(list);
	assert_int_equal(quarantine_mailbox_subscribe(t->q, "a", true), QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_mailbox_subscribe(t->q, "a", false), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM subscription"), 4);
}

static void there_is_an_end(void **state)
{
	struct tmpstore *t = *state;

	tamper(t, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9994) "
		  "INSERT INTO mailbox (name, kind, uidvalidity) SELECT 'n' || i, 4, i FROM n");
	assert_int_equal(make(t, "a"), QUARANTINE_OK);
	assert_int_equal(make(t, "b/c/d"), QUARANTINE_LIMIT);
	assert_false(exists(t, "b"));
	assert_int_equal(make(t, "b"), QUARANTINE_OK);
	assert_int_equal(make(t, "c"), QUARANTINE_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(names_are_looked_at),     store_test(those_above_are_made),
		store_test(a_name_can_come_again),   store_test(some_mailboxes_stay),
		store_test(all_below_are_renamed),   store_test(a_use_is_given_once),
		store_test(subscriptions_are_names), store_test(there_is_an_end),
	};

	return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
