/* SPDX-License-Identifier: ISC
 *
 * A name has one form in modified UTF-7: what is decoded encodes to what it was, and what is encoded
 * decodes to what it was. */
#include <stdint.h>
#include <stdlib.h>

#include "../../store/base/mutf7.h"
#include "../../store/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	struct buf decoded = {0}, encoded = {0}, again = {0};

	if (mutf7_decode(in, &decoded)) {
		mutf7_encode(buf_slice(&decoded), &encoded);
		if (!slice_eq(buf_slice(&encoded), in) || !utf8_valid(buf_slice(&decoded)))
			abort();
	}
	buf_reset(&encoded);
	mutf7_encode(in, &encoded);
	if (utf8_valid(in) && !(size > 0 && memchr(data, '\0', size)) &&
	    !(mutf7_decode(buf_slice(&encoded), &again) && slice_eq(buf_slice(&again), in)))
		abort();
	buf_finish(&decoded);
	buf_finish(&encoded);
	buf_finish(&again);
	return 0;
}
