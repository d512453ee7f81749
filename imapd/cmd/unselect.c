/* SPDX-License-Identifier: ISC */
#include "../command.h"
#include "../state.h"
#include "cmd.h"

static enum command_status unselect_step(struct command *cmd)
{
	state_unselect(cmd->state);
	return COMMAND_DONE;
}

/* RFC 3691: CLOSE without expunging. */
const struct command_def command_unselect = {
	.name = "UNSELECT",
	.states = STATE_SELECTED,
	.flags = COMMAND_RESETS_VIEW,
	.step = unselect_step,
};
