/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "tmpstore.h"

static uint64_t change(struct tmpstore *t, enum quarantine_flag_change how, uint64_t flags, uint32_t first,
		       uint32_t last)
{
	struct quarantine_flag_request request = {sizeof(request), how, flags, UINT64_MAX};
	struct quarantine_range range = {first, last};
	uint64_t highest = 0;

	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &range, 1, &request, &highest),
			 QUARANTINE_OK);
	return highest;
}

static struct quarantine_entry entry_of(struct tmpstore *t, uint32_t uid)
{
	struct quarantine_cursor *c;
	struct quarantine_entry entry;

	assert_int_equal(quarantine_list(t->q, t->outgoing, uid, uid, 0, true, &c), QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &entry), 1);
	quarantine_cursor_close(c);
	return entry;
}

static void set_add_and_remove(void **state)
{
	struct tmpstore *t = *state;
	uint64_t before, after;

	for (int i = 0; i < 3; i++)
		put_text(t->q, "x");
	before = mailbox_of(t->q, "Outgoing").highest_modseq;
	after = change(t, QUARANTINE_FLAGS_ADD, QUARANTINE_SEEN | QUARANTINE_DELETED, 2, 3);
	assert_int_equal(after, before + 1);
	assert_int_equal(mailbox_of(t->q, "Outgoing").unseen, 1);
	assert_int_equal(mailbox_of(t->q, "Outgoing").deleted, 2);
	assert_int_equal(entry_of(t, 2).modseq, after);
	/* What would not change keeps its modseq, and so does the mailbox. */
	assert_int_equal(change(t, QUARANTINE_FLAGS_ADD, QUARANTINE_SEEN, 2, 3), after);
	assert_int_equal(change(t, QUARANTINE_FLAGS_SET, QUARANTINE_SEEN, 3, 3), after + 1);
	assert_int_equal(entry_of(t, 3).flags, QUARANTINE_SEEN);
	assert_int_equal(entry_of(t, 2).modseq, after);
	assert_int_equal(
		change(t, QUARANTINE_FLAGS_REMOVE, QUARANTINE_SEEN | QUARANTINE_DRAFT, 1, UINT32_MAX),
		after + 2);
	assert_int_equal(entry_of(t, 2).flags, QUARANTINE_DELETED);
	assert_int_equal(entry_of(t, 1).flags, 0);
}

static void entries_changed_since_are_left_alone(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_flag_request request = {sizeof(request), QUARANTINE_FLAGS_ADD, QUARANTINE_FLAGGED,
						  0};
	struct quarantine_range all = {1, UINT32_MAX};
	uint64_t highest;

	put_text(t->q, "x");
	put_text(t->q, "y");
	request.unchanged_since = change(t, QUARANTINE_FLAGS_ADD, QUARANTINE_SEEN, 1, 1) - 1;
	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &all, 1, &request, &highest),
			 QUARANTINE_OK);
	assert_int_equal(entry_of(t, 1).flags, QUARANTINE_SEEN);
	assert_int_equal(entry_of(t, 2).flags, QUARANTINE_FLAGGED);
}

static void refused_entries_are_told(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_flag_request request = {sizeof(request), QUARANTINE_FLAGS_ADD, QUARANTINE_FLAGGED,
						  0};
	struct quarantine_range runs[] = {{1, 2}, {4, 99}};
	struct quarantine_flag_result result;

	for (int i = 0; i < 6; i++)
		put_text(t->q, "x");
	request.unchanged_since = mailbox_of(t->q, "Outgoing").highest_modseq;
	change(t, QUARANTINE_FLAGS_ADD, QUARANTINE_SEEN, 2, 5);
	assert_int_equal(quarantine_flags_change_if(t->q, t->outgoing, runs, 2, &request, &result),
			 QUARANTINE_OK);
	assert_int_equal(result.highest_modseq, request.unchanged_since + 2);
	assert_int_equal(result.changed, 2);
	assert_int_equal(result.refused_count, 2);
	assert_int_equal(result.refused[0].first, 2);
	assert_int_equal(result.refused[0].last, 2);
	assert_int_equal(result.refused[1].first, 4);
	assert_int_equal(result.refused[1].last, 5);
	assert_int_equal(result.count, 5);
	for (size_t i = 0; i < result.count; i++) {
		static const uint32_t uids[] = {1, 2, 4, 5, 6};
		struct quarantine_entry now = entry_of(t, uids[i]);

		assert_int_equal(result.entries[i].uid, uids[i]);
		assert_int_equal(result.entries[i].flags, now.flags);
		assert_int_equal(result.entries[i].modseq, now.modseq);
	}
	free(result.refused);
	free(result.entries);
	assert_int_equal(entry_of(t, 5).flags, QUARANTINE_SEEN);
	assert_int_equal(entry_of(t, 6).flags, QUARANTINE_FLAGGED);
}

static void requests_without_sense_are_refused(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_flag_request bad = {sizeof(bad), QUARANTINE_FLAGS_ADD, (uint64_t)1 << 63,
					      UINT64_MAX};
	struct quarantine_range all = {1, UINT32_MAX};
	uint64_t highest = 77;

	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &all, 1, &bad, &highest),
			 QUARANTINE_INVALID);
	bad.flags = 1;
	bad.change = 9;
	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &all, 1, &bad, &highest),
			 QUARANTINE_INVALID);
	bad.change = QUARANTINE_FLAGS_ADD;
	assert_int_equal(quarantine_flags_change(t->q, 99, &all, 1, &bad, &highest), QUARANTINE_NOT_FOUND);
	bad.size = 1;
	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &all, 1, &bad, &highest),
			 QUARANTINE_INVALID);
	assert_int_equal(highest, 77);
}

static void keywords_have_bits(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_keywords k;
	uint64_t bit, other;
	char name[QUARANTINE_KEYWORD_LENGTH_MAX + 2];

	assert_int_equal(quarantine_keyword_make(t->q, t->outgoing, "$Phishing", &bit), QUARANTINE_OK);
	assert_int_equal(bit, 1 << QUARANTINE_KEYWORD_BIT);
	assert_int_equal(quarantine_keyword_make(t->q, t->outgoing, "$PHISHING", &other), QUARANTINE_OK);
	assert_int_equal(other, bit);
	assert_int_equal(quarantine_keyword_make(t->q, 99, "a", &bit), QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_keyword_make(t->q, t->outgoing, "", &bit), QUARANTINE_INVALID);
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(quarantine_keyword_make(t->q, t->outgoing, name, &bit), QUARANTINE_INVALID);
	assert_int_equal(quarantine_keyword_make(t->q, t->outgoing, name + 1, &bit), QUARANTINE_OK);
	for (int i = 2; i < QUARANTINE_KEYWORDS_MAX; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		assert_int_equal(quarantine_keyword_make(t->q, t->outgoing, name, &bit), QUARANTINE_OK);
	}
	assert_int_equal(bit, (uint64_t)1 << 62);
	assert_int_equal(quarantine_keyword_make(t->q, t->outgoing, "one-more", &bit), QUARANTINE_LIMIT);
	assert_int_equal(quarantine_keywords_get(t->q, t->outgoing, &k), QUARANTINE_OK);
	assert_int_equal(k.count, QUARANTINE_KEYWORDS_MAX);
	assert_string_equal(k.name[0], "$Phishing");
	quarantine_keywords_free(&k);
	put_text(t->q, "x");
	change(t, QUARANTINE_FLAGS_SET, (uint64_t)1 << 62 | QUARANTINE_SEEN, 1, 1);
	assert_int_equal(entry_of(t, 1).flags, (uint64_t)1 << 62 | QUARANTINE_SEEN);
}

/* What the store should hold, kept by the simplest means. */
struct model {
	struct {
		uint64_t flags, modseq;
		bool there;
	} entry[401];
	uint32_t last;
	uint64_t modseq;
};

static void check_model(struct tmpstore *t, const struct model *m)
{
	struct quarantine_mailbox info = mailbox_of(t->q, "Outgoing");
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	uint64_t messages = 0, unseen = 0, deleted = 0;
	uint32_t uid = 0;

	for (uint32_t i = 1; i <= m->last; i++) {
		messages += m->entry[i].there;
		unseen += m->entry[i].there && !(m->entry[i].flags & QUARANTINE_SEEN);
		deleted += m->entry[i].there && (m->entry[i].flags & QUARANTINE_DELETED);
	}
	assert_int_equal(info.messages, messages);
	assert_int_equal(info.unseen, unseen);
	assert_int_equal(info.deleted, deleted);
	assert_int_equal(info.bytes, messages);
	assert_int_equal(info.uidnext, m->last + 1);
	assert_int_equal(info.highest_modseq, m->modseq);
	assert_int_equal(quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, 0, false, &c), QUARANTINE_OK);
	while (quarantine_next(c, &e) == 1) {
		do
			uid++;
		while (uid <= m->last && !m->entry[uid].there);
		assert_int_equal(e.uid, uid);
		assert_int_equal(e.flags, m->entry[uid].flags);
		assert_int_equal(e.modseq, m->entry[uid].modseq);
	}
	quarantine_cursor_close(c);
}

static uint64_t apply(uint64_t old, enum quarantine_flag_change how, uint64_t flags)
{
	if (how == QUARANTINE_FLAGS_SET)
		return flags;
	return how == QUARANTINE_FLAGS_ADD ? old | flags : old & ~flags;
}

static void model_change(struct model *m, enum quarantine_flag_change how, uint64_t flags, uint32_t a,
			 uint32_t b)
{
	uint64_t modseq = m->modseq + 1;

	for (uint32_t i = a; i <= b && i <= m->last; i++) {
		if (!m->entry[i].there || apply(m->entry[i].flags, how, flags) == m->entry[i].flags)
			continue;
		m->entry[i].flags = apply(m->entry[i].flags, how, flags);
		m->entry[i].modseq = m->modseq = modseq;
	}
}

static size_t model_expunge(struct model *m, uint64_t flags, uint32_t a, uint32_t b, size_t max)
{
	uint64_t modseq = m->modseq + 1;
	size_t done = 0;

	for (uint32_t i = a; i <= b && i <= m->last && done < max; i++) {
		if (!m->entry[i].there || (m->entry[i].flags & flags) != flags)
			continue;
		m->entry[i].there = false;
		m->modseq = modseq;
		done++;
	}
	return done;
}

static void random_operations_agree_with_the_model(void **state)
{
	struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 5};
	struct tmpstore *t = *state;
	struct model *m = calloc(1, sizeof(*m));
	unsigned random = 4711;

	assert_non_null(m);
	m->modseq = 1;
	for (int step = 0; step < 400; step++) {
		uint32_t a = 1 + (random = random * 1103515245 + 12345) / 65536 % (m->last + 1);
		uint32_t b = a + (random = random * 1103515245 + 12345) / 65536 % 20;
		uint64_t flags = (random = random * 1103515245 + 12345) / 65536 % 32;
		unsigned what = (random = random * 1103515245 + 12345) / 65536 % 10;
		size_t done = 0;

		if (what < 5) {
			put(t->q, "x", 1);
			m->last++;
			m->entry[m->last].there = true;
			m->entry[m->last].modseq = ++m->modseq;
		} else if (what < 9) {
			enum quarantine_flag_change how = what % 3;

			model_change(m, how, flags, a, b);
			assert_int_equal(change(t, how, flags, a, b), m->modseq);
		} else {
			struct quarantine_range range = {a, b};

			request.flags = flags & 9;
			assert_int_equal(quarantine_expunge(t->q, t->outgoing, &range, 1, &request, &done),
					 QUARANTINE_OK);
			assert_int_equal(done, model_expunge(m, flags & 9, a, b, 5));
		}
		if (step % 10 == 0)
			check_model(t, m);
	}
	check_model(t, m);
	check_sound(t);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(set_add_and_remove),       store_test(entries_changed_since_are_left_alone),
		store_test(refused_entries_are_told), store_test(requests_without_sense_are_refused),
		store_test(keywords_have_bits),       store_test(random_operations_agree_with_the_model),
	};

	return cmocka_run_group_tests_name("flags", tests, NULL, NULL);
}
