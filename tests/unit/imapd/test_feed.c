/* SPDX-License-Identifier: ISC */
#include "kit.h"

#include <stdlib.h>

struct fixture {
	struct kit kit;
	struct quarantine_mailbox box;
	struct feed *feed;
};

static void begin(struct fixture *f, unsigned messages)
{
	kit_open(&f->kit);
	if (messages > 0)
		kit_deliver_many(&f->kit, messages);
	assert_int_equal(quarantine_mailbox_find(f->kit.q, "Outgoing", &f->box), QUARANTINE_OK);
	assert_int_equal(feed_join(f->kit.services.feeds, f->kit.q, f->box.id, &f->feed), QUARANTINE_OK);
}

static void end(struct fixture *f)
{
	feed_leave(f->feed);
	kit_close(&f->kit);
}

static void refresh(struct fixture *f)
{
	assert_int_equal(feed_refresh(f->feed, f->kit.q), QUARANTINE_OK);
}

static uint32_t count(struct fixture *f)
{
	struct quarantine_mailbox info;
	struct uidmap *map = feed_map(f->feed, &info);
	uint32_t n = uidmap_count(map);

	assert_int_equal(info.messages, n);
	uidmap_release(map);
	return n;
}

static void set_flags(struct fixture *f, uint32_t first, uint32_t last, uint64_t flags)
{
	struct quarantine_flag_request r = {.size = sizeof(r),
					    .change = QUARANTINE_FLAGS_SET,
					    .flags = flags,
					    .unchanged_since = UINT64_MAX};
	struct quarantine_range range = {first, last};
	uint64_t highest;

	assert_int_equal(quarantine_flags_change(f->kit.q, f->box.id, &range, 1, &r, &highest),
			 QUARANTINE_OK);
}

static void expunge(struct fixture *f, uint32_t first, uint32_t last)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 100000};
	struct quarantine_range range = {first, last};
	size_t done;

	assert_int_equal(quarantine_expunge(f->kit.q, f->box.id, &range, 1, &request, &done), QUARANTINE_OK);
}

static void test_follows_the_store(void **context)
{
	struct fixture f;
	struct quarantine_mailbox info;
	struct uidmap *before;

	(void)context;
	begin(&f, 3);
	before = feed_map(f.feed, &info);
	assert_false(feed_has_news(f.feed, before, info.highest_modseq));
	refresh(&f);
	assert_false(feed_has_news(f.feed, before, info.highest_modseq));
	kit_deliver_many(&f.kit, 2);
	refresh(&f);
	assert_true(feed_has_news(f.feed, before, info.highest_modseq));
	assert_int_equal(count(&f), 5);
	assert_int_equal(uidmap_count(before), 3);
	expunge(&f, 2, 3);
	refresh(&f);
	assert_int_equal(count(&f), 3);
	uidmap_release(before);
	end(&f);
}

static void test_flags_leave_the_map(void **context)
{
	struct fixture f;
	struct quarantine_mailbox info;
	struct quarantine_flag_state *list;
	struct uidmap *map;
	size_t n;

	(void)context;
	begin(&f, 3);
	map = feed_map(f.feed, &info);
	set_flags(&f, 2, 3, QUARANTINE_SEEN);
	set_flags(&f, 3, 3, QUARANTINE_FLAGGED);
	refresh(&f);
	assert_true(feed_has_news(f.feed, map, info.highest_modseq));
	assert_false(feed_has_news(f.feed, map, info.highest_modseq + 2));
	assert_true(feed_changes(f.feed, info.highest_modseq, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].uid, 2);
	assert_int_equal(list[1].flags, QUARANTINE_FLAGGED);
	free(list);
	assert_true(feed_changes(f.feed, info.highest_modseq + 1, &list, &n));
	assert_int_equal(n, 1);
	free(list);
	assert_false(feed_changes(f.feed, info.highest_modseq - 1, &list, &n));
	uidmap_release(map);
	end(&f);
}

static void change_and_note(struct fixture *f, uint32_t first, uint32_t last)
{
	const struct quarantine_flag_request request = {.size = sizeof(request),
							.change = QUARANTINE_FLAGS_ADD,
							.flags = QUARANTINE_FLAGGED,
							.unchanged_since = UINT64_MAX};
	const struct quarantine_range range = {first, last};
	struct quarantine_flag_result result;

	assert_int_equal(quarantine_flags_change_if(f->kit.q, f->box.id, &range, 1, &request, &result),
			 QUARANTINE_OK);
	feed_note_change(f->feed, f->kit.q, &result);
	free(result.refused);
	free(result.entries);
}

/* A change that is noted needs no refresh, unless the feed has missed another. */
static void test_a_change_is_noted(void **context)
{
	struct fixture f;
	struct quarantine_mailbox before, now;
	struct quarantine_flag_state *list;
	size_t n;

	(void)context;
	begin(&f, 9);
	uidmap_release(feed_map(f.feed, &before));
	change_and_note(&f, 3, 3);
	change_and_note(&f, 2, 4); /* of which 3 is so already */
	uidmap_release(feed_map(f.feed, &now));
	assert_int_equal(now.highest_modseq, before.highest_modseq + 2);
	assert_true(feed_changes(f.feed, before.highest_modseq, &list, &n));
	assert_int_equal(n, 3);
	assert_int_equal(list[0].uid, 3);
	assert_int_equal(list[2].uid, 4);
	assert_int_equal(list[2].flags, QUARANTINE_FLAGGED);
	free(list);

	set_flags(&f, 5, 5, QUARANTINE_SEEN);
	change_and_note(&f, 6, 6);
	uidmap_release(feed_map(f.feed, &now));
	assert_int_equal(now.highest_modseq, before.highest_modseq + 2);
	refresh(&f);
	assert_true(feed_changes(f.feed, before.highest_modseq + 2, &list, &n));
	assert_int_equal(n, 2);
	free(list);
	end(&f);
}

/* More than the feed keeps, and more than it patches in. */
static void test_many_changes(void **context)
{
	struct fixture f;
	struct quarantine_mailbox info;
	struct quarantine_flag_state *list;
	size_t n;

	(void)context;
	begin(&f, 5000);
	uidmap_release(feed_map(f.feed, &info));
	set_flags(&f, 1, 1500, QUARANTINE_SEEN);
	refresh(&f);
	assert_false(feed_changes(f.feed, info.highest_modseq, &list, &n));
	set_flags(&f, 1, 1000, QUARANTINE_FLAGGED);
	refresh(&f);
	assert_true(feed_changes(f.feed, info.highest_modseq + 1, &list, &n));
	assert_int_equal(n, 1000);
	free(list);
	set_flags(&f, 1, 5000, QUARANTINE_ANSWERED);
	expunge(&f, 10, 20);
	kit_deliver_many(&f.kit, 1);
	refresh(&f);
	assert_int_equal(count(&f), 4990);
	assert_false(feed_changes(f.feed, info.highest_modseq + 2, &list, &n));
	end(&f);
}

static void test_purge_before_the_refresh(void **context)
{
	struct fixture f;
	size_t done;

	(void)context;
	begin(&f, 10);
	expunge(&f, 4, 6);
	assert_int_equal(quarantine_purge(f.kit.q, INT64_MAX, 1000, &done), QUARANTINE_OK);
	refresh(&f);
	assert_int_equal(count(&f), 7);
	end(&f);
}

static void test_shared(void **context)
{
	struct fixture f;
	struct feed *other;

	(void)context;
	begin(&f, 1);
	assert_int_equal(feed_join(f.kit.services.feeds, f.kit.q, f.box.id, &other), QUARANTINE_OK);
	assert_ptr_equal(other, f.feed);
	feed_leave(other);
	feed_leave(NULL);
	assert_int_equal(feed_join(f.kit.services.feeds, f.kit.q, 4711, &other), QUARANTINE_NOT_FOUND);
	end(&f);
}

static void test_recent_is_taken_once(void **context)
{
	struct feeds *f = feeds_create();

	(void)context;
	assert_int_equal(feed_recent(f, 1, 5, true), 1);
	assert_int_equal(feed_recent(f, 1, 5, false), 1);
	assert_int_equal(feed_recent(f, 1, 5, false), 5);
	assert_int_equal(feed_recent(f, 1, 8, true), 5);
	assert_int_equal(feed_recent(f, 1, 8, false), 5);
	assert_int_equal(feed_recent(f, 1, 4, false), 4);
	assert_int_equal(feed_recent(f, 2, 3, false), 1);
	feeds_destroy(f);
	feeds_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follows_the_store),        cmocka_unit_test(test_flags_leave_the_map),
		cmocka_unit_test(test_a_change_is_noted),        cmocka_unit_test(test_many_changes),
		cmocka_unit_test(test_purge_before_the_refresh), cmocka_unit_test(test_shared),
		cmocka_unit_test(test_recent_is_taken_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
