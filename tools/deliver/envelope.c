/* SPDX-License-Identifier: ISC */
#include "envelope.h"

#include <stdint.h>
#include <stdio.h>

static const char *known(const char *text)
{
	return text && strcmp(text, "unknown") != 0 ? text : NULL;
}

/* An address without the angle brackets around it. */
static const char *bare_address(const char *text, struct arena *arena)
{
	size_t len = strlen(text);

	if (len < 2 || text[0] != '<' || text[len - 1] != '>')
		return text;
	return arena_strndup(arena, slice_of(text + 1, len - 2));
}

static bool tidy_recipients(struct quarantine_envelope *env, struct arena *arena)
{
	const char **list = arena_alloc(arena, (env->recipient_count + 1) * sizeof(*list));
	size_t count = 0;

	if (!list)
		return false;
	for (size_t i = 0; i < env->recipient_count; i++) {
		const char *recipient = bare_address(env->recipients[i], arena);

		if (!recipient)
			return false;
		if (recipient[0] != '\0')
			list[count++] = recipient;
	}
	env->recipients = list;
	env->recipient_count = count;
	return true;
}

bool envelope_tidy(struct quarantine_envelope *env, struct arena *arena)
{
	env->client_address = known(env->client_address);
	env->client_name = known(env->client_name);
	env->helo = known(env->helo);
	env->auth_user = known(env->auth_user);
	env->auth_domain = known(env->auth_domain);
	env->identity = known(env->identity);
	env->queue_id = known(env->queue_id);
	if (env->sender) {
		env->sender =
			strcmp(env->sender, "MAILER-DAEMON") == 0 ? "" : bare_address(env->sender, arena);
		if (!env->sender)
			return false;
	}
	return tidy_recipients(env, arena);
}

/* FNV-1a: no defence against people, who do not choose queue ids. */
static uint64_t hash_bytes(uint64_t hash, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ (unsigned char)bytes.data[i]) * 0x100000001b3;
	return hash;
}

char *envelope_key(const struct quarantine_envelope *env, struct slice message, struct arena *arena)
{
	const uint64_t start = 0xcbf29ce484222325;
	uint64_t hash = hash_bytes(start, slice_str(env->sender));
	uint64_t recipients = 0;
	char key[160];

	for (size_t i = 0; i < env->recipient_count; i++)
		recipients += hash_bytes(start, slice_str(env->recipients[i]));
	hash = hash_bytes(hash, slice_of((const char *)&recipients, sizeof(recipients)));
	hash = hash_bytes(hash, slice_str(env->queue_id));
	hash = hash_bytes(hash, message);
	snprintf(key, sizeof(key), "%.100s-%s-%016llx", env->queue_id,
		 env->direction == QUARANTINE_OUTGOING ? "outgoing" : "incoming", (unsigned long long)hash);
	return arena_strndup(arena, slice_str(key));
}
