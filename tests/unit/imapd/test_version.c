/* SPDX-License-Identifier: ISC */
#include "../../../imapd/version.h"

#include "../../../imapd/net/work.h"
#include "kit.h"

struct fixture {
	struct kit kit;
	uv_loop_t loop;
	struct work_pool *pool;
	struct version *version;
};

static void begin(struct fixture *f)
{
	struct work_settings settings = {.store_workers = 1, .auth_workers = 1, .auth_queue = 1};

	kit_open(&f->kit);
	settings.store = f->kit.dir;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(work_pool_create(&f->loop, &settings, &f->pool), 0);
	f->version = version_create(f->pool, f->kit.dir, f->kit.services.feeds);
	assert_non_null(f->version);
	assert_int_equal(version_ask(f->version), 0);
	while (version_ask(f->version) == 0)
		uv_run(&f->loop, UV_RUN_ONCE);
}

static void end(struct fixture *f)
{
	work_pool_destroy(f->pool);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	version_destroy(f->version);
	kit_close(&f->kit);
}

static void test_grows_with_each_commit(void **state)
{
	struct fixture f;
	uint64_t before, now;

	(void)state;
	begin(&f);
	before = version_ask(f.version);
	assert_int_equal(version_ask(f.version), before);
	for (unsigned i = 0; i < 200; i++) {
		kit_deliver_many(&f.kit, 1);
		now = version_ask(f.version);
		assert_true(now > before);
		assert_int_equal(version_ask(f.version), now);
		before = now;
	}
	end(&f);
}

/* The log is moved into the database, whole, and begun anew: what comes then is seen as well. */
static void test_log_begun_anew(void **state)
{
	struct fixture f;
	uint64_t before;

	(void)state;
	begin(&f);
	for (unsigned i = 0; i < 20; i++) {
		kit_deliver_many(&f.kit, 3);
		assert_int_equal(quarantine_checkpoint(f.kit.q, 0), QUARANTINE_OK);
		before = version_ask(f.version);
		assert_true(before > 0);
		kit_deliver_many(&f.kit, 1);
		assert_true(version_ask(f.version) > before);
	}
	end(&f);
}

/* Those who read hold the loop up as little as those who write. */
static void test_beside_others(void **state)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	struct fixture f;
	struct kit writer;
	uint64_t before;

	(void)state;
	begin(&f);
	kit_join(&writer, &f.kit);
	kit_deliver_many(&f.kit, 3);
	assert_int_equal(quarantine_list(f.kit.q, 2, 1, 10, 0, false, &c), QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &row), 1);
	before = version_ask(f.version);
	kit_deliver_many(&writer, 1);
	assert_true(version_ask(f.version) > before);
	quarantine_cursor_close(c);
	kit_close(&writer);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_with_each_commit),
		cmocka_unit_test(test_log_begun_anew),
		cmocka_unit_test(test_beside_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
