/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../auth/auth.h"
#include "../../auth/scram.h"
#include "../common.h"
#include "word.h"

static const char doc[] =
	"Keeps the accounts that may log in to the IMAP server. They lie in DIR/accounts.db.\v"
	"'set' makes the account or changes its password. It asks twice on the terminal, or takes the first "
	"line of the password file.\n\n"
	"Examples:\n\n"
	"  quarantine account set global\n"
	"  quarantine account set global --password-file /root/secret\n"
	"  pwgen -s 20 1 | quarantine account set global --password-file -\n"
	"  quarantine account list\n"
	"  quarantine account remove old-colleague\n";

struct account_args {
	const char *store;
	const char *action;
	const char *name;
	const char *password_file;
	bool no_scram;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct account_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		args->store = STORE_DEFAULT;
		state->child_inputs[0] = &args->store;
		return 0;
	case 'p':
		args->password_file = arg;
		return 0;
	case 'n':
		args->no_scram = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			args->action = arg;
		else if (state->arg_num == 1)
			args->name = arg;
		else
			argp_error(state, "'%s' is one argument too many", arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Prints the detail that opening gave, or that the handle has, and returns the exit code. */
static int fail_auth(struct auth *auth, const char *what, int status, const char *why)
{
	static const int code[] = {[-AUTH_DENIED] = EX_NOPERM,
				   [-AUTH_UNAVAILABLE] = EX_UNAVAILABLE,
				   [-AUTH_NOT_FOUND] = EX_NOUSER,
				   [-AUTH_INVALID] = EX_DATAERR};
	char detail[256] = "";
	size_t at = (size_t)-status;

	if (auth)
		auth_errmsg(auth, detail, sizeof(detail));
	else if (why)
		snprintf(detail, sizeof(detail), "%s", why);
	fprintf(stderr, "quarantine account: %s: %s\n", what, *detail ? detail : auth_strerror(status));
	return at < ARRAY_SIZE(code) ? code[at] : EX_SOFTWARE;
}

static int account_set(struct auth *auth, const struct account_args *args)
{
	char password[PASSWORD_SIZE];
	size_t len = 0;
	bool scram;
	int status;

	if (args->password_file)
		status = password_read(args->password_file, password, sizeof(password), &len);
	else
		status =
			password_ask_twice("New password: ", "Once more: ", password, sizeof(password), &len);
	if (status != PASSWORD_OK) {
		fprintf(stderr, "quarantine account: %s\n", password_strerror(status));
		return status == PASSWORD_IO || status == PASSWORD_NO_TERMINAL ? EX_NOINPUT : EX_DATAERR;
	}
	scram = !args->no_scram && scram_password_ok(password, len);
	status = auth_account_set(auth, args->name, password, len, scram);
	wipe(password, sizeof(password));
	if (status != AUTH_OK)
		return fail_auth(auth, args->name, status, NULL);
	printf("account '%s' is set\n", args->name);
	if (!scram)
		printf("it has no keys for SCRAM-SHA-256: the server offers that to nobody%s\n",
		       args->no_scram ? "" : ", because the password is not plain ASCII");
	return EX_OK;
}

static int account_remove(struct auth *auth, const struct account_args *args)
{
	int status = auth_account_remove(auth, args->name);

	if (status != AUTH_OK)
		return fail_auth(auth, args->name, status, NULL);
	printf("account '%s' is removed\n", args->name);
	return EX_OK;
}

static int account_list(struct auth *auth, const struct account_args *args)
{
	struct auth_account *list;
	struct buf name = {0};
	size_t count;
	int status = auth_account_list(auth, &list, &count);

	(void)args;
	if (status != AUTH_OK)
		return fail_auth(auth, "list", status, NULL);
	for (size_t i = 0; i < count; i++) {
		char day[32] = "";
		struct tm tm;

		if (localtime_r(&list[i].changed, &tm))
			strftime(day, sizeof(day), "%Y-%m-%d %H:%M", &tm);
		buf_reset(&name);
		add_safe(&name, slice_str(list[i].name));
		printf("%-24.*s password set %s%s\n", (int)name.len, name.data, day,
		       list[i].scram ? "" : ", without SCRAM");
	}
	buf_finish(&name);
	free(list);
	return EX_OK;
}

static const struct action {
	const char *name;
	int (*run)(struct auth *auth, const struct account_args *args);
	unsigned flags;
	bool named; /* takes the name of an account */
} actions[] = {
	{"set", account_set, AUTH_WRITE | AUTH_CREATE, true},
	{"list", account_list, AUTH_READ, false},
	{"remove", account_remove, AUTH_WRITE, true},
};

static int run_action(const struct action *action, const struct account_args *args)
{
	char why[256] = "";
	char *file = accounts_path(args->store);
	struct auth *auth = NULL;
	int code, status;

	if (!file)
		return EX_TEMPFAIL;
	status = auth_open(file, action->flags, &auth, why, sizeof(why));
	code = status == AUTH_OK ? action->run(auth, args) : fail_auth(NULL, file, status, why);
	auth_close(auth);
	free(file);
	return code;
}

int word_account(int argc, char **argv)
{
	const struct argp_option options[] = {
		{"password-file", 'p', "FILE", 0, "read the password from FILE ('-': standard input)", 0},
		{"no-scram", 'n', NULL, 0, "keep no keys for SCRAM-SHA-256", 0},
		{0},
	};
	const struct argp_child children[] = {{&store_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {options, parse, "set NAME\nlist\nremove NAME", doc, children, NULL, NULL};
	struct account_args args = {0};

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(args.action, actions[i].name) != 0)
			continue;
		if (actions[i].named == (args.name != NULL))
			return run_action(&actions[i], &args);
		fprintf(stderr, "quarantine account: '%s' takes %s\n", args.action,
			actions[i].named ? "the name of an account" : "no name");
		return EX_USAGE;
	}
	fprintf(stderr, "quarantine account: '%s' is none of set, list, remove\n", args.action);
	return EX_USAGE;
}
