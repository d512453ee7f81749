/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/seqset.h"

#include "tester.h"

static const struct {
	struct slice in;
	const char *read;     /* printed as parsed; NULL: refused */
	const char *resolved; /* with the largest number 10 */
} cases[] = {
	{SLICE("1"), "1", "1"},
	{SLICE("1:3,7"), "1:3,7", "1:3,7"},
	{SLICE("*"), "*", "10"},
	{SLICE("*:1"), "*:1", "1:10"},
	{SLICE("5:2"), "5:2", "2:5"},
	{SLICE("*:*"), "*", "10"},
	{SLICE("12:*"), "12:*", "10:12"},
	{SLICE("3,1,2"), "3,1,2", "1:3"},
	{SLICE("1:5,3:9,9:10"), "1:5,3:9,9:10", "1:10"},
	{SLICE("1:9,2:3,5"), "1:9,2:3,5", "1:9"},
	{SLICE("7,7,7"), "7,7,7", "7"},
	{SLICE("1:4294967295"), "1:4294967295", "1:4294967295"},
	{SLICE("4294967295,4294967294"), "4294967295,4294967294", "4294967294:4294967295"},
	{SLICE("4294967295,4294967295,1"), "4294967295,4294967295,1", "1,4294967295"},
	{SLICE("01,2"), "1,2", "1:2"},
	{SLICE(""), NULL, NULL},
	{SLICE("0"), NULL, NULL},
	{SLICE("1,0"), NULL, NULL},
	{SLICE("0:3"), NULL, NULL},
	{SLICE("1,"), NULL, NULL},
	{SLICE(",1"), NULL, NULL},
	{SLICE("1:"), NULL, NULL},
	{SLICE(":1"), NULL, NULL},
	{SLICE("1,,2"), NULL, NULL},
	{SLICE("1:2:3 "), "1:2", "1:2"},
	{SLICE("-1"), NULL, NULL},
	{SLICE("a"), NULL, NULL},
	{SLICE("4294967296"), NULL, NULL},
	{SLICE("1:99999999999999999999"), NULL, NULL},
};

static void assert_set(const struct seqset *set, const char *want)
{
	struct buf out = {0};

	seqset_print(set->ranges, set->count, &out);
	assert_slice(buf_slice(&out), slice_str(want));
	buf_finish(&out);
}

static void test_sets(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct seqset set = {0};
		struct tester t;
		bool ok = seqset_parse(tester_start(&t, cases[i].in), &set);

		assert_int_equal(ok, cases[i].read != NULL);
		if (ok) {
			assert_set(&set, cases[i].read);
			seqset_resolve(&set, 10);
			assert_set(&set, cases[i].resolved);
			seqset_resolve(&set, 10);
			assert_set(&set, cases[i].resolved);
		}
		tester_end(&t);
	}
}

static void test_empty_mailbox(void **state)
{
	struct seqset set;
	struct tester t;

	(void)state;
	assert_true(seqset_parse(tester_start(&t, SLICE("1:*")), &set));
	seqset_resolve(&set, 0);
	assert_int_equal(set.count, 0);
	assert_false(seqset_contains(&set, 1));
	tester_end(&t);
}

static void test_saved(void **state)
{
	struct seqset set;
	struct tester t;
	struct parser *p = tester_start(&t, SLICE("$ "));

	(void)state;
	assert_true(seqset_parse(p, &set));
	assert_true(set.saved);
	assert_int_equal(p->at, 1);
	assert_int_equal(set.count, 0);
	tester_end(&t);
}

static void test_contains(void **state)
{
	struct seqset set;
	struct tester t;

	(void)state;
	assert_true(seqset_parse(tester_start(&t, SLICE("2:3,5,7:4294967295")), &set));
	seqset_resolve(&set, 100);
	assert_false(seqset_contains(&set, 1));
	assert_true(seqset_contains(&set, 2));
	assert_true(seqset_contains(&set, 3));
	assert_false(seqset_contains(&set, 4));
	assert_true(seqset_contains(&set, 5));
	assert_false(seqset_contains(&set, 6));
	assert_true(seqset_contains(&set, UINT32_MAX));
	tester_end(&t);
}

/* As some clients ask after a search: every number for itself. */
static void test_limit(void **state)
{
	(void)state;
	for (int count = SEQSET_RANGES_MAX - 1; count <= SEQSET_RANGES_MAX + 1; count++) {
		struct seqset set;
		struct buf text = {0};
		struct tester t;
		bool ok;

		for (int i = count; i > 0; i--)
			buf_addf(&text, "%d%s", i * 2, i > 1 ? "," : "");
		ok = seqset_parse(tester_start(&t, buf_slice(&text)), &set);
		assert_int_equal(ok, count <= SEQSET_RANGES_MAX);
		assert_true(t.arena.used <= SEQSET_RANGES_MAX * sizeof(struct seqset_range) + 64);
		if (ok) {
			seqset_resolve(&set, 1);
			assert_int_equal(set.count, count);
			assert_true(seqset_contains(&set, (uint32_t)count * 2));
			assert_false(seqset_contains(&set, (uint32_t)count * 2 - 1));
		}
		tester_end(&t);
		buf_finish(&text);
	}
}

static void test_builder(void **state)
{
	struct seqset_builder b = {0};
	struct buf out = {0};

	(void)state;
	seqset_add(&b, 1, 1);
	seqset_add(&b, 2, 4);
	for (uint32_t n = 6; n < 100; n += 2)
		seqset_add(&b, n, n);
	seqset_add(&b, UINT32_MAX, UINT32_MAX);
	assert_false(b.failed);
	assert_int_equal(b.count, 49);
	seqset_print(b.ranges, 3, &out);
	assert_slice(buf_slice(&out), SLICE("1:4,6,8"));
	buf_finish(&out);
	seqset_finish(&b);
	assert_int_equal(b.count, 0);
}

/* The numbers 0 to 63 whose bit is set, but 0. */
static struct seqset_builder from_bits(uint64_t bits)
{
	struct seqset_builder b = {0};

	for (uint32_t n = 1; n < 64; n++)
		if (bits >> n & 1)
			seqset_add(&b, n, n);
	return b;
}

static void expect_bits(struct seqset_builder *b, uint64_t bits)
{
	struct seqset set = {.ranges = b->ranges, .count = b->count};
	struct seqset_builder plain = from_bits(bits);

	assert_false(b->failed);
	assert_int_equal(b->count, plain.count);
	for (uint32_t n = 1; n < 64; n++)
		assert_int_equal(seqset_contains(&set, n), bits >> n & 1);
	seqset_finish(&plain);
	seqset_finish(b);
}

static void test_unite_and_subtract(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		uint64_t x, y;
		struct seqset_builder a, b, c;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		x = seed ^ seed >> 29;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		y = seed ^ seed >> 31;
		a = from_bits(x);
		b = from_bits(y);
		c = from_bits(y & ~x);
		seqset_unite(&a, &c);
		expect_bits(&a, x | y);
		a = from_bits(x);
		seqset_subtract(&a, &b);
		expect_bits(&a, x & ~y);
		seqset_finish(&b);
		seqset_finish(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_empty_mailbox),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_builder),
		cmocka_unit_test(test_unite_and_subtract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
