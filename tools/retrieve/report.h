/* SPDX-License-Identifier: ISC
 *
 * The report of one mailbox and one day: who sent what, a line a message. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_REPORT_H
#define QUARANTINE_TOOLS_RETRIEVE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "columns.h"
#include "day.h"
#include "imapc.h"
#include "output.h"

struct report {
	enum direction direction;
	struct day day;
	bool no_bounce;   /* leave out mail from mailer-daemon */
	uint64_t lines;   /* written, without the titles */
	uint64_t bounces; /* left out */
};

enum report_status {
	REPORT_OK = 0,
	REPORT_CONNECTION, /* imapc_why() says more */
	REPORT_MAILBOX,    /* likewise */
	REPORT_OUTPUT,     /* output.error says more */
};

/* "outgoing", "incoming" */
const char *report_name(enum direction direction);

int report_run(struct report *report, struct imapc *imap, struct output *out);

#endif
