/* SPDX-License-Identifier: ISC
 *
 * A SCRAM conversation: both messages of the client, the first up to a line end. What is taken as a first
 * message has a name and stands in the answer with its nonce; no proof is right by chance, and both stay in
 * their bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../auth/scram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *message = (const char *)data;
	const char *end = size > 0 ? memchr(message, '\n', size) : NULL;
	size_t first = end ? (size_t)(end - message) : size;
	struct scram s = {.keys.iterations = 4096};
	char out[SCRAM_MESSAGE_MAX];

	memset(s.keys.stored_key, 1, sizeof(s.keys.stored_key));
	if (!scram_client_first(&s, message, first))
		return 0;
	require(s.name[0] != '\0' && strlen(s.name) <= AUTH_NAME_MAX);
	require(s.nonce[0] != '\0' && !strchr(s.nonce, ','));
	scram_server_first(&s, "ABCDEFGHIJKLMNOPQRSTUVWX", out);
	require(strncmp(out + 2, s.nonce, strlen(s.nonce)) == 0);
	require(strlen(s.texts) + 1 < sizeof(s.texts) && strstr(s.texts, out));
	if (end)
		require(!scram_client_final(&s, end + 1, size - first - 1, out));
	return 0;
}
