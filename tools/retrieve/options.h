/* SPDX-License-Identifier: ISC
 *
 * The options of retrieve_quarantine_info. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_OPTIONS_H
#define QUARANTINE_TOOLS_RETRIEVE_OPTIONS_H

#include <stdbool.h>

#include "../common.h"
#include "target.h"

struct options {
	bool csv, display, incoming, outgoing, today, no_bounce, insecure;
	const char *user, *password_file, *output, *ca;
	struct target target;
	bool has_password;
	char password[PASSWORD_SIZE];
};

/* Reads the command line; ends the program with exit code 2 where it is wrong. A password in it is wiped
 * there, so that the list of processes shows it no longer. */
void options_parse(int argc, char **argv, struct options *options);

#endif
