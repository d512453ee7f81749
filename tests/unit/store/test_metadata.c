/* SPDX-License-Identifier: ISC
 *
 * What clients attach to mailboxes and to the server. */
#include <stdlib.h>
#include <string.h>

#include "tmpstore.h"

static uint64_t first, last;

static int set_value(struct tmpstore *t, int64_t mailbox, const char *login, const char *entry,
		     const char *value)
{
	struct quarantine_metadata_change change = {entry, {value, value ? strlen(value) : 0}};
	struct quarantine_metadata_request request = {
		.size = sizeof(request), .mailbox = mailbox, .login = login, .changes = &change, .count = 1};

	request.most = 3;
	return quarantine_metadata_set(t->q, &request, &first, &last);
}

static int set_use(struct tmpstore *t, const char *mailbox, unsigned use)
{
	struct quarantine_metadata_request request = {.size = sizeof(request),
						      .mailbox = mailbox_of(t->q, mailbox).id,
						      .login = "global",
						      .use = &use};

	return quarantine_metadata_set(t->q, &request, &first, &last);
}

static void assert_value(struct tmpstore *t, int64_t mailbox, const char *login, const char *entry,
			 const char *want)
{
	char *value = NULL;
	size_t len = 0;
	int status = quarantine_metadata_get(t->q, mailbox, login, entry, &value, &len);

	assert_int_equal(status, want ? QUARANTINE_OK : QUARANTINE_NOT_FOUND);
	if (!want)
		return;
	assert_int_equal(len, strlen(want));
	assert_memory_equal(value, want, len);
	free(value);
}

static size_t count(struct tmpstore *t, int64_t mailbox, const char *login)
{
	struct quarantine_metadata *list;
	size_t n;

	assert_int_equal(quarantine_metadata_list(t->q, mailbox, login, &list, &n), QUARANTINE_OK);
	free(list);
	return n;
}

static void values_are_set_replaced_and_removed(void **state)
{
	struct tmpstore *t = *state;

	assert_value(t, 0, "a", "/shared/comment", NULL);
	assert_int_equal(set_value(t, 0, "a", "/shared/comment", "one"), QUARANTINE_OK);
	assert_value(t, 0, "b", "/Shared/COMMENT", "one");
	assert_int_equal(set_value(t, 0, "b", "/SHARED/comment", ""), QUARANTINE_OK);
	assert_value(t, 0, "a", "/shared/comment", "");
	assert_value(t, t->outgoing, "a", "/shared/comment", NULL);
	assert_int_equal(count(t, 0, "a"), 1);
	assert_int_equal(set_value(t, 0, "a", "/shared/comment", NULL), QUARANTINE_OK);
	assert_value(t, 0, "a", "/shared/comment", NULL);
	assert_int_equal(count(t, 0, "a"), 0);
	assert_int_equal(set_value(t, 0, "a", "/shared/comment", NULL), QUARANTINE_OK);
	assert_true(last < first);
	assert_int_equal(set_value(t, 999, "a", "/shared/comment", "x"), QUARANTINE_NOT_FOUND);
	check_sound(t);
}

static void private_is_the_logins_own(void **state)
{
	struct tmpstore *t = *state;

	assert_int_equal(set_value(t, t->outgoing, "a", "/private/comment", "mine"), QUARANTINE_OK);
	assert_int_equal(set_value(t, t->outgoing, "b", "/PRIVATE/comment", "yours"), QUARANTINE_OK);
	assert_value(t, t->outgoing, "a", "/private/comment", "mine");
	assert_value(t, t->outgoing, "b", "/private/comment", "yours");
	assert_int_equal(count(t, t->outgoing, "c"), 0);
}

static void there_is_a_limit(void **state)
{
	struct tmpstore *t = *state;

	assert_int_equal(set_value(t, 0, "a", "/shared/1", "x"), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "a", "/shared/2", "x"), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "a", "/shared/3", "x"), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "a", "/shared/4", "x"), QUARANTINE_LIMIT);
	assert_int_equal(set_value(t, 0, "a", "/shared/3", "y"), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "a", "/private/1", "y"), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "a", "/shared/1", NULL), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "a", "/shared/4", "x"), QUARANTINE_OK);
}

static void all_or_none(void **state)
{
	struct tmpstore *t = *state;
	const struct quarantine_metadata_change changes[] = {
		{"/shared/a", {"1", 1}}, {"/shared/b", {"2", 1}}, {"/shared/c", {"3", 1}}};
	struct quarantine_metadata_request request = {
		.size = sizeof(request), .login = "a", .changes = changes, .count = 3, .most = 2};

	assert_int_equal(quarantine_metadata_set(t->q, &request, &first, &last), QUARANTINE_LIMIT);
	assert_int_equal(count(t, 0, "a"), 0);
	request.most = 3;
	assert_int_equal(quarantine_metadata_set(t->q, &request, &first, &last), QUARANTINE_OK);
	assert_int_equal(last - first, 2);
}

/* What deletes the mailbox deletes them, also for a new one of that name; what renames it keeps them. */
static void they_go_with_the_mailbox(void **state)
{
	struct tmpstore *t = *state;
	int64_t id;

	assert_int_equal(quarantine_mailbox_create(t->q, "a/b", 0), QUARANTINE_OK);
	assert_int_equal(set_value(t, mailbox_of(t->q, "a/b").id, "g", "/shared/comment", "x"),
			 QUARANTINE_OK);
	assert_int_equal(quarantine_mailbox_rename(t->q, "a", "c"), QUARANTINE_OK);
	assert_value(t, mailbox_of(t->q, "c/b").id, "g", "/shared/comment", "x");
	assert_int_equal(quarantine_mailbox_delete(t->q, "c/b", &id), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM metadata"), 0);
	assert_int_equal(quarantine_mailbox_create(t->q, "c/b", 0), QUARANTINE_OK);
	assert_value(t, mailbox_of(t->q, "c/b").id, "g", "/shared/comment", NULL);
	check_sound(t);
}

static void changes_are_told_in_their_order(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_metadata_news news[9];
	uint64_t since;
	size_t n;

	assert_int_equal(set_value(t, 0, "a", "/shared/old", "1"), QUARANTINE_OK);
	assert_int_equal(quarantine_metadata_revision(t->q, &since), QUARANTINE_OK);
	assert_int_equal(since, last);
	assert_int_equal(set_value(t, t->outgoing, "a", "/shared/1", "1"), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "b", "/private/2", "1"), QUARANTINE_OK);
	assert_int_equal(set_value(t, 0, "a", "/shared/old", NULL), QUARANTINE_OK);
	assert_int_equal(set_value(t, t->outgoing, "a", "/shared/1", "2"), QUARANTINE_OK);
	assert_int_equal(quarantine_metadata_changes(t->q, since, "a", news, 9, &n), QUARANTINE_OK);
	assert_int_equal(n, 2);
	assert_string_equal(news[0].mailbox, "");
	assert_string_equal(news[0].entry, "/shared/old");
	assert_string_equal(news[1].mailbox, "Outgoing");
	assert_int_equal(news[1].revision, last);
	assert_int_equal(quarantine_metadata_changes(t->q, since, "b", news, 2, &n), QUARANTINE_OK);
	assert_int_equal(n, 2);
	assert_string_equal(news[0].entry, "/private/2");
	assert_int_equal(quarantine_metadata_changes(t->q, last, "a", news, 2, &n), QUARANTINE_OK);
	assert_int_equal(n, 0);
}

static void removed_ones_are_forgotten(void **state)
{
	struct tmpstore *t = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(set_value(t, 0, "a", "/shared/x", "1"), QUARANTINE_OK);
		assert_int_equal(set_value(t, 0, "a", "/shared/x", NULL), QUARANTINE_OK);
		assert_int_equal(ask(t, "SELECT count(*) FROM metadata"), 1);
	}
	tamper(t, "UPDATE sqlite_sequence SET seq = seq + 998 WHERE name = 'metadata'");
	assert_int_equal(set_value(t, 0, "a", "/shared/y", "1"), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM metadata"), 2);
	assert_int_equal(set_value(t, 0, "a", "/shared/y", "1"), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM metadata"), 1);
}

static void a_use_is_given_to_one(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_metadata_news news;
	size_t n;

	assert_int_equal(quarantine_mailbox_create(t->q, "a", 0), QUARANTINE_OK);
	assert_int_equal(quarantine_mailbox_create(t->q, "b", 0), QUARANTINE_OK);
	assert_int_equal(set_use(t, "a", QUARANTINE_USE_SENT | QUARANTINE_USE_DRAFTS), QUARANTINE_OK);
	assert_int_equal(quarantine_metadata_changes(t->q, 0, "x", &news, 1, &n), QUARANTINE_OK);
	assert_string_equal(news.entry, "/private/specialuse");
	assert_int_equal(set_use(t, "b", QUARANTINE_USE_SENT), QUARANTINE_EXISTS);
	assert_int_equal(set_use(t, "b", QUARANTINE_USE_TRASH), QUARANTINE_EXISTS);
	assert_int_equal(set_use(t, "a", QUARANTINE_USE_DRAFTS), QUARANTINE_OK);
	assert_int_equal(set_use(t, "b", QUARANTINE_USE_SENT), QUARANTINE_OK);
	assert_int_equal(set_use(t, "Trash", QUARANTINE_USE_TRASH), QUARANTINE_OK);
	assert_int_equal(set_use(t, "Trash", 0), QUARANTINE_INVALID);
	assert_int_equal(mailbox_of(t->q, "a").use, QUARANTINE_USE_DRAFTS);
	assert_int_equal(mailbox_of(t->q, "b").use, QUARANTINE_USE_SENT);
	check_sound(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(values_are_set_replaced_and_removed),
		store_test(private_is_the_logins_own),
		store_test(there_is_a_limit),
		store_test(all_or_none),
		store_test(they_go_with_the_mailbox),
		store_test(changes_are_told_in_their_order),
		store_test(removed_ones_are_forgotten),
		store_test(a_use_is_given_to_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
