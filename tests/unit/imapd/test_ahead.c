/* SPDX-License-Identifier: ISC */
#include "../../../imapd/ahead.h"

#include "../../../imapd/net/work.h"
#include "kit.h"

struct fixture {
	struct kit kit;
	uv_loop_t loop;
	struct work_pool *pool;
	struct ahead *ahead;
};

static void begin(struct fixture *f, uint64_t limit)
{
	struct work_settings settings = {.store_workers = 1, .auth_workers = 1, .auth_queue = 1};

	kit_open(&f->kit);
	kit_deliver_many(&f->kit, 200);
	assert_int_equal(quarantine_checkpoint(f->kit.q, 0), QUARANTINE_OK);
	settings.store = f->kit.dir;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(work_pool_create(&f->loop, &settings, &f->pool), 0);
	f->ahead = ahead_create(&f->loop, limit);
	assert_non_null(f->ahead);
}

static void end(struct fixture *f)
{
	work_pool_destroy(f->pool);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	ahead_destroy(f->ahead);
	kit_close(&f->kit);
}

static uint64_t file_bytes(const struct fixture *f)
{
	struct quarantine_sizes sizes;

	assert_int_equal(quarantine_sizes_get(f->kit.q, &sizes), QUARANTINE_OK);
	return sizes.file_bytes;
}

static void test_piece_by_piece(void **state)
{
	struct fixture f;
	uint64_t offset = 0, pieces = 0;
	bool finished = false;

	(void)state;
	begin(&f, UINT64_MAX);
	while (!finished) {
		assert_int_equal(quarantine_read_ahead(f.kit.q, &offset, 1, &finished), QUARANTINE_OK);
		pieces++;
	}
	assert_true(pieces > 1);
	assert_true(offset >= file_bytes(&f));
	offset = 0;
	assert_int_equal(quarantine_read_ahead(f.kit.q, &offset, UINT32_MAX, &finished), QUARANTINE_OK);
	assert_true(finished);
	assert_true(offset >= file_bytes(&f));
	end(&f);
}

static void test_once_and_then_a_rest(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, UINT64_MAX);
	ahead_wanted(f.ahead, f.pool);
	ahead_wanted(f.ahead, f.pool);
	while (ahead_passes(f.ahead) == 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	ahead_wanted(f.ahead, f.pool);
	assert_int_equal(work_waiting(f.pool, WORK_LATER), 0);
	assert_int_equal(ahead_passes(f.ahead), 1);
	end(&f);
}

static void note_done(struct work *w)
{
	w->done = NULL;
}

static void run_nothing(struct work *w, struct quarantine *store)
{
	(void)w, (void)store;
}

static void test_large_ones_are_left_alone(void **state)
{
	struct fixture f;
	struct work next = {.run = run_nothing, .done = note_done};

	(void)state;
	begin(&f, 4096);
	assert_true(file_bytes(&f) > 4096);
	ahead_wanted(f.ahead, f.pool);
	work_submit(f.pool, &next, WORK_LATER);
	while (next.done)
		uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(ahead_passes(f.ahead), 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_piece_by_piece),
		cmocka_unit_test(test_once_and_then_a_rest),
		cmocka_unit_test(test_large_ones_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
