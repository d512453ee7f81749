/* SPDX-License-Identifier: ISC */
#include "../../../auth/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

enum { NOW = 1000 };

static int set_up(void **state)
{
	*state = sodium_init() < 0 ? NULL : cache_create();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	cache_destroy(*state);
	return 0;
}

static void add(struct cache *c, unsigned n, int64_t now)
{
	char name[16];
	unsigned char digest[CACHE_DIGEST];
	snprintf(name, sizeof(name), "user%u", n);
	cache_digest(c, name, "hash", "password", 8, digest);
	cache_add(c, digest, now);
}

static bool has(struct cache *c, unsigned n, int64_t now)
{
	char name[16];
	unsigned char digest[CACHE_DIGEST];
	snprintf(name, sizeof(name), "user%u", n);
	cache_digest(c, name, "hash", "password", 8, digest);
	return cache_has(c, digest, now);
}

static void remembers_for_its_time(void **state)
{
	struct cache *c = *state;
	assert_false(has(c, 1, NOW));
	add(c, 1, NOW);
	assert_true(has(c, 1, NOW));
	assert_true(has(c, 1, NOW + CACHE_SECONDS - 1));
	assert_false(has(c, 1, NOW + CACHE_SECONDS));
	assert_false(has(c, 2, NOW));
}

static void forgets_the_oldest_when_full(void **state)
{
	struct cache *c = *state;
	for (unsigned n = 0; n <= CACHE_ENTRIES; n++)
		add(c, n, NOW + n / 64);
	unsigned kept = 0;
	for (unsigned n = 0; n <= CACHE_ENTRIES; n++)
		kept += has(c, n, NOW + 10);
	assert_int_equal(kept, CACHE_ENTRIES);
	assert_true(has(c, CACHE_ENTRIES, NOW + 10));
	assert_true(has(c, CACHE_ENTRIES - 1, NOW + 10));
}

/* Name, hash and password are told apart, wherever one ends. */
static void digests_tell_parts_apart(void **state)
{
	struct cache *c = *state;
	static const struct {
		const char *name, *hash, *password;
	} logins[] = {
		{"ab", "c", "d"}, {"a", "bc", "d"}, {"a", "b", "cd"}, {"abc", "", "d"}, {"ab", "c", "D"}};
	enum { COUNT = sizeof(logins) / sizeof(logins[0]) };
	unsigned char digests[COUNT][CACHE_DIGEST];
	for (size_t i = 0; i < COUNT; i++)
		cache_digest(c, logins[i].name, logins[i].hash, logins[i].password,
			     strlen(logins[i].password), digests[i]);
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(digests[i], digests[k], CACHE_DIGEST);
}

static void digests_are_keyed(void **state)
{
	struct cache *other = cache_create();
	unsigned char one[CACHE_DIGEST], two[CACHE_DIGEST];
	cache_digest(*state, "name", "hash", "password", 8, one);
	cache_digest(other, "name", "hash", "password", 8, two);
	assert_memory_not_equal(one, two, CACHE_DIGEST);
	cache_destroy(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(remembers_for_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forgets_the_oldest_when_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(digests_tell_parts_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(digests_are_keyed, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
