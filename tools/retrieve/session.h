/* SPDX-License-Identifier: ISC
 *
 * The connection that the options ask for, and once more when it breaks. Says on standard error what is
 * wrong and what to do. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_SESSION_H
#define QUARANTINE_TOOLS_RETRIEVE_SESSION_H

#include "imapc.h"
#include "options.h"

struct session {
	const struct options *options;
	struct imapc *imap; /* NULL: not connected */
	int stop_fd;        /* as in channel_options */
};

/* Connects and logs in. An exit code. */
int session_open(struct session *s);

/* The same after the connection broke, with a note that says so. */
int session_again(struct session *s);

/* Says that the connection failed. Its exit code. */
int session_lost(const struct session *s);

void session_close(struct session *s);

#endif
