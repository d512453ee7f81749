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

/* cmd->args becomes the list_args. False: BAD with p->error. */
bool list_parse(struct parser *p, struct command *cmd);
bool lsub_parse(struct parser *p, struct command *cmd);

#endif
