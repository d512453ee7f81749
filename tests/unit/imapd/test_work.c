/* SPDX-License-Identifier: ISC */
#include "../../../imapd/net/work.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../imapd/log.h"
#include "../../../store/include/quarantine.h"

/* What the jobs of a test share; `gate` holds them back until it is opened. */
struct bench {
	uv_loop_t loop;
	struct work_pool *pool;
	uv_sem_t gate, at_gate;
	unsigned finished;
	unsigned last; /* when that many are finished, the pool goes */
	int order[128];
	unsigned run_count; /* the worker's */
	int ran[128];
};

struct job {
	struct work work;
	struct bench *bench;
	int number;
	bool had_store;
	struct quarantine *store;
};

static void bench_start(struct bench *b, const char *store, unsigned queue)
{
	struct work_settings settings = {
		.store = store, .store_workers = 1, .auth_workers = 1, .auth_queue = queue};

	*b = (struct bench){0};
	assert_int_equal(uv_loop_init(&b->loop), 0);
	assert_int_equal(uv_sem_init(&b->gate, 0), 0);
	assert_int_equal(uv_sem_init(&b->at_gate, 0), 0);
	assert_int_equal(work_pool_create(&b->loop, &settings, &b->pool), 0);
}

static void bench_finish(struct bench *b)
{
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	uv_sem_destroy(&b->gate);
	uv_sem_destroy(&b->at_gate);
}

static void run_plain(struct work *w, struct quarantine *store)
{
	struct job *j = (struct job *)w;

	j->had_store = store != NULL;
	j->store = store;
}

static void run_gated(struct work *w, struct quarantine *store)
{
	struct job *j = (struct job *)w;

	uv_sem_post(&j->bench->at_gate);
	uv_sem_wait(&j->bench->gate);
	run_plain(w, store);
}

static void note_done(struct work *w)
{
	struct job *j = (struct job *)w;
	struct bench *b = j->bench;

	b->order[b->finished++] = j->number;
	if (b->finished == b->last)
		work_pool_destroy(b->pool);
}

static void prepare(struct job *jobs, int count, struct bench *b,
		    void (*run)(struct work *, struct quarantine *))
{
	for (int i = 0; i < count; i++)
		jobs[i] = (struct job){.work = {.run = run, .done = note_done}, .bench = b, .number = i};
	b->last = (unsigned)count;
}

static void test_first_come_first_served(void **state)
{
	struct bench b;
	struct job jobs[100];

	(void)state;
	bench_start(&b, "/nonexistent", 1);
	prepare(jobs, 100, &b, run_plain);
	for (int i = 0; i < 100; i++)
		assert_true(work_submit(b.pool, &jobs[i].work, WORK_QUICK));
	bench_finish(&b);
	assert_int_equal(b.finished, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(b.order[i], i);
}

static void run_noted(struct work *w, struct quarantine *store)
{
	struct job *j = (struct job *)w;

	j->bench->ran[j->bench->run_count++] = j->number;
	run_plain(w, store);
}

/* What is quick first; every fourth is the longest waiting one. */
static void test_order_of_classes(void **state)
{
	static const enum work_class classes[] = {
		WORK_LATER, /* holds the worker while the others are queued */
		WORK_LATER, WORK_LATER, WORK_FIRST, WORK_FIRST, WORK_QUICK, WORK_QUICK, WORK_QUICK,
	};
	static const int expected[] = {5, 6, 1, 7, 3, 4, 2};
	struct bench b;
	struct job jobs[8];

	(void)state;
	bench_start(&b, "/nonexistent", 1);
	prepare(jobs, 8, &b, run_noted);
	jobs[0].work.run = run_gated;
	assert_true(work_submit(b.pool, &jobs[0].work, classes[0]));
	uv_sem_wait(&b.at_gate);
	for (int i = 1; i < 8; i++)
		assert_true(work_submit(b.pool, &jobs[i].work, classes[i]));
	assert_int_equal(work_waiting(b.pool, WORK_QUICK), 7);
	assert_int_equal(work_waiting(b.pool, WORK_AUTH), 0);
	uv_sem_post(&b.gate);
	bench_finish(&b);
	for (int i = 0; i < 7; i++)
		assert_int_equal(b.ran[i], expected[i]);
}

/* However many quick ones are there, one that is long is done amid them. */
static void test_nothing_waits_for_ever(void **state)
{
	struct bench b;
	struct job jobs[100];

	(void)state;
	bench_start(&b, "/nonexistent", 1);
	prepare(jobs, 100, &b, run_noted);
	jobs[0].work.run = run_gated;
	assert_true(work_submit(b.pool, &jobs[0].work, WORK_QUICK));
	uv_sem_wait(&b.at_gate);
	assert_true(work_submit(b.pool, &jobs[1].work, WORK_LATER));
	for (int i = 2; i < 100; i++)
		assert_true(work_submit(b.pool, &jobs[i].work, WORK_QUICK));
	uv_sem_post(&b.gate);
	bench_finish(&b);
	assert_int_equal(b.ran[2], 1);
}

/* A hundred that finished together do not keep the loop from its sockets. */
static void test_few_are_told_in_a_turn(void **state)
{
	struct bench b;
	struct job jobs[100];

	(void)state;
	bench_start(&b, "/nonexistent", 1);
	prepare(jobs, 100, &b, run_plain);
	jobs[99].work.run = run_gated;
	for (int i = 0; i < 100; i++)
		assert_true(work_submit(b.pool, &jobs[i].work, WORK_QUICK));
	uv_sem_wait(&b.at_gate);
	uv_run(&b.loop, UV_RUN_ONCE);
	assert_in_range(b.finished, 1, 10);
	uv_sem_post(&b.gate);
	bench_finish(&b);
	assert_int_equal(b.finished, 100);
}

static void test_no_store(void **state)
{
	struct bench b;
	struct job job;

	(void)state;
	bench_start(&b, "/nonexistent", 1);
	prepare(&job, 1, &b, run_plain);
	assert_true(work_submit(b.pool, &job.work, WORK_QUICK));
	bench_finish(&b);
	assert_false(job.had_store);
}

static void test_auth_queue_is_bounded(void **state)
{
	struct bench b;
	struct job jobs[4];

	(void)state;
	bench_start(&b, "/nonexistent", 2);
	prepare(jobs, 4, &b, run_gated);
	b.last = 3;
	assert_true(work_submit(b.pool, &jobs[0].work, WORK_AUTH));
	uv_sem_wait(&b.at_gate); /* the worker has it, the queue is empty */
	assert_true(work_submit(b.pool, &jobs[1].work, WORK_AUTH));
	assert_true(work_submit(b.pool, &jobs[2].work, WORK_AUTH));
	assert_false(work_submit(b.pool, &jobs[3].work, WORK_AUTH));
	for (int i = 0; i < 3; i++)
		uv_sem_post(&b.gate);
	bench_finish(&b);
	assert_int_equal(b.finished, 3);
	assert_false(jobs[0].had_store);
}

/* An interrupt of a job that runs, one that waits and one that is over. */
static void test_interrupt(void **state)
{
	struct bench b;
	struct job jobs[2];

	(void)state;
	bench_start(&b, "/nonexistent", 2);
	prepare(jobs, 2, &b, run_gated);
	assert_true(work_submit(b.pool, &jobs[0].work, WORK_QUICK));
	assert_true(work_submit(b.pool, &jobs[1].work, WORK_QUICK));
	uv_sem_wait(&b.at_gate);
	work_interrupt(b.pool, &jobs[0].work);
	work_interrupt(b.pool, &jobs[1].work);
	uv_sem_post(&b.gate);
	uv_sem_wait(&b.at_gate);
	work_interrupt(b.pool, &jobs[0].work);
	uv_sem_post(&b.gate);
	bench_finish(&b);
	assert_int_equal(b.finished, 2);
}

static char *block; /* of COLD_BYTES, aligned for O_DIRECT */
static int file;
enum { COLD_BYTES = 4 * WORK_COLD };

static void run_reading(struct work *w, struct quarantine *store)
{
	assert_int_equal(pread(file, block, COLD_BYTES, 0), COLD_BYTES);
	run_plain(w, store);
}

static void count_cold(void *owner, struct work_pool *p)
{
	(void)p;
	++*(unsigned *)owner;
}

/* Who waited for the disk is told of, who did not is not. */
static void test_cold_jobs(void **state)
{
	char name[] = "cold.XXXXXX";
	unsigned cold = 0;
	struct work_settings settings = {.store = "/nonexistent",
					 .store_workers = 1,
					 .auth_workers = 1,
					 .on_cold = count_cold,
					 .owner = &cold};
	struct bench b = {.last = 0};
	struct job jobs[3];
	struct rusage before, after;
	int made = mkstemp(name);

	(void)state;
	assert_true(made >= 0);
	assert_int_equal(posix_memalign((void **)&block, 4096, COLD_BYTES), 0);
	memset(block, 7, COLD_BYTES);
	assert_int_equal(write(made, block, COLD_BYTES), COLD_BYTES);
	assert_int_equal(fsync(made), 0);
	close(made);
	file = open(name, O_RDONLY | O_DIRECT);
	unlink(name);
	getrusage(RUSAGE_THREAD, &before);
	if (file < 0 || pread(file, block, COLD_BYTES, 0) != COLD_BYTES)
		skip(); /* no disk below */
	getrusage(RUSAGE_THREAD, &after);
	if (after.ru_inblock == before.ru_inblock)
		skip(); /* a file system that does not count */
	assert_int_equal(uv_loop_init(&b.loop), 0);
	assert_int_equal(work_pool_create(&b.loop, &settings, &b.pool), 0);
	prepare(jobs, 3, &b, run_plain);
	jobs[1].work.run = run_reading;
	for (int i = 0; i < 3; i++)
		assert_true(work_submit(b.pool, &jobs[i].work, WORK_QUICK));
	uv_run(&b.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b.loop), 0);
	assert_int_equal(cold, 1);
	close(file);
	free(block);
}

static void test_destroy_with_jobs_queued(void **state)
{
	struct bench b;
	struct job jobs[3];

	(void)state;
	bench_start(&b, "/nonexistent", 8);
	prepare(jobs, 3, &b, run_gated);
	b.last = 0;
	for (int i = 0; i < 3; i++)
		assert_true(work_submit(b.pool, &jobs[i].work, WORK_AUTH));
	uv_sem_wait(&b.at_gate);
	for (int i = 0; i < 3; i++)
		uv_sem_post(&b.gate);
	work_pool_destroy(b.pool);
	bench_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_come_first_served),
		cmocka_unit_test(test_order_of_classes),
		cmocka_unit_test(test_nothing_waits_for_ever),
		cmocka_unit_test(test_few_are_told_in_a_turn),
		cmocka_unit_test(test_no_store),
		cmocka_unit_test(test_auth_queue_is_bounded),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_cold_jobs),
		cmocka_unit_test(test_destroy_with_jobs_queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
