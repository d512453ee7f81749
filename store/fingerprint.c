/* SPDX-License-Identifier: ISC
 *
 * Min-hashes in one pass: the stretches of bytes that begin at each place are hashed, the hashes fall into
 * bins, and the lowest of each bin is a feature. A text in which little was changed keeps most of them. Long
 * stretches tell templates apart that are made of the same words and tags; short ones find what is left of a
 * header block that is full of ids. */
#include <string.h>

#include "blob.h"

enum {
	BIN_BITS = 2,
	BINS = 1 << BIN_BITS, /* of each length */
	LONG = 32,
	SHORT = 8,
	LONG_WEIGHT = BINS + 1, /* one long stretch counts for more than all short ones */
};
_Static_assert(BLOB_FEATURES == 2 * BINS, "both lengths");

static const uint64_t multiplier = UINT64_C(0x9E3779B97F4A7C15);

static uint64_t scatter(uint64_t word)
{
	word ^= word >> 32;
	return word * UINT64_C(0xD6E8FEB86659FD93);
}

static uint64_t word_at(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static uint64_t hash_short(const char *bytes)
{
	return scatter(word_at(bytes) * multiplier);
}

static uint64_t hash_long(const char *bytes)
{
	uint64_t hash = word_at(bytes) * multiplier;

	hash = ((hash ^ hash >> 29) + word_at(bytes + 8)) * multiplier;
	hash = ((hash ^ hash >> 29) + word_at(bytes + 16)) * multiplier;
	return scatter(((hash ^ hash >> 29) + word_at(bytes + 24)) * multiplier);
}

static void lower(uint64_t *bins, uint64_t hash)
{
	uint64_t *lowest = &bins[hash >> (64 - BIN_BITS)];

	if (hash < *lowest)
		*lowest = hash;
}

void blob_features_of(struct slice bytes, struct blob_features *out)
{
	for (size_t i = 0; i < BLOB_FEATURES; i++)
		out->feature[i] = UINT64_MAX;
	for (size_t i = 0; i + LONG <= bytes.len; i++)
		lower(out->feature, hash_long(bytes.data + i));
	for (size_t i = 0; i + SHORT <= bytes.len; i++)
		lower(out->feature + BINS, hash_short(bytes.data + i));
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
