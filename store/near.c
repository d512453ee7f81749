/* SPDX-License-Identifier: ISC */
#include "near.h"

#include <limits.h>
#include <lz4.h>
#include <lz4hc.h>
#include <stdlib.h>
#include <xxhash.h>

enum {
	LEVEL = 4,           /* bounds the tries at each byte, of hostile ones too */
	HALF = 2,            /* a form of more than half of the bytes is none of a near copy */
	BYTES_MAX = 1 << 24, /* far below where LZ4's int ends */
};

struct near_encoder {
	LZ4_stream_t quick;
	LZ4_streamHC_t thorough; /* finds the longest matches, at several times the cost */
};

struct near_encoder *near_encoder_create(void)
{
	struct near_encoder *encoder = malloc(sizeof(*encoder));

	if (!encoder)
		return NULL;
	LZ4_initStream(&encoder->quick, sizeof(encoder->quick));
	LZ4_initStreamHC(&encoder->thorough, sizeof(encoder->thorough));
	return encoder;
}

void near_encoder_destroy(struct near_encoder *encoder)
{
	free(encoder);
}

static void write_checksum(struct slice bytes, char *to)
{
	uint64_t hash = XXH3_64bits(bytes.data, bytes.len);

	for (unsigned i = 0; i < NEAR_CHECKSUM_SIZE; i++)
		to[i] = (char)(unsigned char)(hash >> 8 * i);
}

/* The block's length; 0: it does not fit into `most`. */
static int encode_block(struct near_encoder *encoder, struct slice bytes, struct slice exemplar, int clearly,
			char *to, int most)
{
	int size = (int)bytes.len, len;

	LZ4_loadDict(&encoder->quick, exemplar.data, (int)exemplar.len);
	len = LZ4_compress_fast_continue(&encoder->quick, bytes.data, to, size, most, 1);
	if (len > 0 && len <= size / clearly)
		return len;
	LZ4_resetStreamHC_fast(&encoder->thorough, LEVEL);
	LZ4_loadDictHC(&encoder->thorough, exemplar.data, (int)exemplar.len);
	return LZ4_compress_HC_continue(&encoder->thorough, bytes.data, to, size, most);
}

bool near_encode(struct near_encoder *encoder, struct slice bytes, struct slice exemplar, int clearly,
		 struct buf *out)
{
	size_t most = bytes.len / HALF, len;
	char *to;

	if (exemplar.len > NEAR_EXEMPLAR_MAX || bytes.len > BYTES_MAX || most <= NEAR_CHECKSUM_SIZE)
		return false;
	to = buf_reserve(out, most);
	if (!to)
		return false;
	len = (size_t)encode_block(encoder, bytes, exemplar, clearly, to + NEAR_CHECKSUM_SIZE,
				   (int)(most - NEAR_CHECKSUM_SIZE));
	if (len == 0)
		return false;
	write_checksum(bytes, to);
	out->len += NEAR_CHECKSUM_SIZE + len;
	return true;
}

bool near_decode(struct slice form, struct slice exemplar, char *into, size_t size)
{
	char checksum[NEAR_CHECKSUM_SIZE];
	struct slice block = slice_skip(form, NEAR_CHECKSUM_SIZE);

	if (form.len <= NEAR_CHECKSUM_SIZE || form.len > INT_MAX || size > BYTES_MAX ||
	    exemplar.len > NEAR_EXEMPLAR_MAX)
		return false;
	if (LZ4_decompress_safe_usingDict(block.data, into, (int)block.len, (int)size, exemplar.data,
					  (int)exemplar.len) != (int)size)
		return false;
	write_checksum(slice_of(into, size), checksum);
	return memcmp(checksum, form.data, NEAR_CHECKSUM_SIZE) == 0;
}
