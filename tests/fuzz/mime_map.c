/* SPDX-License-Identifier: ISC
 *
 * A stored part map, taken for hostile: what is accepted can be used and says the same again. The first
 * byte chooses the length of the message. */
#include <stdint.h>
#include <stdlib.h>

#include "../../store/mime/section.h"
#include "../../store/mime/structure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mime_structure s;
	struct mime_structure again;
	struct buf map = {0};

	if (size == 0)
		return 0;
	uint64_t length = data[0] == 0xff ? UINT64_MAX : (uint64_t)data[0] * 16;
	if (!mime_structure_decode(slice_of((const char *)data + 1, size - 1), length, &s))
		return 0;
	mime_structure_encode(&s, &map);
	if (!mime_structure_decode(buf_slice(&map), length, &again) || again.count != s.count ||
	    memcmp(again.parts, s.parts, s.count * sizeof(*s.parts)) != 0)
		abort();
	for (uint32_t n = 0; n < 4; n++) {
		struct mime_range range;
		uint32_t path[] = {n, 1, 1};
		if (mime_section_find(&s, path, n, MIME_SECTION_ALL, &range, NULL) &&
		    (range.offset > length || range.length > length - range.offset))
			abort();
	}
	mime_structure_finish(&s);
	mime_structure_finish(&again);
	buf_finish(&map);
	return 0;
}
