/* SPDX-License-Identifier: ISC
 *
 * Min-hashes in one pass: the stretches of bytes that end at each place are hashed, the hashes fall into
 * bins, and the lowest of each bin is a feature. A text in which little was changed keeps most of them. Long
 * stretches tell templates apart that are made of the same words and tags; short ones find what is left of a
 * header block that is full of ids.
 *
 * The hashes roll: each byte adds a word of its own, and what was there before is shifted, until after the
 * length of the stretch nothing of it is left. */
#include "blob.h"

enum {
	BIN_BITS = 2,
	BINS = 1 << BIN_BITS, /* of each length */
	LONG = 32,
	SHORT = 16,
	LONG_WEIGHT = BINS + 1, /* one long stretch counts for more than all short ones */
	RARE_BITS = 4,          /* only hashes that begin with so many zeroes are looked at */
};
_Static_assert(BLOB_FEATURES == 2 * BINS, "both lengths");

/* A random word for each byte, by the steps of splitmix64. */
#define MIX(x, by, times) (((x) ^ (x) >> (by)) * UINT64_C(times))
#define WORD(i) \
	MIX(MIX(((i) + 1) * UINT64_C(0x9E3779B97F4A7C15), 30, 0xBF58476D1CE4E5B9), 27, 0x94D049BB133111EB)
#define WORDS_4(i) WORD(i), WORD((i) + 1), WORD((i) + 2), WORD((i) + 3)
#define WORDS_16(i) WORDS_4(i), WORDS_4((i) + 4), WORDS_4((i) + 8), WORDS_4((i) + 12)
#define WORDS_64(i) WORDS_16(i), WORDS_16((i) + 16), WORDS_16((i) + 32), WORDS_16((i) + 48)

static const uint64_t word_of[256] = {WORDS_64(0), WORDS_64(64), WORDS_64(128), WORDS_64(192)};

static void lower(uint64_t *bins, uint64_t hash)
{
	uint64_t *lowest = &bins[hash >> (64 - RARE_BITS - BIN_BITS)];

	if (hash < *lowest)
		*lowest = hash;
}

void blob_features_of(struct slice bytes, struct blob_features *out)
{
	const uint64_t limit = UINT64_MAX >> RARE_BITS;
	const char *end = bytes.data + bytes.len;
	uint64_t of_long = 0, of_short = 0;

	for (size_t i = 0; i < BLOB_FEATURES; i++)
		out->feature[i] = UINT64_MAX;
	for (const char *at = bytes.data; at < end; at++) {
		uint64_t word = word_of[(unsigned char)*at];

		of_long = (of_long << 64 / LONG) + word;
		of_short = (of_short << 64 / SHORT) + word;
		if (of_long <= limit)
			lower(out->feature, of_long);
		if (of_short <= limit)
			lower(out->feature + BINS, of_short);
	}
}

unsigned blob_feature_weight(size_t i)
{
	return i < BINS ? LONG_WEIGHT : 1;
}

unsigned blob_features_common(const struct blob_features *a, const struct blob_features *b)
{
	unsigned common = 0;

	for (size_t i = 0; i < BLOB_FEATURES; i++)
		if (a->feature[i] == b->feature[i] && a->feature[i] != UINT64_MAX)
			common += blob_feature_weight(i);
	return common;
}
