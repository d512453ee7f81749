/* SPDX-License-Identifier: ISC
 *
 * What a spooled file's header says, written and read again, is the same header. */
#include <stdint.h>
#include <stdlib.h>

#include "../../store/spool/spool_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice header = slice_of((const char *)data, size);
	struct arena arena = {0};
	struct buf written = {0}, again = {0};
	struct quarantine_envelope env;
	uint64_t length, length_again;
	const char *why;

	if (spool_header_read(header, &arena, &env, &length, &why) == QUARANTINE_OK) {
		require(spool_header_write(&written, &env, length));
		require(spool_header_read(slice_of(written.data, written.len - 1), &arena, &env,
					  &length_again, &why) == QUARANTINE_OK);
		require(length_again == length);
		require(spool_header_write(&again, &env, length));
		require(slice_eq(buf_slice(&written), buf_slice(&again)));
	}
	arena_finish(&arena);
	buf_finish(&written);
	buf_finish(&again);
	return 0;
}
