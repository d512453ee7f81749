/* SPDX-License-Identifier: ISC
 *
 * A request that is understood, written and read again, is the same; so is an answer. */
#include <stdint.h>
#include <stdlib.h>

#include "../../store/handover/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void try_request(struct slice request)
{
	struct quarantine_envelope env, again;
	struct handover_head head, head_again;
	struct arena arena = {0};
	struct buf written = {0}, twice = {0};
	struct slice envelope = slice_skip(request, HANDOVER_HEAD_SIZE);

	if (handover_head_read(request.data, &head) && head.envelope <= envelope.len &&
	    handover_envelope_read(slice_of(envelope.data, head.envelope), &head, &arena, &env) ==
		    QUARANTINE_OK) {
		require(handover_request_write(&written, &env, head.message));
		require(handover_head_read(written.data, &head_again) && head_again.message == head.message);
		require(handover_envelope_read(slice_skip(buf_slice(&written), HANDOVER_HEAD_SIZE),
					       &head_again, &arena, &again) == QUARANTINE_OK);
		require(handover_request_write(&twice, &again, head.message));
		require(slice_eq(buf_slice(&written), buf_slice(&twice)));
	}
	arena_finish(&arena);
	buf_finish(&written);
	buf_finish(&twice);
}

static void try_answer(struct slice bytes)
{
	struct handover_answer answer, again;
	struct buf written = {0};

	if (bytes.len < HANDOVER_ANSWER_SIZE || !handover_answer_read(bytes.data, &answer))
		return;
	bytes = slice_skip(bytes, HANDOVER_ANSWER_SIZE);
	if (answer.text <= bytes.len) {
		handover_answer_write(&written, answer.status, answer.message,
				      slice_of(bytes.data, answer.text));
		require(handover_answer_read(written.data, &again) && again.status == answer.status &&
			again.message == answer.message && again.text == answer.text);
	}
	buf_finish(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of((const char *)data, size);

	if (size >= HANDOVER_HEAD_SIZE)
		try_request(bytes);
	try_answer(bytes);
	return 0;
}
