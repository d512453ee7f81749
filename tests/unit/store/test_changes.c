/* SPDX-License-Identifier: ISC
 *
 * What changed since a modseq, held against a look at all entries: whatever was done before, and when a
 * reader stops and others write on. */
#include <stdlib.h>

#include "tmpstore.h"

enum { ROUNDS = 400, MOST = 100 };

/* The same numbers in each run. */
static unsigned pick(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245U + 12345U;
	return (*seed >> 8) % below;
}

static struct quarantine_range pick_range(struct tmpstore *t, unsigned *seed)
{
	uint32_t uidnext = mailbox_of(t->q, "INBOX").uidnext;
	uint32_t first = 1 + pick(seed, uidnext), size = pick(seed, pick(seed, 4) == 0 ? 500 : 3);

	return (struct quarantine_range){first, first + size};
}

static void copy(struct tmpstore *t, struct quarantine_range range, enum quarantine_copy_how how)
{
	struct quarantine_copy_request request = {.size = sizeof(request), .how = how, .max = MOST};
	struct quarantine_copied done[MOST];
	size_t count;

	request.from = request.to = mailbox_of(t->q, "INBOX").id;
	assert_int_equal(quarantine_copy(t->q, &request, &range, 1, done, &count), QUARANTINE_OK);
}

static void expunge(struct tmpstore *t, struct quarantine_range range)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = MOST};
	size_t done;

	assert_int_equal(quarantine_expunge(t->q, mailbox_of(t->q, "INBOX").id, &range, 1, &request, &done),
			 QUARANTINE_OK);
}

static void change_flags(struct tmpstore *t, struct quarantine_range range, unsigned flags)
{
	struct quarantine_flag_request request = {sizeof(request), QUARANTINE_FLAGS_SET, flags, UINT64_MAX};

	assert_int_equal(
		quarantine_flags_change(t->q, mailbox_of(t->q, "INBOX").id, &range, 1, &request, NULL),
		QUARANTINE_OK);
}

static void do_something(struct tmpstore *t, unsigned *seed)
{
	struct quarantine_range range = pick_range(t, seed);
	size_t done;

	switch (pick(seed, 8)) {
	case 0:
	case 1:
		copy(t, (struct quarantine_range){1, UINT32_MAX}, QUARANTINE_COPY);
		break;
	case 2:
		copy(t, range, QUARANTINE_COPY);
		break;
	case 3:
		copy(t, range, QUARANTINE_MOVE);
		break;
	case 4:
		expunge(t, range);
		break;
	case 5:
		assert_int_equal(quarantine_purge(t->q, INT64_MAX, pick(seed, 300), &done), QUARANTINE_OK);
		break;
	default:
		change_flags(t, range, pick(seed, 32));
	}
}

static int next(struct quarantine_cursor *c, struct quarantine_entry *e)
{
	int status = quarantine_next(c, e);

	assert_true(status >= 0);
	return status;
}

/* The changes are exactly those of the whole list that are new. */
static void compare(struct tmpstore *t, struct quarantine_range range, uint64_t since)
{
	int64_t box = mailbox_of(t->q, "INBOX").id;
	struct quarantine_cursor *all, *changes;
	struct quarantine_entry expected, e;

	assert_int_equal(
		quarantine_list(t->q, box, range.first, range.last, QUARANTINE_FIELD_FLAGS, true, &all),
		QUARANTINE_OK);
	assert_int_equal(quarantine_changes(t->q, box, range.first, range.last, since, &changes),
			 QUARANTINE_OK);
	while (next(all, &expected) == 1) {
		if (expected.modseq <= since)
			continue;
		assert_int_equal(next(changes, &e), 1);
		assert_int_equal(e.uid, expected.uid);
		assert_int_equal(e.modseq, expected.modseq);
		assert_int_equal(e.flags, expected.flags);
		assert_int_equal(e.gone, expected.gone);
	}
	assert_int_equal(next(changes, &e), 0);
	quarantine_cursor_close(changes);
	quarantine_cursor_close(all);
}

static void begin(struct tmpstore *t)
{
	struct quarantine_copy_request request = {.size = sizeof(request), .max = 1};
	struct quarantine_range one = {1, 1};
	struct quarantine_copied done[1];
	size_t count;

	put_text(t->q, "Subject: one\r\n\r\n");
	request.from = t->outgoing;
	request.to = mailbox_of(t->q, "INBOX").id;
	request.how = QUARANTINE_COPY;
	assert_int_equal(quarantine_copy(t->q, &request, &one, 1, done, &count), QUARANTINE_OK);
}

static void no_change_is_missed(void **state)
{
	struct tmpstore *t = *state;
	unsigned seed = 1;

	begin(t);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t highest = mailbox_of(t->q, "INBOX").highest_modseq;

		do_something(t, &seed);
		compare(t, (struct quarantine_range){1, UINT32_MAX}, highest);
		compare(t, (struct quarantine_range){1, UINT32_MAX}, pick(&seed, (unsigned)highest + 2));
		compare(t, pick_range(t, &seed), pick(&seed, (unsigned)highest + 2));
		if (i % 50 == 49)
			check_sound(t);
	}
	expunge(t, (struct quarantine_range){1, 1});
	while (mailbox_of(t->q, "INBOX").messages > 0)
		expunge(t, (struct quarantine_range){1, UINT32_MAX});
	for (size_t done = 1; done > 0;)
		assert_int_equal(quarantine_purge(t->q, INT64_MAX, MOST, &done), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM entry_block"), 0);
	check_sound(t);
}

/* A reader who stops after each entry, while others write, has seen the last state of all that changed, when
 * it asks once more for what is above the modseq that it began at. */
static void a_reader_may_stop_and_go_on(void **state)
{
	struct tmpstore *t = *state;
	unsigned seed = 7;
	uint64_t told = 0, seen[20000] = {0};
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	int64_t box;

	begin(t);
	box = mailbox_of(t->q, "INBOX").id;
	for (unsigned i = 0; i < 6; i++)
		copy(t, (struct quarantine_range){1, UINT32_MAX}, QUARANTINE_COPY);
	for (unsigned round = 0; round < 4; round++) {
		uint64_t began = mailbox_of(t->q, "INBOX").highest_modseq;
		uint32_t at = 0;

		for (int found = 1; found;) {
			assert_int_equal(quarantine_changes(t->q, box, at + 1, UINT32_MAX, told, &c),
					 QUARANTINE_OK);
			found = next(c, &e);
			if (found) {
				at = e.uid;
				assert_true(at < 20000);
				seen[at] = e.modseq;
			}
			quarantine_cursor_close(c);
			if (round < 3 && mailbox_of(t->q, "INBOX").uidnext < 4000)
				do_something(t, &seed);
		}
		told = began;
	}
	assert_int_equal(told, mailbox_of(t->q, "INBOX").highest_modseq);
	assert_int_equal(quarantine_list(t->q, box, 1, UINT32_MAX, QUARANTINE_FIELD_FLAGS, true, &c),
			 QUARANTINE_OK);
	while (next(c, &e) == 1)
		assert_int_equal(seen[e.uid], e.modseq);
	quarantine_cursor_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(no_change_is_missed),
		store_test(a_reader_may_stop_and_go_on),
	};

	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
