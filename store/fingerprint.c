/* SPDX-License-Identifier: ISC
 *
 * Min-hashes in one pass: every 8 bytes that follow each other are hashed, the hashes fall into bins,
 * and the lowest of each bin is a feature. A text in which little was changed keeps most of them. */
#include <string.h>

#include "blob.h"

enum { BIN_BITS = 3, SHINGLE = 8 };

static uint64_t hash_shingle(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	word *= UINT64_C(0x9E3779B97F4A7C15);
	word ^= word >> 32;
	return word * UINT64_C(0xD6E8FEB86659FD93);
}

void blob_features_of(struct slice bytes, struct blob_features *out)
{
	for (size_t i = 0; i < BLOB_FEATURES; i++)
		out->feature[i] = UINT64_MAX;
	for (size_t i = 0; i + SHINGLE <= bytes.len; i++) {
		uint64_t hash = hash_shingle(bytes.data + i);
		uint64_t *lowest = &out->feature[hash >> (64 - BIN_BITS)];

		if (hash < *lowest)
			*lowest = hash;
	}
}

unsigned blob_features_common(const struct blob_features *a, const struct blob_features *b)
{
	unsigned common = 0;

	for (size_t i = 0; i < BLOB_FEATURES; i++)
		common += a->feature[i] == b->feature[i] && a->feature[i] != UINT64_MAX;
	return common;
}
