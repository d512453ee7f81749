/* SPDX-License-Identifier: ISC
 *
 * The command line of quarantine-deliver. */
#ifndef QUARANTINE_DELIVER_OPTIONS_H
#define QUARANTINE_DELIVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/include/quarantine.h"

struct options {
	const char *store;
	const char *spool; /* NULL: none */
	uint64_t min_free; /* bytes left on the disk */
	bool bsmtp;
	bool strip_mbox_from;
	bool from_env;
	struct quarantine_envelope envelope; /* what was given; absent where empty, but for the sender */
	double score;                        /* envelope.score points here */
};

/* Reads the command line. Ends the program for --help and --version, and with EX_USAGE and a text on
 * standard error that begins with an enhanced status code, where the command line is wrong. Texts point into
 * argv. */
void options_read(int argc, char **argv, struct options *options);

/* "1700000000" or "2023-11-14T22:13:20Z", with a fraction or an offset from UTC: seconds since 1970. False:
 * neither. */
bool time_read(const char *text, int64_t *seconds);

#endif
