/* SPDX-License-Identifier: ISC
 *
 * A needle, LF, and a message: the memo of a search finds what the plain way finds, in the message, in what
 * is left of it without one of its lines, and in the message again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../store/mime/charset.h"
#include "../unit/imapd/check_memo.h"

enum { ROUNDS = 3, NEEDLES = 2 };

static void search(struct search_memo *m, struct slice message, const struct buf *needles)
{
	for (int headers = 0; headers < 2; headers++) {
		struct buf text = {0};

		if (!plain_text(message, headers > 0, &text))
			abort();
		for (size_t i = 0; i < NEEDLES; i++)
			if (needles[i].len > 0 && check_memo(m, message, headers > 0, buf_slice(&text),
							     buf_slice(&needles[i])) < -1) {
				fprintf(stderr, "the memo says something else than the text\n");
				abort();
			}
		buf_finish(&text);
	}
}

/* The message without the line in its middle. */
static void drop_line(struct slice message, struct buf *out)
{
	size_t from = message.len / 2;
	const char *end = memchr(message.data + from, '\n', message.len - from);

	buf_add(out, message.data, from);
	if (end)
		buf_add_slice(out, slice_skip(message, (size_t)(end - message.data)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of((const char *)data, size);
	const char *end = size > 0 ? memchr(all.data, '\n', all.len) : NULL;
	struct search_memo *m = search_memo_create();
	struct buf needles[NEEDLES] = {{0}}, near = {0};

	if (end && m) {
		struct slice message = slice_skip(all, (size_t)(end - all.data) + 1);

		mime_fold(slice_of(all.data, (size_t)(end - all.data)), true, &needles[0]);
		mime_fold(slice_of(message.data, message.len < 2 ? message.len : 2), true, &needles[1]);
		if (message.len > 0)
			drop_line(message, &near);
		for (int i = 0; i < ROUNDS; i++) {
			search(m, message, needles);
			search(m, buf_slice(&near), needles);
		}
	}
	for (size_t i = 0; i < NEEDLES; i++)
		buf_finish(&needles[i]);
	buf_finish(&near);
	search_memo_destroy(m);
	return 0;
}
