/* SPDX-License-Identifier: ISC
 *
 * Its end tells the news of the mailbox, as that of any command does. */
#include "../command.h"
#include "cmd.h"

const struct command_def command_noop = {
	.name = "NOOP",
	.states = STATE_ANY,
};
