/* SPDX-License-Identifier: ISC */
#include "../command.h"
#include "../proto/parse.h"
#include "../response.h"
#include "cmd.h"

enum { ENABLE_NAMES_MAX = 16 };

/* enable = "ENABLE" 1*(SP capability) */
static bool enable_parse(struct parser *p, struct command *cmd)
{
	size_t count = 0;

	(void)cmd;
	do {
		struct slice name;

		if (count++ == ENABLE_NAMES_MAX)
			return parse_fail(p, "Too many capabilities");
		if (!parse_atom(p, &name))
			return false;
	} while (!parse_at_end(p) && parse_space(p));
	return parse_end(p);
}

/* There is nothing to enable so far; unknown names are no error (RFC 5161 section 3.1). */
static enum command_status enable_step(struct command *cmd)
{
	response_untagged(cmd->response, "ENABLED");
	return COMMAND_DONE;
}

const struct command_def command_enable = {
	.name = "ENABLE",
	.states = STATE_LOGGED_IN,
	.parse = enable_parse,
	.step = enable_step,
};
