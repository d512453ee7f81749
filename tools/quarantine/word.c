/* SPDX-License-Identifier: ISC */
#include "word.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../store/base/slice.h"

static const struct argp_option store_options[] = {
	{"store", 's', "DIR", 0, "the store (default " STORE_DEFAULT ")", 0},
	{0},
};

static error_t parse_store(int key, char *arg, struct argp_state *state)
{
	const char **store = state->input;

	if (key != 's')
		return ARGP_ERR_UNKNOWN;
	*store = arg;
	return 0;
}

const struct argp store_argp = {store_options, parse_store, NULL, NULL, NULL, NULL, NULL};

error_t parse_rest(int key, const char *arg, struct argp_state *state, const char **store)
{
	switch (key) {
	case ARGP_KEY_INIT:
		*store = STORE_DEFAULT;
		state->child_inputs[0] = store;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_value(int key, char *arg, struct argp_state *state)
{
	struct simple_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		args->store = STORE_DEFAULT;
		state->child_inputs[0] = &args->store;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->name || args->value)
			argp_error(state, "'%s' is one argument too many", arg);
		args->value = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->name && !args->value)
			argp_error(state, "%s is missing", args->name);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child simple_children[] = {{&store_argp, 0, NULL, 0}, {0}};

const struct argp simple_argp = {NULL, parse_value, NULL, NULL, simple_children, NULL, NULL};

void parse_simple(int argc, char **argv, struct simple_args *args)
{
	const struct argp argp = {NULL, parse_value, args->name, args->doc, simple_children, NULL, NULL};

	argp_parse(&argp, argc, argv, 0, NULL, args);
}

/* Which exit code of sysexits.h says best what a status means to a script. */
static int exit_code(int status)
{
	switch (status) {
	case QUARANTINE_OK:
		return EX_OK;
	case QUARANTINE_CORRUPT:
	case QUARANTINE_TOO_BIG:
	case QUARANTINE_INVALID:
		return EX_DATAERR;
	case QUARANTINE_NOT_FOUND:
		return EX_NOINPUT;
	case QUARANTINE_EXISTS:
		return EX_CANTCREAT;
	case QUARANTINE_IO:
		return EX_IOERR;
	case QUARANTINE_DENIED:
	case QUARANTINE_READ_ONLY:
		return EX_NOPERM;
	case QUARANTINE_VERSION_TOO_NEW:
		return EX_CONFIG;
	default:
		return EX_TEMPFAIL;
	}
}

int fail_status(const char *word, const char *what, int status, const char *detail)
{
	const char *text = quarantine_strerror(status);

	if (detail && *detail && strcmp(detail, text) != 0)
		fprintf(stderr, "quarantine %s: %s: %s (%s)\n", word, what, text, detail);
	else
		fprintf(stderr, "quarantine %s: %s: %s\n", word, what, text);
	return exit_code(status);
}

int open_store(const char *word, const char *store, unsigned flags, struct quarantine **out)
{
	char why[256] = "";
	int status = quarantine_open_why(store, flags, out, why, sizeof(why));

	return status == QUARANTINE_OK ? EX_OK : fail_status(word, store, status, why);
}

char *accounts_path(const char *store)
{
	char *path;

	return asprintf(&path, "%s/accounts.db", store) < 0 ? NULL : path;
}
