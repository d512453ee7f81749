/* SPDX-License-Identifier: ISC */
#include "form.h"

#include <math.h>

#include "../spool/spool_header.h"

static const struct slice request_mark = {"QDq1", 4}, answer_mark = {"QDa1", 4};

static void put(char *at, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (char)(number >> (8 * i));
}

static uint64_t get(const char *at, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)(unsigned char)at[i] << (8 * i);
	return number;
}

bool handover_request_write(struct buf *out, const struct quarantine_envelope *env, size_t length)
{
	static const char room[HANDOVER_HEAD_SIZE] = {0};
	size_t start = out->len, envelope;

	if (length > HANDOVER_MESSAGE_MAX || (env->score && !isfinite(*env->score)))
		return false;
	buf_add(out, room, sizeof(room));
	if (!spool_header_write(out, env, length) || out->failed)
		return false;
	envelope = out->len - start - sizeof(room);
	if (envelope > HANDOVER_ENVELOPE_MAX)
		return false;
	memcpy(out->data + start, request_mark.data, request_mark.len);
	put(out->data + start + 4, envelope, 4);
	put(out->data + start + 8, length, 8);
	return true;
}

bool handover_head_read(const char *bytes, struct handover_head *out)
{
	uint64_t envelope = get(bytes + 4, 4), message = get(bytes + 8, 8);

	if (!slice_eq(slice_of(bytes, 4), request_mark) || envelope > HANDOVER_ENVELOPE_MAX ||
	    message > HANDOVER_MESSAGE_MAX)
		return false;
	*out = (struct handover_head){(size_t)envelope, (size_t)message};
	return true;
}

int handover_envelope_read(struct slice envelope, const struct handover_head *head, struct arena *arena,
			   struct quarantine_envelope *out)
{
	uint64_t length = 0;
	const char *why;
	int status;

	if (envelope.len < 2 || memcmp(envelope.data + envelope.len - 2, "\n\n", 2) != 0)
		return QUARANTINE_INVALID;
	envelope.len--; /* the empty line */
	status = spool_header_read(envelope, arena, out, &length, &why);
	return status == QUARANTINE_OK && length != head->message ? QUARANTINE_INVALID : status;
}

void handover_answer_write(struct buf *out, int status, int64_t message, struct slice text)
{
	char head[HANDOVER_ANSWER_SIZE];

	if (text.len > HANDOVER_TEXT_MAX)
		text.len = HANDOVER_TEXT_MAX;
	memcpy(head, answer_mark.data, answer_mark.len);
	put(head + 4, (uint64_t)(int64_t)status, 4);
	put(head + 8, (uint64_t)message, 8);
	put(head + 16, text.len, 4);
	buf_add(out, head, sizeof(head));
	buf_add_slice(out, text);
}

bool handover_answer_read(const char *bytes, struct handover_answer *out)
{
	int32_t status = (int32_t)get(bytes + 4, 4);
	uint64_t text = get(bytes + 16, 4);

	if (!slice_eq(slice_of(bytes, 4), answer_mark) || status > QUARANTINE_OK || text > HANDOVER_TEXT_MAX)
		return false;
	*out = (struct handover_answer){status, (int64_t)get(bytes + 8, 8), (size_t)text};
	return true;
}
