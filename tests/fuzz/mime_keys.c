/* SPDX-License-Identifier: ISC
 *
 * What SORT and THREAD compare: a base subject lies in its subject and is its own base; an identifier has
 * both of its sides, and the walk over them ends. */
#include <stdint.h>
#include <stdlib.h>

#include "../../store/mime/msgid.h"
#include "../../store/mime/subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_subject(struct slice subject)
{
	bool reply, again;
	struct slice base = mime_base_subject(subject, &reply);

	require(base.len <= subject.len);
	require(base.len == 0 ||
		(base.data >= subject.data && base.data + base.len <= subject.data + subject.len));
	require(slice_eq(mime_base_subject(base, &again), base) && !again);
}

static void fuzz_msgid(struct slice value)
{
	struct buf id = {0};
	size_t before = value.len;

	for (; mime_msgid_next(&value, &id); before = value.len) {
		const char *at = memrchr(id.data, '@', id.len); /* a quoted side may hold others */

		require(value.len < before && at && at > id.data && id.len > 2);
	}
	require(value.len == 0);
	buf_finish(&id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);

	fuzz_subject(text);
	fuzz_msgid(text);
	return 0;
}
