/* SPDX-License-Identifier: ISC
 *
 * What LIST asks for (RFC 3501, 5258, 5819, 6154, 9590). */
#ifndef IMAPD_CMD_LIST_H
#define IMAPD_CMD_LIST_H

#include "../../store/base/slice.h"
#include "../proto/metadata_wish.h"
#include "status.h"

struct command;
struct parser;

enum { LIST_PATTERNS_MAX = 64 };

struct list_args {
	bool root;                           /* LIST "" "": the delimiter is asked for */
	bool subscribed, special, recursive; /* only these; and those above them */
	bool tell_subscribed, tell_status, tell_metadata;
	struct slice patterns[LIST_PATTERNS_MAX]; /* reference and pattern joined, in the client's form */
	size_t count;
	struct status_items status;
	struct metadata_wish metadata; /* RFC 9590 */
};

/* Tells of the mailbox of that name, and as OLDNAME the other one that the client used for it (RFC 9051
 * section 6.3.9.7). A QUARANTINE_ status; without the name it is told as \NonExistent. */
int list_tell_name(struct command *cmd, const char *name, const char *used);

/* The same after a command that took another name, for clients that have enabled IMAP4rev2; else nothing. */
void list_tell_other(struct command *cmd, const char *name, const char *used);

/* cmd->args becomes the list_args. False: BAD with p->error. */
bool list_parse(struct parser *p, struct command *cmd);
bool lsub_parse(struct parser *p, struct command *cmd);

#endif
