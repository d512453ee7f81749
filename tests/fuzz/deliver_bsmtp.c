/* SPDX-License-Identifier: ISC
 *
 * Batch SMTP that is read, written again and read again says the same. */
#include <stdint.h>
#include <stdlib.h>

#include "../../store/base/buf.h"
#include "../../tools/deliver/bsmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void write_batch(struct buf *out, const struct quarantine_envelope *env, struct slice message)
{
	bool begins = true;

	buf_addf(out, "MAIL FROM:<%s>\n", env->sender);
	for (size_t i = 0; i < env->recipient_count; i++)
		buf_addf(out, "RCPT TO:<%s>\n", env->recipients[i]);
	buf_add_str(out, "DATA\n");
	for (size_t i = 0; i < message.len; i++) {
		if (begins && message.data[i] == '.')
			buf_add_char(out, '.');
		buf_add_char(out, message.data[i]);
		begins = message.data[i] == '\n';
	}
	buf_add_str(out, ".\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct buf first = {0}, second = {0};
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT, again = env;
	struct slice message, message_again;
	const char *wrong;

	buf_add(&first, data, size);
	if (bsmtp_read(first.data, first.len, &arena, &env, &message, &wrong) == QUARANTINE_OK) {
		require(!wrong && (message.len == 0 || message.data[message.len - 1] == '\n'));
		write_batch(&second, &env, message);
		require(bsmtp_read(second.data, second.len, &arena, &again, &message_again, &wrong) ==
			QUARANTINE_OK);
		require(slice_eq(message, message_again));
		require(strcmp(env.sender, again.sender) == 0 &&
			env.recipient_count == again.recipient_count);
		for (size_t i = 0; i < env.recipient_count; i++)
			require(strcmp(env.recipients[i], again.recipients[i]) == 0);
	}
	arena_finish(&arena);
	buf_finish(&first);
	buf_finish(&second);
	return 0;
}
