/* SPDX-License-Identifier: ISC
 *
 * What imapc.c and imapc_search.c share. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_IMAPC_INNER_H
#define QUARANTINE_TOOLS_RETRIEVE_IMAPC_INNER_H

#include <libetpan/libetpan.h>

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

struct imapc {
	struct channel *channel;
	mailimap *session;
	bool welcome; /* the server asks for no login */
	char why[512];
};

/* Lets the next command take so many bytes, and the time that commands have. */
void imapc_allow(struct imapc *c, uint64_t bytes);

/* The status for what a libetpan function returned. */
int imapc_status(struct imapc *c, int rc);

#endif
