/* SPDX-License-Identifier: ISC */
#include "fromenv.h"

#include <math.h>
#include <stdlib.h>

static const struct variable {
	const char *name;
	size_t offset;
} variables[] = {
	{"ACTION", offsetof(struct quarantine_envelope, action)},
	{"AUTH_DOMAIN", offsetof(struct quarantine_envelope, auth_domain)},
	{"AUTH_USER", offsetof(struct quarantine_envelope, auth_user)},
	{"CLASS", offsetof(struct quarantine_envelope, class_name)},
	{"CLIENT_IP", offsetof(struct quarantine_envelope, client_address)},
	{"CLIENT_NAME", offsetof(struct quarantine_envelope, client_name)},
	{"EVIDENCE", offsetof(struct quarantine_envelope, evidence)},
	{"HELO", offsetof(struct quarantine_envelope, helo)},
	{"IDENTITY", offsetof(struct quarantine_envelope, identity)},
	{"QUEUE_ID", offsetof(struct quarantine_envelope, queue_id)},
	{"SUBCLASS", offsetof(struct quarantine_envelope, sub_class)},
};

static const char *value_of(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] != '\0' ? value : NULL;
}

bool score_read(const char *text, double *score)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(n))
		return false;
	*score = n;
	return true;
}

static bool fill_recipient(struct quarantine_envelope *env, struct arena *arena)
{
	const char *recipient = value_of("RECIPIENT");
	const char **list;

	if (env->recipient_count > 0 || !recipient)
		return true;
	list = arena_alloc(arena, sizeof(*list));
	if (!list)
		return false;
	list[0] = recipient;
	env->recipients = list;
	env->recipient_count = 1;
	return true;
}

static bool fill_score(struct quarantine_envelope *env, struct arena *arena)
{
	const char *text = value_of("SCORE");
	double *score;

	if (env->score || !text)
		return true;
	score = arena_alloc(arena, sizeof(*score));
	if (score && score_read(text, score))
		env->score = score;
	return score != NULL;
}

bool fromenv_fill(struct quarantine_envelope *env, struct arena *arena)
{
	if (!env->sender)
		env->sender = getenv("SENDER");
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		const char **text = (const char **)((char *)env + variables[i].offset);

		if (!*text)
			*text = value_of(variables[i].name);
	}
	return fill_recipient(env, arena) && fill_score(env, arena);
}
