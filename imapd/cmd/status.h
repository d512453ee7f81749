/* SPDX-License-Identifier: ISC
 *
 * STATUS items, for STATUS and LIST RETURN (STATUS (…)). */
#ifndef IMAPD_CMD_STATUS_H
#define IMAPD_CMD_STATUS_H

#include <stdbool.h>
#include <stddef.h>

struct command;
struct parser;
struct quarantine_mailbox;

enum { STATUS_ITEMS_MAX = 32 };

struct status_items {
	unsigned asked[STATUS_ITEMS_MAX];
	size_t count;
};

/* "(" status-att *(SP status-att) ")" */
bool status_items_parse(struct parser *p, struct status_items *out);

/* Appends the STATUS line of a mailbox under this name. */
void status_tell(const struct command *cmd, const char *name, const struct quarantine_mailbox *box,
		 const struct status_items *items);

#endif
