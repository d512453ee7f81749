/* SPDX-License-Identifier: ISC
 *
 * Compressed bytes of a client: whole or in pieces, with much room or little, they become the same, never
 * more than there is room for; what they became goes through a deflater and back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../imapd/net/deflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PLAIN_MAX = 1 << 20 };

/* Inflates all in pieces of `piece` with `room` at a time. */
static bool inflate_all(const uint8_t *data, size_t size, size_t piece, size_t room, struct buf *plain)
{
	struct inflater *in = inflater_create();
	struct buf packed = {0};
	bool ok = in != NULL;

	for (size_t at = 0; ok && at < size; at += piece) {
		size_t before;

		buf_add(&packed, data + at, size - at < piece ? size - at : piece);
		do {
			before = plain->len;
			ok = inflater_add(in, &packed, room, plain);
			if (plain->len > before + room)
				abort();
		} while (ok && plain->len > before && plain->len < PLAIN_MAX);
	}
	inflater_destroy(in);
	buf_finish(&packed);
	return ok;
}

static void check_back(struct buf *plain)
{
	struct deflater *out = deflater_create();
	struct buf packed = {0}, back = {0};

	if (!out || !deflater_add(out, buf_slice(plain), &packed) ||
	    !inflate_all((const uint8_t *)packed.data, packed.len, packed.len, PLAIN_MAX * 2, &back) ||
	    !slice_eq(buf_slice(plain), buf_slice(&back)))
		abort();
	deflater_destroy(out);
	buf_finish(&packed);
	buf_finish(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = {0}, cut = {0};
	bool ok = inflate_all(data, size, size, PLAIN_MAX / 8, &whole);
	bool ok_cut = inflate_all(data, size, 1, 100, &cut);

	if (ok && whole.len < PLAIN_MAX && (!ok_cut || !slice_eq(buf_slice(&whole), buf_slice(&cut))))
		abort();
	check_back(&cut);
	buf_finish(&whole);
	buf_finish(&cut);
	return 0;
}
