/* SPDX-License-Identifier: ISC
 *
 * The report of one mailbox and a period: who sent what, a line a message, or the messages counted. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_REPORT_H
#define QUARANTINE_TOOLS_RETRIEVE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "columns.h"
#include "groups.h"
#include "rows.h"
#include "session.h"

struct report {
	const struct options *options;
	struct session *session;
	enum direction direction;
	struct rows *rows;
	struct groups *groups; /* NULL: a line a message */
	uint64_t lines;        /* messages listed or counted so far, in all mailboxes */
};

enum report_status {
	REPORT_OK = 0,
	REPORT_CONNECTION, /* imapc_why() says more */
	REPORT_AGAIN,      /* it broke, and the second connection came to nothing: that was said */
	REPORT_MAILBOX,    /* imapc_why() says more */
	REPORT_RENEWED,    /* the mailbox became another one while the connection was broken */
	REPORT_OUTPUT,     /* output.error says more */
	REPORT_INTERRUPTED,
};

/* "outgoing", "incoming" */
const char *report_name(enum direction direction);

/* The titles of the lines: those that rows->titles gets. */
void report_titles(const struct options *options, struct rows *rows, bool bars);

int report_run(struct report *report);

#endif
