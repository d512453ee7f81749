/* SPDX-License-Identifier: ISC
 *
 * print_facts STORE ID: what the store holds of a message, one "name value" a line. */
#include <stdio.h>
#include <stdlib.h>

#include "../../store/include/quarantine.h"

static void print(const char *name, const char *value)
{
	if (value)
		printf("%s %s\n", name, value);
}

static void print_envelope(const struct quarantine_envelope *env)
{
	print("direction", env->direction == QUARANTINE_OUTGOING ? "outgoing" : "incoming");
	print("sender", env->sender);
	for (size_t i = 0; i < env->recipient_count; i++)
		print("recipient", env->recipients[i]);
	print("class", env->class_name);
	print("evidence", env->evidence);
	print("action", env->action);
	print("client_address", env->client_address);
	print("client_name", env->client_name);
	print("helo", env->helo);
	print("auth_user", env->auth_user);
	print("queue_id", env->queue_id);
	printf("received %lld\n", (long long)env->received);
	if (env->score)
		printf("score %g\n", *env->score);
}

int main(int argc, char **argv)
{
	struct quarantine *q = NULL;
	struct quarantine_facts *facts = NULL;
	int status = argc == 3 ? quarantine_open(argv[1], QUARANTINE_READ, &q) : QUARANTINE_INVALID;

	if (status == QUARANTINE_OK)
		status = quarantine_facts_get(q, strtoll(argv[2], NULL, 10), &facts);
	if (status == QUARANTINE_OK)
		print_envelope(&facts->envelope);
	else
		fprintf(stderr, "print_facts: %s\n", quarantine_strerror(status));
	free(facts);
	quarantine_close(q);
	return status == QUARANTINE_OK ? 0 : 1;
}
