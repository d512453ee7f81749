/* SPDX-License-Identifier: ISC
 *
 * A near copy's form with its exemplar, both taken for hostile: nothing is written beyond the size that the
 * row gives; and what is made of the same bytes comes back. The first byte is a sixteenth of the size, the
 * second says how many 256ths of the rest are the exemplar. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../store/near.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_damaged(struct slice form, struct slice exemplar, size_t size)
{
	char *into = malloc(size + 1);

	if (!into)
		abort();
	into[size] = 'x';
	near_decode(form, exemplar, into, size);
	if (into[size] != 'x')
		abort();
	free(into);
}

static void check_own(struct slice bytes, struct slice exemplar)
{
	struct near_encoder *encoder = near_encoder_create();
	struct buf form = {0};
	char *back = malloc(bytes.len + 1);

	if (!encoder || !back)
		abort();
	if (near_encode(encoder, bytes, exemplar, bytes.len % 2 ? 3 : 32, &form) &&
	    (!near_decode(buf_slice(&form), exemplar, back, bytes.len) ||
	     memcmp(back, bytes.data, bytes.len) != 0))
		abort();
	buf_finish(&form);
	free(back);
	near_encoder_destroy(encoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest, exemplar, form;

	if (size < 3)
		return 0;
	rest = slice_of((const char *)data + 2, size - 2);
	exemplar = slice_of(rest.data, rest.len * data[1] / 256);
	form = slice_skip(rest, exemplar.len);
	check_damaged(form, exemplar, (size_t)data[0] * 16);
	check_own(form, exemplar);
	return 0;
}
