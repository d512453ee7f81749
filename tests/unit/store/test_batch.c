/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tmpstore.h"

enum { ROOM = 16384 };

/* A message, to be freed. */
struct mail {
	char *bytes;
	size_t len;
};

static struct mail spam(unsigned n)
{
	struct mail m = {malloc(ROOM), 0};

	assert_non_null(m.bytes);
	m.len = spam_message(m.bytes, ROOM, n);
	return m;
}

static struct mail noise(unsigned seed)
{
	struct mail m = {malloc(ROOM), 5000};

	assert_non_null(m.bytes);
	memcpy(m.bytes, "A: b\r\n\r\n", 8);
	for (size_t i = 8; i < m.len; i++) {
		seed = seed * 1664525 + 1013904223;
		m.bytes[i] = (char)(seed >> 24);
	}
	return m;
}

static struct quarantine_envelope from(const char *sender)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	env.direction = QUARANTINE_OUTGOING;
	env.sender = sender;
	return env;
}

static void add(struct quarantine *q, struct quarantine_batch *b, const char *sender, const struct mail *m)
{
	struct quarantine_envelope env = from(sender);

	assert_int_equal(quarantine_batch_add(q, b, &env, m->bytes, m->len), QUARANTINE_OK);
}

static void comes_back(struct quarantine *q, int64_t message, const struct mail *m)
{
	size_t len;
	char *back = get(q, message, &len);

	assert_int_equal(len, m->len);
	assert_memory_equal(back, m->bytes, len);
	free(back);
}

static struct quarantine_batch *batch_of(size_t size)
{
	struct quarantine_batch *b;

	assert_int_equal(quarantine_batch_create(size, &b), QUARANTINE_OK);
	return b;
}

static void parts_are_committed_apart(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_batch *b = batch_of(3);
	struct quarantine_envelope env = from("a");
	struct mail mail[3];
	int64_t ids[3] = {0};

	assert_int_equal(quarantine_batch_add(t->q, b, NULL, "x", 1), QUARANTINE_INVALID);
	for (unsigned i = 0; i < 3; i++) {
		mail[i] = spam(i);
		add(t->q, b, "a", &mail[i]);
	}
	assert_int_equal(quarantine_batch_add(t->q, b, &env, "x", 1), QUARANTINE_LIMIT);
	assert_int_equal(ask(t, "SELECT count(*) FROM message"), 0);
	/* The body that the others lean on is not there yet. */
	assert_int_equal(quarantine_batch_commit(t->q, b, 1, 2, ids + 1), QUARANTINE_OK);
	assert_int_equal(quarantine_batch_commit(t->q, b, 0, 1, ids), QUARANTINE_OK);
	for (unsigned i = 0; i < 3; i++) {
		comes_back(t->q, ids[i], &mail[i]);
		free(mail[i].bytes);
	}
	quarantine_batch_clear(b);
	assert_int_equal(quarantine_batch_add(t->q, b, &env, "x", 1), QUARANTINE_OK);
	quarantine_batch_destroy(b);
	assert_int_equal(ask(t, "SELECT count(*) FROM message"), 3);
	check_sound(t);
}

/* What follows leans on what is being committed. */
static void a_run_goes_on_in_the_next_batch(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *other = tmpstore_open(t, QUARANTINE_WRITE);
	struct quarantine_batch *b[2] = {batch_of(1), batch_of(1)};
	struct mail mail[2] = {spam(1), spam(2)};
	int64_t ids[2];

	add(t->q, b[0], "a", &mail[0]);
	quarantine_batch_follow(b[1], b[0]);
	add(t->q, b[1], "a", &mail[1]);
	assert_int_equal(quarantine_batch_commit(other, b[0], 0, 1, &ids[0]), QUARANTINE_OK);
	quarantine_batch_settle(b[1]);
	quarantine_batch_destroy(b[0]);
	assert_int_equal(quarantine_batch_commit(other, b[1], 0, 1, &ids[1]), QUARANTINE_OK);
	quarantine_batch_destroy(b[1]);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob WHERE exemplar > 0"), 2);
	for (unsigned i = 0; i < 2; i++) {
		comes_back(t->q, ids[i], &mail[i]);
		free(mail[i].bytes);
	}
	quarantine_close(other);
	check_sound(t);
}

/* Its ids go to others, on which nothing may lean that was meant for it. */
static void a_batch_that_is_rolled_back_is_not_leant_on(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_batch *b[2] = {batch_of(2), batch_of(2)};
	struct mail first = spam(1), bad = spam(2), second = spam(3), other = noise(1);
	int64_t ids[2], id;

	tamper(t, "CREATE TRIGGER refuse BEFORE INSERT ON fact WHEN new.sender = 'bad' "
		  "BEGIN SELECT RAISE(ABORT, 'refused'); END");
	add(t->q, b[0], "a", &first);
	add(t->q, b[0], "bad", &bad);
	quarantine_batch_follow(b[1], b[0]);
	add(t->q, b[1], "a", &second);
	add(t->q, b[1], "a", &first); /* equal bytes, which are not there either */
	assert_int_not_equal(quarantine_batch_commit(t->q, b[0], 0, 2, ids), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob"), 0);
	id = put(t->q, other.bytes, other.len);
	assert_int_equal(ask(t, "SELECT count(*) FROM blob"), 2);
	quarantine_batch_settle(b[1]);
	assert_int_equal(quarantine_batch_commit(t->q, b[1], 0, 2, ids), QUARANTINE_OK);
	comes_back(t->q, id, &other);
	comes_back(t->q, ids[0], &second);
	comes_back(t->q, ids[1], &first);
	/* One after the other, as after a refusal. */
	assert_int_equal(quarantine_batch_commit(t->q, b[0], 0, 1, ids), QUARANTINE_OK);
	assert_int_not_equal(quarantine_batch_commit(t->q, b[0], 1, 1, ids + 1), QUARANTINE_OK);
	comes_back(t->q, ids[0], &first);
	tamper(t, "DROP TRIGGER refuse");
	check_sound(t);
	for (unsigned i = 0; i < 2; i++)
		quarantine_batch_destroy(b[i]);
	free(first.bytes), free(bad.bytes), free(second.bytes), free(other.bytes);
}

/* A thread that commits what it is given. */
struct committer {
	struct quarantine *q;
	struct quarantine_batch *batch;
	size_t count;
	int64_t *ids;
	int status;
};

static void *commit(void *argument)
{
	struct committer *c = argument;

	c->status = quarantine_batch_commit(c->q, c->batch, 0, c->count, c->ids);
	return NULL;
}

/* Batches of any size, of several runs, some of which are refused: what was stored comes back, the rest is
 * not there. */
static void batches_are_prepared_and_committed_at_once(void **state)
{
	enum { BATCHES = 60, MOST = 9, RUNS = 5 };
	struct tmpstore *t = *state;
	struct committer c = {.q = tmpstore_open(t, QUARANTINE_WRITE)};
	struct quarantine_batch *b[2] = {batch_of(MOST), batch_of(MOST)};
	struct mail mail[BATCHES][MOST];
	int64_t ids[BATCHES][MOST];
	size_t count[BATCHES];
	bool refused[BATCHES] = {false};
	uint64_t stored = 0;
	pthread_t thread;

	tamper(t, "CREATE TRIGGER refuse BEFORE INSERT ON fact WHEN new.sender = 'bad' "
		  "BEGIN SELECT RAISE(ABORT, 'refused'); END");
	srand(7);
	for (unsigned n = 0; n < BATCHES; n++) {
		struct quarantine_batch *now = b[n % 2];

		count[n] = 1 + (size_t)rand() % MOST;
		for (size_t i = 0; i < count[n]; i++) {
			bool last = i == count[n] - 1;

			mail[n][i] =
				rand() % 4 ? spam((unsigned)rand() % 1000) : noise((unsigned)rand() % RUNS);
			add(t->q, now, last && n % 3 == 1 ? "bad" : "a", &mail[n][i]);
		}
		if (n > 0) {
			pthread_join(thread, NULL);
			refused[n - 1] = c.status != QUARANTINE_OK;
			quarantine_batch_settle(now);
			quarantine_batch_clear(c.batch);
		}
		c.batch = now;
		c.count = count[n];
		c.ids = ids[n];
		quarantine_batch_follow(b[(n + 1) % 2], now);
		assert_int_equal(pthread_create(&thread, NULL, commit, &c), 0);
	}
	pthread_join(thread, NULL);
	for (unsigned n = 0; n < BATCHES; n++) {
		assert_int_equal(refused[n], n % 3 == 1);
		for (size_t i = 0; i < count[n]; i++) {
			if (!refused[n])
				comes_back(t->q, ids[n][i], &mail[n][i]);
			stored += !refused[n];
			free(mail[n][i].bytes);
		}
	}
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, stored);
	tamper(t, "DROP TRIGGER refuse");
	check_sound(t);
	quarantine_close(c.q);
	quarantine_batch_destroy(b[0]);
	quarantine_batch_destroy(b[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(parts_are_committed_apart),
		store_test(a_run_goes_on_in_the_next_batch),
		store_test(a_batch_that_is_rolled_back_is_not_leant_on),
		store_test(batches_are_prepared_and_committed_at_once),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
