/* SPDX-License-Identifier: ISC */
#include "../../../auth/penalty.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

enum { ENTRIES = 4, MINUTE_MS = 60000 };

static const uint64_t NOW = 1000000;

static int set_up(void **state)
{
	*state = penalty_create(ENTRIES);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	penalty_destroy(*state);
	return 0;
}

static const struct sockaddr *peer(const char *address)
{
	static struct sockaddr_storage storage;
	memset(&storage, 0, sizeof(storage));
	struct sockaddr_in *in = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1)
		in->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1)
		in6->sin6_family = AF_INET6;
	else
		fail_msg("no address: %s", address);
	return (const struct sockaddr *)&storage;
}

static void grows_to_a_limit(void **state)
{
	static const unsigned delays[] = {2000, 4000, 8000, 15000, 15000};
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW), 0);
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		penalty_failed(*state, peer("192.0.2.1"), NOW + i);
		assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW + i), delays[i]);
	}
	assert_int_equal(penalty_delay(*state, peer("192.0.2.2"), NOW), 0);
}

static void halves_with_time(void **state)
{
	for (int i = 0; i < 4; i++)
		penalty_failed(*state, peer("192.0.2.1"), NOW);
	static const struct {
		uint64_t after;
		unsigned delay;
	} cases[] = {{0, 15000},
		     {MINUTE_MS - 1, 15000},
		     {MINUTE_MS, 7500},
		     {2 * MINUTE_MS, 3750},
		     {3 * MINUTE_MS, 1875},
		     {4 * MINUTE_MS, 0},
		     {1000000ULL * MINUTE_MS, 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW + cases[i].after),
				 cases[i].delay);
	/* What is left is what grows; what has passed begins anew. */
	penalty_failed(*state, peer("192.0.2.1"), NOW + 2 * MINUTE_MS);
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW + 2 * MINUTE_MS), 7500);
	penalty_failed(*state, peer("192.0.2.1"), NOW + 60 * MINUTE_MS);
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW + 60 * MINUTE_MS), 2000);
}

static void a_clock_that_goes_back_is_harmless(void **state)
{
	penalty_failed(*state, peer("192.0.2.1"), NOW);
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW - 500000), 2000);
}

static void success_ends_it(void **state)
{
	penalty_succeeded(*state, peer("192.0.2.1"));
	penalty_failed(*state, peer("192.0.2.1"), NOW);
	penalty_failed(*state, peer("192.0.2.2"), NOW);
	penalty_succeeded(*state, peer("192.0.2.1"));
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW), 0);
	assert_int_equal(penalty_delay(*state, peer("192.0.2.2"), NOW), 2000);
}

struct same_case {
	const char *one, *two;
	bool same;
};

static void who_counts_as_one(void **state)
{
	static const struct same_case cases[] = {
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.3", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		penalty_failed(*state, peer(cases[i].one), NOW);
		unsigned delay = penalty_delay(*state, peer(cases[i].two), NOW);
		assert_int_equal(delay, cases[i].same ? 2000 : 0);
		penalty_succeeded(*state, peer(cases[i].one));
	}
}

static void unix_sockets_never_wait(void **state)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	penalty_failed(*state, (struct sockaddr *)&local, NOW);
	penalty_succeeded(*state, (struct sockaddr *)&local);
	assert_int_equal(penalty_delay(*state, (struct sockaddr *)&local, NOW), 0);
}

static void forgets_the_least_recent(void **state)
{
	char address[32];
	for (int i = 1; i <= ENTRIES; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		penalty_failed(*state, peer(address), NOW + (uint64_t)i);
	}
	penalty_failed(*state, peer("192.0.2.1"), NOW + 10);
	penalty_failed(*state, peer("198.51.100.1"), NOW + 11);
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW + 11), 4000);
	assert_int_equal(penalty_delay(*state, peer("192.0.2.2"), NOW + 11), 0);
	assert_int_equal(penalty_delay(*state, peer("192.0.2.3"), NOW + 11), 2000);
	assert_int_equal(penalty_delay(*state, peer("198.51.100.1"), NOW + 11), 2000);
}

/* Many addresses through few places, with removals between: the chains stay whole. */
static void survives_a_crowd(void **state)
{
	char address[32];
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(address, sizeof(address), "10.%u.%u.%u", i % 7, i % 251, i % 13);
		penalty_failed(*state, peer(address), NOW + i);
		assert_true(penalty_delay(*state, peer(address), NOW + i) >= 2000);
		if (i % 3 == 0)
			penalty_succeeded(*state, peer(address));
	}
}

static void one_place_is_enough(void **state)
{
	(void)state;
	assert_null(penalty_create(0));
	struct penalty *p = penalty_create(1);
	penalty_failed(p, peer("192.0.2.1"), NOW);
	penalty_failed(p, peer("192.0.2.2"), NOW);
	assert_int_equal(penalty_delay(p, peer("192.0.2.1"), NOW), 0);
	assert_int_equal(penalty_delay(p, peer("192.0.2.2"), NOW), 2000);
	penalty_destroy(p);
	penalty_destroy(NULL);
}

static void one_attempt_at_a_time(void **state)
{
	assert_true(penalty_begin(*state, peer("192.0.2.1")));
	assert_false(penalty_begin(*state, peer("192.0.2.1")));
	assert_true(penalty_begin(*state, peer("192.0.2.2")));
	penalty_failed(*state, peer("192.0.2.1"), NOW);
	assert_false(penalty_begin(*state, peer("192.0.2.1")));
	penalty_end(*state, peer("192.0.2.1"));
	assert_true(penalty_begin(*state, peer("192.0.2.1")));
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW), 2000);
	penalty_succeeded(*state, peer("192.0.2.1"));
	assert_false(penalty_begin(*state, peer("192.0.2.1")));
	penalty_end(*state, peer("192.0.2.1"));
	assert_int_equal(penalty_delay(*state, peer("192.0.2.1"), NOW), 0);
}

static void pending_attempts_are_not_forgotten(void **state)
{
	char address[20];

	for (int i = 0; i < ENTRIES; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		assert_true(penalty_begin(*state, peer(address)));
	}
	assert_false(penalty_begin(*state, peer("192.0.2.100")));
	penalty_failed(*state, peer("192.0.2.100"), NOW);
	assert_false(penalty_begin(*state, peer("192.0.2.0")));
	penalty_end(*state, peer("192.0.2.2"));
	assert_true(penalty_begin(*state, peer("192.0.2.100")));
	assert_false(penalty_begin(*state, peer("192.0.2.2")));
}

#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TABLE(grows_to_a_limit),
		WITH_TABLE(halves_with_time),
		WITH_TABLE(a_clock_that_goes_back_is_harmless),
		WITH_TABLE(success_ends_it),
		WITH_TABLE(who_counts_as_one),
		WITH_TABLE(unix_sockets_never_wait),
		WITH_TABLE(forgets_the_least_recent),
		WITH_TABLE(survives_a_crowd),
		WITH_TABLE(one_attempt_at_a_time),
		WITH_TABLE(pending_attempts_are_not_forgotten),
		cmocka_unit_test(one_place_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
