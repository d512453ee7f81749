/* SPDX-License-Identifier: ISC
 *
 * The options of retrieve_quarantine_info. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_OPTIONS_H
#define QUARANTINE_TOOLS_RETRIEVE_OPTIONS_H

#include <stdbool.h>

#include "../common.h"
#include "columns.h"
#include "day.h"
#include "format.h"
#include "groups.h"
#include "period.h"
#include "target.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_EMPTY = 1, /* nothing matched, and --fail-empty was given */
	EXIT_USAGE = 2,
	EXIT_CONNECTION = 3,
	EXIT_LOGIN = 4,
	EXIT_MAILBOX = 5,
	EXIT_OUTPUT = 6,
};

extern const char OPTIONS_PROGRAM[]; /* "retrieve_quarantine_info" */

struct options {
	bool csv, display, incoming, outgoing, today, last_hour, no_bounce, insecure, starttls, with_mailbox,
		bom, raw, follow, fail_empty;
	const char *user, *password_file, *output, *ca, *since, *until, *mailbox, *format_name, *group_by,
		*top_text, *columns_file, *host;
	char password[PASSWORD_SIZE];
	bool has_password;
	/* What becomes of them. */
	time_t now;
	struct target target;
	struct period period;
	bool has_period; /* it was asked for */
	enum format format;
	struct columns *columns;
	size_t keys[GROUPS_KEYS_MAX]; /* columns to group by */
	size_t key_count;             /* 0: no groups */
	size_t top;                   /* 0: all */
};

/* Reads the command line; ends the program with exit code 2 where it is wrong. A password in it or in the
 * environment is wiped there, so that the list of processes shows it no longer. */
void options_parse(int argc, char **argv, struct options *options);

/* Wipes the password and frees what belongs to the options. */
void options_finish(struct options *options);

#endif
