/* SPDX-License-Identifier: ISC
 *
 * Nothing waits to be written here, so a checkpoint is a NOOP (RFC 3501 section 6.4.1). */
#include "../command.h"
#include "cmd.h"

const struct command_def command_check = {
	.name = "CHECK",
	.states = STATE_SELECTED,
};
