/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "owners.h"
#include "word.h"

static const char doc[] =
	"Makes a store from FILE, which 'quarantine backup' wrote. DIR must not hold a store.\v"
	"Each mailbox gets a higher UIDVALIDITY, so that mail programs drop what they remember: UIDs may "
	"have been "
	"given to other messages since the copy was made. Accounts are not in the copy. Owners and modes are "
	"set "
	"as by 'quarantine init'.\n\n"
	"Examples:\n\n"
	"  systemctl stop quarantine-imapd\n"
	"  mv /var/lib/quarantine/mail /var/lib/quarantine/mail.damaged\n"
	"  quarantine restore /backup/quarantine-2026-11-23.db\n"
	"  systemctl start quarantine-imapd\n";

struct restore_args {
	struct simple_args simple;
	struct owners owners;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct restore_args *args = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &args->simple;
	state->child_inputs[1] = &args->owners;
	return 0;
}

int word_restore(int argc, char **argv)
{
	const struct argp_child children[] = {{&simple_argp, 0, NULL, 0}, {&owners_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {NULL, parse, "FILE", doc, children, NULL, NULL};
	struct restore_args args = {.simple = {.name = "FILE"}};
	char why[256] = "";
	int code, status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	code = owners_check("restore", &args.owners);
	if (code != EX_OK)
		return code;
	status = quarantine_restore(args.simple.store, args.simple.value, why, sizeof(why));
	if (status != QUARANTINE_OK)
		return fail_status("restore", args.simple.store, status, why);
	printf("%s is restored from %s\n", args.simple.store, args.simple.value);
	return owners_set("restore", args.simple.store, &args.owners);
}
