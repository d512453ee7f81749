/* SPDX-License-Identifier: ISC
 *
 * A message given as literal8: rewritten, it holds no NUL, has the same parts, and those that were put in
 * base64 are decoded to what they were. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../imapd/literal8.h"
#include "../../store/mime/structure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice body(struct slice message, const struct mime_part *part)
{
	return slice_of(message.data + part->body, (size_t)part->body_length);
}

static bool has_nul(struct slice bytes)
{
	return bytes.len > 0 && memchr(bytes.data, '\0', bytes.len);
}

static void check_parts(struct slice before, struct slice after)
{
	struct mime_structure old, new;

	if (!mime_structure_parse(before, &old) || !mime_structure_parse(after, &new) ||
	    old.count != new.count)
		abort();
	for (size_t i = 0; i < old.count; i++) {
		struct mime_decoder decoder = {.encoding = MIME_BASE64};
		struct buf decoded = {0};

		if (old.parts[i].kind != MIME_LEAF)
			continue;
		if (old.parts[i].encoding == MIME_BINARY && has_nul(body(before, &old.parts[i])))
			mime_decode(&decoder, body(after, &new.parts[i]), true, &decoded);
		else
			buf_add_slice(&decoded, body(after, &new.parts[i]));
		if (!slice_eq(buf_slice(&decoded), body(before, &old.parts[i])))
			abort();
		buf_finish(&decoded);
	}
	mime_structure_finish(&old);
	mime_structure_finish(&new);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice message = slice_of((const char *)data, size), after;
	struct spill out = {.in_file = false};

	if (size == 0)
		return 0; /* no bytes to count from */
	if (literal8_rewrite(message, &out) == LITERAL8_REWRITTEN) {
		if (!spill_bytes(&out, &after) || has_nul(after))
			abort();
		if (!has_nul(message) && !slice_eq(message, after))
			abort();
		check_parts(message, after);
	}
	spill_finish(&out);
	return 0;
}
