/* SPDX-License-Identifier: ISC */
#include "blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exemplars.h"
#include "tmpstore.h"

static void fingerprints_tell_similar_from_other(void **state)
{
	char a[16384], b[16384], c[16384];
	struct blob_features fa, fb, fc;
	size_t len;

	(void)state;
	len = spam_message(a, sizeof(a), 1);
	blob_features_of(slice_of(a, len), &fa);
	len = spam_message(b, sizeof(b), 2);
	blob_features_of(slice_of(b, len), &fb);
	for (size_t i = 0; i < sizeof(c); i++)
		c[i] = (char)(i * i * 2654435761U >> 13);
	blob_features_of(slice_of(c, sizeof(c)), &fc);
	assert_int_equal(blob_features_common(&fa, &fa), 4 * 5 + 4);
	assert_true(blob_features_common(&fa, &fb) >= 3 * 5);
	assert_int_equal(blob_features_common(&fa, &fc), 0);
	blob_features_of(slice_of("short", 5), &fa);
	assert_int_equal(blob_features_common(&fa, &fa), 0);
}

static void a_run_is_stored_small(void **state)
{
	struct tmpstore *t = *state;
	char bytes[16384];
	size_t total = 0;

	for (unsigned n = 0; n < 200; n++) {
		size_t len = spam_message(bytes, sizeof(bytes), n), got;
		char *back = get(t->q, put(t->q, bytes, len), &got);

		total += len;
		assert_int_equal(got, len);
		assert_memory_equal(back, bytes, len);
		free(back);
	}
	assert_true(ask(t, "SELECT sum(stored) FROM blob") < (int64_t)total / 15);
	assert_true(ask(t, "SELECT count(*) FROM blob WHERE exemplar IS NOT NULL") > 380);
	/* One link deep, and exemplars know their siblings. */
	assert_int_equal(
		ask(t, "SELECT count(*) FROM blob a JOIN blob b ON b.id = a.exemplar WHERE b.exemplar > 0"),
		0);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob b WHERE siblings <> "
				"(SELECT count(*) FROM blob s WHERE s.exemplar = b.id)"),
			 0);
}

/* Message n of one of the runs: words of a few, in an order of the run, and one that is the message's own. */
static size_t words_of_run(char *to, unsigned run, unsigned n)
{
	static const char *const words[] = {
		"account ", "customer ", "offer ", "please ",   "your ",  "invoice\r\n", "today ", "payment ",
		"number ",  "the ",      "bank ",  "security ", "click ", "order ",      "and ",   "free "};
	uint32_t seed = run + 1;
	size_t len = (size_t)sprintf(to, "\r\n");

	for (unsigned i = 0; i < 400; i++) {
		seed = seed * 1664525 + 1013904223;
		len += (size_t)sprintf(to + len, "%s", words[(seed >> 16) % 16]);
		if (i == 200)
			len += (size_t)sprintf(to + len, "%08x", n * 2654435761U);
	}
	return len;
}

static void runs_of_the_same_words_are_told_apart(void **state)
{
	enum { RUNS = 10, COUNT = 200 };
	struct tmpstore *t = *state;
	char bytes[16384];

	for (unsigned n = 0; n < COUNT; n++)
		put(t->q, bytes, words_of_run(bytes, n % RUNS, n));
	assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE exemplar > 0 AND stored * 10 < size"),
			 COUNT - RUNS);
}

/* Beside messages of new runs that share a text with them. */
static void a_group_prefers_what_fits_best(void **state)
{
	enum { RUNS = 10, ROOM = 16384, SHARED = 600 };
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_delivery *list = calloc(2 * RUNS, sizeof(*list));
	char *bytes = malloc(2 * RUNS * ROOM);

	assert_true(list && bytes);
	env.direction = QUARANTINE_OUTGOING;
	for (unsigned n = 0; n < RUNS; n++) {
		size_t len = words_of_run(bytes, n, 0);

		words_of_run(bytes + len, 999, 0);
		put(t->q, bytes, len + SHARED);
	}
	for (unsigned n = 0; n < 2 * RUNS; n++) {
		char *to = bytes + n * ROOM;
		size_t len = words_of_run(to, n % 2 ? n / 2 : RUNS + n, n);

		words_of_run(to + len, 999, 0);
		list[n] = (struct quarantine_delivery){&env, to, len + SHARED, 0};
	}
	assert_int_equal(quarantine_deliver_group(t->q, list, 2 * RUNS), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE exemplar > 0 AND stored * 10 < size"), RUNS);
	free(bytes);
	free(list);
}

static void a_run_in_one_group_is_stored_small(void **state)
{
	enum { COUNT = 100, ROOM = 16384 };
	struct tmpstore *t = *state;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_delivery *list = calloc(COUNT, sizeof(*list));
	char *bytes = malloc(COUNT * ROOM);
	size_t total = 0;

	assert_true(list && bytes);
	env.direction = QUARANTINE_OUTGOING;
	for (unsigned n = 0; n < COUNT; n++) {
		list[n] = (struct quarantine_delivery){&env, bytes + n * ROOM, 0, 0};
		total += list[n].len = spam_message(bytes + n * ROOM, ROOM, n);
	}
	assert_int_equal(quarantine_deliver_group(t->q, list, COUNT), QUARANTINE_OK);
	assert_true(ask(t, "SELECT sum(stored) FROM blob") < (int64_t)total / 15);
	for (unsigned n = 0; n < COUNT; n++) {
		size_t len;
		char *back = get(t->q, list[n].message, &len);

		assert_int_equal(len, list[n].len);
		assert_memory_equal(back, list[n].bytes, len);
		free(back);
	}
	free(bytes);
	free(list);
}

static void equal_bodies_are_stored_once(void **state)
{
	struct tmpstore *t = *state;
	char text[200];

	for (int n = 0; n < 10; n++) {
		snprintf(text, sizeof(text),
			 "To: user%d@example.net\r\nSubject: x%d\r\n\r\nThe very same body.\r\n", n, n * n);
		put_text(t->q, text);
	}
	assert_int_equal(ask(t, "SELECT count(*) FROM blob"), 11);
	assert_int_equal(ask(t, "SELECT max(users) FROM blob"), 10);
	assert_int_equal(ask(t, "SELECT count(*) FROM structure"), 1);
	assert_int_equal(ask(t, "SELECT users FROM structure"), 10);
}

static void large_siblings_use_their_exemplar(void **state)
{
	struct tmpstore *t = *state;
	size_t size = 250 * 1024, len;
	char *bytes = malloc(size);
	uint32_t seed = 1;

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
	memcpy(bytes, "A: b\r\n\r\n", 8);
	put(t->q, bytes, size);
	for (size_t i = 1000; i < size; i += 50000)
		bytes[i]++;
	free(get(t->q, put(t->q, bytes, size), &len));
	assert_int_equal(len, size);
	free(bytes);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE exemplar > 0"), 1);
	assert_true(ask(t, "SELECT min(stored) FROM blob WHERE size > 100") < 2000);
}

/* More runs side by side than stay decoded, first by number, then by bytes. */
static void runs_lie_mixed(void **state)
{
	enum { ROOM = 128 * 1024 };
	static const struct {
		uint32_t runs;
		size_t size;
	} cases[] = {{100, 2000}, {40, ROOM}};
	struct tmpstore *t = *state;
	char *bytes = malloc(ROOM);
	int64_t ids[300];

	assert_non_null(bytes);
	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		for (int put_it = 1; put_it >= 0; put_it--) {
			for (uint32_t n = 0; n < 3 * cases[k].runs; n++) {
				uint32_t seed = n % cases[k].runs + 1000 * (uint32_t)k;
				size_t len;
				char *back;

				for (size_t i = 0; i < cases[k].size; i++)
					bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
				memcpy(bytes, "A: b\r\n\r\n", 8);
				bytes[1000] = (char)n;
				if (put_it) {
					ids[n] = put(t->q, bytes, cases[k].size);
					continue;
				}
				back = get(t->q, ids[n], &len);
				assert_int_equal(len, cases[k].size);
				assert_memory_equal(back, bytes, len);
				free(back);
			}
		}
	}
	free(bytes);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE exemplar > 0"), 2 * 140);
}

static void an_exemplar_takes_so_many_siblings(void **state)
{
	struct tmpstore *t = *state;
	char bytes[16384];
	size_t len;

	put(t->q, bytes, spam_message(bytes, sizeof(bytes), 0));
	tamper(t, "UPDATE blob SET siblings = 999");
	put(t->q, bytes, spam_message(bytes, sizeof(bytes), 1));
	assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE siblings = 1000"), 2);
	assert_int_equal(ask(t, "SELECT count(*) FROM feature"), 0);
	/* The next begins a family of its own. */
	len = spam_message(bytes, sizeof(bytes), 2);
	put(t->q, bytes, len);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE codec = 1"), 4);
	assert_true(ask(t, "SELECT count(*) FROM feature") > 8);
}

/* The exemplar may go between look-up and insertion. */
static void an_exemplar_that_went_is_no_loss(void **state)
{
	struct tmpstore *t = *state;
	struct blob_draft draft;
	char bytes[16384], back[16384];
	size_t len;

	put(t->q, bytes, spam_message(bytes, sizeof(bytes), 0));
	len = spam_message(bytes, sizeof(bytes), 1);
	assert_int_equal(blob_prepare(t->q, slice_of(bytes, len), true, NULL, 0, &draft), QUARANTINE_OK);
	assert_true(blob_leans(draft.codec));
	draft.exemplar = 12345;
	assert_int_equal(write_begin(t->q), QUARANTINE_OK);
	assert_int_equal(write_end(t->q, blob_insert(t->q, &draft)), QUARANTINE_OK);
	assert_int_equal(draft.codec, BLOB_PLAIN);
	assert_int_equal(blob_read(t->q, draft.id, 0, back, len), QUARANTINE_OK);
	assert_memory_equal(back, bytes, len);
	blob_draft_finish(&draft);
}

static void damage_is_found(void **state)
{
	static const char *const damages[] = {
		"UPDATE blob SET data = zeroblob(length(data))",
		"UPDATE blob SET data = substr(data, 1, length(data) - 1)",
		"UPDATE blob SET data = x''",
		"UPDATE blob SET data = NULL",
		"UPDATE blob SET size = size - 1",
		"UPDATE blob SET size = size + 1",
		"UPDATE blob SET size = -1",
		"UPDATE blob SET size = 9223372036854775807",
		"UPDATE blob SET codec = 9",
		"UPDATE blob SET codec = 3",
		"UPDATE blob SET codec = 2, exemplar = id",
		"UPDATE blob SET codec = 2, exemplar = 99",
		"UPDATE blob SET exemplar = NULL, codec = 2",
		"DELETE FROM blob",
	};
	char bytes[1000];

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct tmpstore *t;
		size_t got = 0;
		int64_t message;

		tmpstore_setup(state);
		t = *state;
		message = put_text(t->q, "A: b\r\n\r\nA body that is a little longer than the head is.\r\n");
		tamper(t, damages[i]);
		if (quarantine_content_read(t->q, message, 0, bytes, sizeof(bytes), &got) !=
		    QUARANTINE_CORRUPT)
			fail_msg("%s: not found", damages[i]);
		assert_int_equal(got, 0);
		tmpstore_teardown(state);
	}
	*state = NULL;
}

/* Damage of what leans on another, and of what it leans on; asked without what a handle has decoded. */
static void damage_of_siblings_is_found(void **state)
{
	static const char *const damages[] = {
		"UPDATE blob SET data = zeroblob(length(data)) WHERE codec = 4",
		"UPDATE blob SET data = substr(data, 1, length(data) - 1) WHERE codec = 4",
		"UPDATE blob SET data = CAST(data || x'00' AS BLOB) WHERE codec = 4",
		"UPDATE blob SET data = x'' WHERE codec = 4",
		"UPDATE blob SET size = size - 1 WHERE codec = 4",
		"UPDATE blob SET size = size + 1 WHERE codec = 4",
		"UPDATE blob SET codec = 2 WHERE codec = 4",
		"UPDATE blob SET codec = 1 WHERE codec = 4",
		"UPDATE blob SET exemplar = NULL WHERE codec = 4",
		"UPDATE blob SET exemplar = id WHERE codec = 4",
		"UPDATE blob SET exemplar = 3 - exemplar WHERE codec = 4",
		"UPDATE blob SET codec = 4 WHERE codec = 1",
		"UPDATE blob SET data = zeroblob(length(data)) WHERE codec = 1",
		"DELETE FROM blob WHERE codec = 1",
	};
	char bytes[16384];

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct tmpstore *t;
		size_t got = 0, len;
		int64_t message;

		tmpstore_setup(state);
		t = *state;
		put(t->q, bytes, spam_message(bytes, sizeof(bytes), 0));
		len = spam_message(bytes, sizeof(bytes), 1);
		message = put(t->q, bytes, len);
		assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE codec = 4"), 2);
		tamper(t, damages[i]);
		blob_reader_free(t->q->reader);
		t->q->reader = NULL;
		if (quarantine_content_read(t->q, message, 0, bytes, sizeof(bytes), &got) !=
		    QUARANTINE_CORRUPT)
			fail_msg("%s: not found", damages[i]);
		assert_int_equal(got, 0);
		tmpstore_teardown(state);
	}
	*state = NULL;
}

/* The last ones are there, whatever came before, and all take no more than they may. */
static void decoded_exemplars_are_bounded(void **state)
{
	static const size_t sizes[] = {100, 64 * 1024};
	struct exemplars *all = calloc(1, sizeof(*all));
	struct buf bytes = {0};

	(void)state;
	assert_non_null(all);
	assert_null(exemplars_find(all, 0).data);
	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		for (int64_t blob = 1; blob < 3000; blob++) {
			struct slice found;

			memset(buf_reserve(&bytes, sizes[k]), (int)blob & 63, sizes[k]);
			bytes.len = sizes[k];
			exemplars_keep(all, blob, &bytes);
			assert_true(all->bytes <= EXEMPLAR_BYTES_MAX);
			found = exemplars_find(all, blob - blob % 64);
			assert_true(blob < 64 || blob % 64 > 32 ||
				    (found.len == sizes[k] && found.data[0] == 0));
		}
		assert_null(exemplars_find(all, 1).data);
		exemplars_finish(all);
		assert_int_equal(all->bytes, 0);
	}
	free(all);
}

static void verify_compares_the_hash(void **state)
{
	struct tmpstore *t = *state;
	int64_t blob;

	put_text(t->q, "A: b\r\n\r\nbody\r\n");
	blob = ask(t, "SELECT max(id) FROM blob");
	assert_int_equal(blob_verify(t->q, blob), QUARANTINE_OK);
	tamper(t, "UPDATE blob SET hash = randomblob(32)");
	assert_int_equal(blob_verify(t->q, blob), QUARANTINE_CORRUPT);
	assert_int_equal(blob_verify(t->q, blob + 1), QUARANTINE_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fingerprints_tell_similar_from_other),
		store_test(runs_of_the_same_words_are_told_apart),
		store_test(a_run_is_stored_small),
		store_test(a_group_prefers_what_fits_best),
		store_test(a_run_in_one_group_is_stored_small),
		store_test(equal_bodies_are_stored_once),
		store_test(large_siblings_use_their_exemplar),
		store_test(runs_lie_mixed),
		store_test(an_exemplar_takes_so_many_siblings),
		store_test(an_exemplar_that_went_is_no_loss),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(damage_of_siblings_is_found),
		cmocka_unit_test(decoded_exemplars_are_bounded),
		store_test(verify_compares_the_hash),
	};

	return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
