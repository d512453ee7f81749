/* SPDX-License-Identifier: ISC
 *
 * The table of commands: look-up by name. */
#ifndef IMAPD_COMMANDS_H
#define IMAPD_COMMANDS_H

#include <stddef.h>

#include "../store/base/slice.h"

struct command_def;

/* By name without regard to case; NULL when there is none. */
const struct command_def *commands_find(struct slice name);

/* The whole table, sorted by name; for tests. */
const struct command_def *const *commands_all(size_t *count);

#endif
