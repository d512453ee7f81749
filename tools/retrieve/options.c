/* SPDX-License-Identifier: ISC */
#include "options.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, KEY_CA = 256, KEY_INSECURE, KEY_PASSWORD_FILE, KEY_OUTPUT, KEY_USAGE, KEY_VERSION };

static const struct argp_option OPTIONS[] = {
	{"csv", 'c', NULL, 0, "Save the lines to a CSV file in the current folder", 0},
	{"display", 'd', NULL, 0, "Print the lines as they pass (the default without -c)", 0},
	{"incoming", 'i', NULL, 0, "Look at the incoming quarantine", 0},
	{"outgoing", 'o', NULL, 0, "Look at the outgoing quarantine", 0},
	{"today", 't', NULL, 0, "Mail that arrived today; otherwise yesterday's", 0},
	{"imaphost", 's', "HOST[:PORT]", 0,
	 "The server (default localhost): port 993 with TLS, or on this machine port 143 without", 0},
	{"username", 'u', "NAME", 0, "The IMAP account (default global)", 0},
	{"password", 'p', "PASSWORD", 0,
	 "Its password; asked for when neither this nor --password-file is given", 0},
	{"no-bounce", 'n', NULL, 0, "Leave out mail from 'mailer-daemon'", 0},
	{"password-file", KEY_PASSWORD_FILE, "FILE", 0, "Read the password from the first line of FILE", 0},
	{"output", KEY_OUTPUT, "FILE", 0, "Save the lines to FILE instead of a file named after the day", 0},
	{"ca", KEY_CA, "FILE", 0, "Trust the certificates in FILE instead of the system's", 0},
	{"insecure", KEY_INSECURE, NULL, 0, "Take any certificate: the server may be anybody", 0},
	{"help", 'h', NULL, 0, "Show this list", -1},
	{"usage", KEY_USAGE, NULL, 0, "Show the options without their meaning", -1},
	{"version", KEY_VERSION, NULL, 0, "Show the version", -1},
	{0},
};

static const char DOC[] =
	"List who sent the mail in the quarantine: one line a message, with the fields that name the "
	"account, "
	"the script or the address behind it.\v"
	"Example: retrieve_quarantine_info -d -o -n -t -s mail.example.com\n\n"
	"Exit status: 0 done, 2 wrong options, 3 no connection, 4 login refused, 5 no such mailbox, 6 output "
	"could not be written.";

static void take_password(struct argp_state *state, struct options *options, char *arg)
{
	size_t len = strlen(arg);
	if (len >= sizeof(options->password))
		argp_error(state, "the password is too long");
	memcpy(options->password, arg, len + 1);
	options->has_password = true;
	wipe(arg, len);
}

static void check(struct argp_state *state, const struct options *options)
{
	if (!options->incoming && !options->outgoing)
		argp_error(state, "say which quarantine: -o (outgoing) or -i (incoming)");
	if (options->incoming && options->outgoing && options->output)
		argp_error(state, "--output names one file: give one of -o and -i");
	if (options->has_password && options->password_file)
		argp_error(state, "give one of --password and --password-file");
	if (options->ca && options->insecure)
		argp_error(state, "give one of --ca and --insecure");
	for (const char *c = options->user; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			argp_error(state, "the user name holds a control character");
}

/* Instead of argp's own options for this: the short form of --help is -h here. */
static bool show(int key, struct argp_state *state)
{
	if (key == 'h')
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	else if (key == KEY_USAGE)
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
	else if (key == KEY_VERSION && printf("retrieve_quarantine_info %s\n", PROGRAM_VERSION) > 0)
		exit(EXIT_SUCCESS);
	return key == 'h' || key == KEY_USAGE || key == KEY_VERSION;
}

/* Where an option that is only there or not is kept. */
static bool *flag_of(int key, struct options *options)
{
	switch (key) {
	case 'c':
		return &options->csv;
	case 'd':
		return &options->display;
	case 'i':
		return &options->incoming;
	case 'o':
		return &options->outgoing;
	case 't':
		return &options->today;
	case 'n':
		return &options->no_bounce;
	case KEY_INSECURE:
		return &options->insecure;
	default:
		return NULL;
	}
}

/* Where an option that is a text is kept. */
static const char **text_of(int key, struct options *options)
{
	switch (key) {
	case 'u':
		return &options->user;
	case KEY_PASSWORD_FILE:
		return &options->password_file;
	case KEY_OUTPUT:
		return &options->output;
	case KEY_CA:
		return &options->ca;
	default:
		return NULL;
	}
}

static void take_host(struct argp_state *state, struct options *options, const char *arg)
{
	const char *why = target_parse(arg, &options->target);
	if (why)
		argp_error(state, "%s", why);
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	bool *flag = flag_of(key, options);
	const char **text = text_of(key, options);
	if (flag)
		*flag = true;
	else if (text)
		*text = arg;
	else if (key == 's')
		take_host(state, options, arg);
	else if (key == 'p')
		take_password(state, options, arg);
	else if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s' is no option", arg);
	else if (key == ARGP_KEY_END)
		check(state, options);
	else if (!show(key, state))
		return ARGP_ERR_UNKNOWN;
	return 0;
}

void options_parse(int argc, char **argv, struct options *options)
{
	static const struct argp parser = {.options = OPTIONS, .parser = take_option, .doc = DOC};
	*options = (struct options){.user = "global"};
	target_parse("localhost", &options->target);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&parser, argc, argv, ARGP_NO_HELP, NULL, options);
	options->csv |= options->output != NULL;
	options->display |= !options->csv;
}
