/* SPDX-License-Identifier: ISC
 *
 * A message: its structure, wire forms, part map, sections and search text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../store/mime/structure.h"
#include "../unit/mime/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *error = check_message(slice_of((const char *)data, size));

	if (error) {
		fprintf(stderr, "does not hold: %s\n", error);
		abort();
	}
	return 0;
}
