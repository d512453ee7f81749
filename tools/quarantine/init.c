/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "owners.h"
#include "word.h"

static const char doc[] =
	"Makes a store and sets the owners and modes of its files. Where there is a store already, only "
	"owners and "
	"modes are set again.\v"
	"As root, DIR belongs to root and the mail in it to USER, whom the server runs as. As another user, "
	"everything is yours.\n\n"
	"Examples:\n\n"
	"  quarantine init\n"
	"  quarantine init --store /srv/quarantine --user mail --group mail\n";

struct init_args {
	const char *store;
	struct owners owners;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct init_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		args->store = STORE_DEFAULT;
		state->child_inputs[0] = &args->store;
		state->child_inputs[1] = &args->owners;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int word_init(int argc, char **argv)
{
	const struct argp_child children[] = {{&store_argp, 0, NULL, 0}, {&owners_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {NULL, parse, NULL, doc, children, NULL, NULL};
	struct init_args args;
	struct quarantine *store = NULL;
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	code = owners_check("init", &args.owners);
	if (code == EX_OK)
		code = open_store("init", args.store, QUARANTINE_WRITE | QUARANTINE_CREATE, &store);
	if (code != EX_OK)
		return code;
	quarantine_close(store);
	return owners_set("init", args.store, &args.owners);
}
