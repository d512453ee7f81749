/* SPDX-License-Identifier: ISC */
#include "near.h"

#include <stdio.h>
#include <stdlib.h>

#include "tmpstore.h"

static void fill_random(char *to, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
}

enum answer { REFUSED, SAME };

/* Other bytes are never had. */
static enum answer decode(struct slice form, struct slice exemplar, struct slice bytes)
{
	char *back = malloc(bytes.len);
	bool decoded;

	assert_non_null(back);
	decoded = near_decode(form, exemplar, back, bytes.len);
	assert_true(!decoded || memcmp(back, bytes.data, bytes.len) == 0);
	free(back);
	return decoded ? SAME : REFUSED;
}

static void a_near_copy_comes_back(void **state)
{
	struct near_encoder *encoder = near_encoder_create();
	char exemplar[16384], bytes[16384];
	struct slice first = slice_of(exemplar, spam_message(exemplar, sizeof(exemplar), 1));
	struct buf form = {0};

	(void)state;
	for (unsigned n = 2; n < 50; n++) {
		struct slice s = slice_of(bytes, spam_message(bytes, sizeof(bytes), n));

		buf_reset(&form);
		assert_true(near_encode(encoder, s, first, n % 2 ? 3 : 32, &form));
		assert_true(form.len < s.len / 10);
		assert_int_equal(decode(buf_slice(&form), first, s), SAME);
	}
	buf_finish(&form);
	near_encoder_destroy(encoder);
}

/* Each copies the exemplar's first bytes and goes on with its own. */
static void only_near_copies_are_taken(void **state)
{
	static const struct {
		size_t size, common, exemplar;
		bool taken;
	} cases[] = {
		{8000, 8000, NEAR_EXEMPLAR_MAX, true},
		{8000, 8000, NEAR_EXEMPLAR_MAX + 1, false},
		{8000, 4200, 8000, true},
		{8000, 3900, 8000, false},
		{8000, 0, 8000, false},
		{8, 8, 8000, false},
		{100000, 60000, 60000, true},
	};
	struct near_encoder *encoder = near_encoder_create();
	char *exemplar = malloc(100000), *bytes = malloc(100000);
	struct buf form = {0};

	(void)state;
	assert_true(exemplar && bytes);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice s = slice_of(bytes, cases[i].size), x = slice_of(exemplar, cases[i].exemplar);

		fill_random(exemplar, x.len, 1);
		fill_random(bytes, s.len, 2);
		memcpy(bytes, exemplar, cases[i].common);
		buf_reset(&form);
		if (near_encode(encoder, s, x, 32, &form) != cases[i].taken)
			fail_msg("case %zu", i);
		assert_true(cases[i].taken ? decode(buf_slice(&form), x, s) == SAME : form.len == 0);
	}
	free(exemplar);
	free(bytes);
	buf_finish(&form);
	near_encoder_destroy(encoder);
}

static void damage_is_found(void **state)
{
	struct near_encoder *encoder = near_encoder_create();
	char exemplar[16384], bytes[16384];
	struct slice x = slice_of(exemplar, spam_message(exemplar, sizeof(exemplar), 1));
	struct slice s = slice_of(bytes, spam_message(bytes, sizeof(bytes), 2));
	struct buf form = {0};

	size_t same = 0;

	(void)state;
	assert_true(near_encode(encoder, s, x, 32, &form));
	/* A match may become one with equal bytes elsewhere. */
	for (size_t i = 0; i < form.len * 8; i++) {
		form.data[i / 8] ^= (char)(1 << i % 8);
		same += decode(buf_slice(&form), x, s) == SAME;
		form.data[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(same < form.len);
	for (size_t len = 0; len < form.len; len++)
		assert_int_equal(decode(slice_of(form.data, len), x, s), REFUSED);
	assert_int_equal(decode(buf_slice(&form), slice_of(exemplar, x.len / 2), s), REFUSED);
	assert_int_equal(decode(buf_slice(&form), slice_of(NULL, 0), s), REFUSED);
	assert_int_equal(decode(buf_slice(&form), x, slice_of(bytes, s.len - 1)), REFUSED);
	assert_int_equal(decode(buf_slice(&form), x, slice_of(bytes, s.len + 1)), REFUSED);
	buf_finish(&form);
	near_encoder_destroy(encoder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_near_copy_comes_back),
		cmocka_unit_test(only_near_copies_are_taken),
		cmocka_unit_test(damage_is_found),
	};

	return cmocka_run_group_tests_name("near", tests, NULL, NULL);
}
