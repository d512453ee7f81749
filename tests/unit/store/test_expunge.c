/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tmpstore.h"

static size_t expunge(struct tmpstore *t, uint32_t first, uint32_t last, enum quarantine_reason reason,
		      size_t max)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = reason, .max = max};
	struct quarantine_range range = {first, last};
	size_t done = 0;

	assert_int_equal(quarantine_expunge(t->q, t->outgoing, &range, 1, &request, &done), QUARANTINE_OK);
	return done;
}

static size_t purge(struct tmpstore *t, int64_t before, size_t max)
{
	size_t done = 0;

	assert_int_equal(quarantine_purge(t->q, before, max, &done), QUARANTINE_OK);
	return done;
}

static int64_t put_number(struct tmpstore *t, unsigned n)
{
	char bytes[16384];

	return put(t->q, bytes, spam_message(bytes, sizeof(bytes), n));
}

static void gone_entries_stay_readable(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	int64_t message;
	size_t len;

	put_number(t, 1);
	message = put_number(t, 2);
	put_number(t, 3);
	assert_int_equal(expunge(t, 2, 2, QUARANTINE_REMOVED, 10), 1);
	assert_int_equal(expunge(t, 2, 2, QUARANTINE_REMOVED, 10), 0);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 2);
	assert_int_equal(quarantine_list(t->q, t->outgoing, 2, 2, QUARANTINE_FIELD_ENVELOPE, false, &c),
			 QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 0);
	quarantine_cursor_close(c);
	assert_int_equal(quarantine_list(t->q, t->outgoing, 2, 2, QUARANTINE_FIELD_ENVELOPE, true, &c),
			 QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_true(e.gone && e.envelope.len > 0);
	quarantine_cursor_close(c);
	free(get(t->q, message, &len));
	assert_int_equal(purge(t, INT64_MAX, 10), 1);
	assert_int_equal(quarantine_content_read(t->q, message, 0, &e, 1, &len), QUARANTINE_NOT_FOUND);
}

static void at_most_so_many_go_at_once(void **state)
{
	struct tmpstore *t = *state;

	for (unsigned n = 0; n < 5; n++)
		put_text(t->q, "x");
	assert_int_equal(expunge(t, 1, UINT32_MAX, QUARANTINE_EXPIRED, 2), 2);
	assert_int_equal(ask(t, "SELECT max(uid) FROM entry WHERE gone > 0"), 2);
	assert_int_equal(expunge(t, 1, UINT32_MAX, QUARANTINE_EXPIRED, 0), 0);
	assert_int_equal(expunge(t, 1, UINT32_MAX, QUARANTINE_EXPIRED, SIZE_MAX), 3);
	assert_int_equal(purge(t, INT64_MAX, 2), 2);
	assert_int_equal(purge(t, INT64_MAX, SIZE_MAX), 3);
}

static void only_what_left_before_is_purged(void **state)
{
	struct tmpstore *t = *state;

	put_text(t->q, "x");
	put_text(t->q, "y");
	expunge(t, 1, 2, QUARANTINE_REMOVED, 10);
	tamper(t, "UPDATE entry SET gone_at = 1000 WHERE uid = 1");
	assert_int_equal(purge(t, 1000, 10), 0);
	assert_int_equal(purge(t, 1001, 10), 1);
	assert_int_equal(ask(t, "SELECT uid FROM entry"), 2);
}

static void tombstones_grow_together(void **state)
{
	struct tmpstore *t = *state;
	static const struct {
		uint32_t uid;
		enum quarantine_reason reason;
		int64_t tombstones;
	} steps[] = {
		{2, QUARANTINE_REMOVED, 1}, {4, QUARANTINE_REMOVED, 2}, {3, QUARANTINE_REMOVED, 1},
		{5, QUARANTINE_EXPIRED, 2}, {1, QUARANTINE_REMOVED, 2}, {7, QUARANTINE_EXPIRED, 3},
		{6, QUARANTINE_EXPIRED, 2},
	};

	for (unsigned n = 0; n < 7; n++)
		put_text(t->q, "x");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		expunge(t, steps[i].uid, steps[i].uid, steps[i].reason, 1);
		assert_int_equal(purge(t, INT64_MAX, 1), 1);
		assert_int_equal(ask(t, "SELECT count(*) FROM tombstone"), steps[i].tombstones);
		assert_int_equal(ask(t, "SELECT sum(last_uid - first_uid + 1) FROM tombstone"), i + 1);
	}
	assert_int_equal(ask(t, "SELECT modseq FROM tombstone WHERE first_uid = 5"),
			 mailbox_of(t->q, "Outgoing").highest_modseq);
}

static void what_vanished_is_told_also_after_the_purge(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_range *ranges;
	uint64_t since;
	size_t count;

	for (unsigned n = 0; n < 9; n++)
		put_text(t->q, "x");
	expunge(t, 2, 2, QUARANTINE_REMOVED, 10);
	since = mailbox_of(t->q, "Outgoing").highest_modseq;
	expunge(t, 4, 5, QUARANTINE_REMOVED, 10);
	purge(t, INT64_MAX, 10);
	expunge(t, 6, 6, QUARANTINE_EXPIRED, 10);
	expunge(t, 8, 8, QUARANTINE_REMOVED, 10);
	assert_int_equal(quarantine_vanished(t->q, t->outgoing, since, &ranges, &count), QUARANTINE_OK);
	assert_int_equal(count, 2);
	assert_int_equal(ranges[0].first, 4);
	assert_int_equal(ranges[0].last, 6);
	assert_int_equal(ranges[1].first, 8);
	free(ranges);
	assert_int_equal(quarantine_vanished(t->q, t->outgoing, 0, &ranges, &count), QUARANTINE_OK);
	assert_int_equal(count, 3);
	free(ranges);
	assert_int_equal(quarantine_vanished(t->q, t->outgoing, UINT64_MAX, &ranges, &count), QUARANTINE_OK);
	assert_int_equal(count, 0);
	free(ranges);
}

/* Whatever the order in which a run goes, nothing of it stays. */
static void the_purge_leaves_no_bytes(void **state)
{
	static const unsigned strides[] = {1, 7, 13};
	struct tmpstore *t = *state;
	uint32_t base = 0;

	for (size_t s = 0; s < 3; s++, base += 30) {
		for (unsigned n = 0; n < 30; n++)
			put_number(t, n);
		for (uint32_t n = 0; n < 30; n++) {
			uint32_t uid = base + 1 + n * strides[s] % 30;

			assert_int_equal(expunge(t, uid, uid, QUARANTINE_REMOVED, 1), 1);
			assert_int_equal(purge(t, INT64_MAX, 1), 1);
			if (n % 10 == 5)
				check_sound(t);
		}
		assert_int_equal(ask(t, "SELECT count(*) FROM message"), 0);
		assert_int_equal(ask(t, "SELECT count(*) FROM blob"), 0);
		assert_int_equal(ask(t, "SELECT count(*) FROM feature"), 0);
		assert_int_equal(ask(t, "SELECT count(*) FROM structure"), 0);
		assert_int_equal(
			ask(t, "SELECT (SELECT count(*) FROM fact) + (SELECT count(*) FROM search_head) + "
			       "(SELECT count(*) FROM entry)"),
			0);
	}
	assert_int_equal(mailbox_of(t->q, "Outgoing").uidnext, 91);
}

static void frames_go_with_their_blob(void **state)
{
	struct tmpstore *t = *state;
	char *bytes = calloc(1, 700000);

	assert_non_null(bytes);
	put(t->q, bytes, 700000);
	put(t->q, bytes, 700000);
	free(bytes);
	assert_int_equal(ask(t, "SELECT count(*) FROM frame"), 3);
	expunge(t, 1, 1, QUARANTINE_REMOVED, 1);
	purge(t, INT64_MAX, 1);
	assert_int_equal(ask(t, "SELECT count(*) FROM frame"), 3);
	expunge(t, 2, 2, QUARANTINE_REMOVED, 1);
	purge(t, INT64_MAX, 1);
	assert_int_equal(ask(t, "SELECT count(*) FROM frame"), 0);
}

static void ids_are_never_used_again(void **state)
{
	struct tmpstore *t = *state;
	int64_t first = put_text(t->q, "x");

	expunge(t, 1, 1, QUARANTINE_REMOVED, 1);
	purge(t, INT64_MAX, 1);
	assert_true(put_text(t->q, "x") > first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(gone_entries_stay_readable),
		store_test(at_most_so_many_go_at_once),
		store_test(only_what_left_before_is_purged),
		store_test(tombstones_grow_together),
		store_test(what_vanished_is_told_also_after_the_purge),
		store_test(the_purge_leaves_no_bytes),
		store_test(frames_go_with_their_blob),
		store_test(ids_are_never_used_again),
	};

	return cmocka_run_group_tests_name("expunge", tests, NULL, NULL);
}
