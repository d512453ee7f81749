/* SPDX-License-Identifier: ISC
 *
 * What APPEND and REPLACE gather, and what is done with it once it is whole. */
#ifndef IMAPD_CMD_APPEND_H
#define IMAPD_CMD_APPEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../store/include/quarantine.h"
#include "../proto/parse.h"
#include "../spill.h"

struct command;

struct append_message {
	struct parsed_flags flags;
	bool dated;
	int64_t date;
	bool binary;  /* it came as literal8 */
	bool wrapped; /* a parenthesis follows it */
	size_t len;
	size_t rewritten; /* its length in append.rewritten; 0: it is stored as it came */
};

struct append {
	const char *mailbox;
	struct quarantine_mailbox to;
	bool began;
	uint32_t number; /* REPLACE: sequence number or UID; SEQSET_STAR is the last message's */
	struct quarantine_replaced old;
	struct append_message *messages; /* in the arena */
	size_t count;
	size_t left; /* bytes of the last one still to come */
	size_t total;
	struct spill spill;
	struct spill rewritten;
};

/* Looks at the messages, and rewrites those that hold NUL and may. False: the tagged answer is set. */
bool append_look(struct command *cmd);

/* Stores them all, or none; fills in `list`, which has room for a->count. A QUARANTINE_ status. */
int append_store(struct command *cmd, struct quarantine_addition *list);

#endif
