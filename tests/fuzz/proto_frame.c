/* SPDX-License-Identifier: ISC
 *
 * However a stream of bytes is cut on its way, the framer finds the same commands in it; and a command
 * that it found is one by itself. */
#include <stdint.h>
#include <stdlib.h>

#include "../../imapd/proto/frame.h"
#include "../../store/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct frame_limits limits = {
	.line = 64, .literal = 32, .literals = 3, .total = 160, .drain = 96};

static void check_alone(struct slice command)
{
	struct frame f = {0};
	enum frame_status status;

	do
		status = frame_scan(&f, &limits, command);
	while (status == FRAME_CONTINUE);
	if (status != FRAME_COMPLETE || f.length != command.len)
		abort();
}

/* Writes what happened. The n-th read brings as many bytes as the n-th cut says. */
static void run(struct slice in, struct slice cuts, struct buf *events)
{
	struct frame f = {0};
	size_t start = 0, end = 0, reads = 0;

	for (;;) {
		struct slice unread = slice_of(in.data + start, end - start);
		enum frame_status status = frame_scan(&f, &limits, unread);

		if (status == FRAME_COMPLETE)
			check_alone(slice_of(unread.data, f.length));
		if (status == FRAME_COMPLETE || status == FRAME_REFUSED || status == FRAME_DISCARD) {
			if (f.length == 0 || f.length > unread.len)
				abort();
			start += f.length;
		}
		if (status != FRAME_MORE && status != FRAME_DISCARD)
			buf_addf(events, "%d at %zu, %d, \"%s\";", (int)status,
				 status == FRAME_FATAL ? 0 : start, (int)f.why, f.tag);
		if (status == FRAME_COMPLETE || status == FRAME_REFUSED)
			frame_reset(&f);
		if (status == FRAME_FATAL || (status == FRAME_MORE && end == in.len))
			return;
		if (status == FRAME_MORE) {
			size_t n = cuts.len > 0 ? (unsigned char)cuts.data[reads++ % cuts.len] % 16 + 1u
						: in.len;

			end = n < in.len - end ? end + n : in.len;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cuts = size > 0 ? data[0] % 8 : 0;
	struct buf whole = {0}, cut = {0};
	struct slice in;

	if (size < 1 + cuts)
		return 0;
	in = slice_of((const char *)data + 1 + cuts, size - 1 - cuts);
	run(in, slice_of(NULL, 0), &whole);
	run(in, slice_of((const char *)data + 1, cuts), &cut);
	if (!slice_eq(buf_slice(&whole), buf_slice(&cut)))
		abort();
	buf_finish(&whole);
	buf_finish(&cut);
	return 0;
}
