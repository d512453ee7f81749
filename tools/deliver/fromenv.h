/* SPDX-License-Identifier: ISC
 *
 * Facts that a mail server hands over in the environment, because it refuses a sender's own words in a
 * command line (Exim 4.96 and tainted values). The manual lists the names. */
#ifndef QUARANTINE_DELIVER_FROMENV_H
#define QUARANTINE_DELIVER_FROMENV_H

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"

/* Fills in what `env` lacks. An empty variable is one that is not set, but an empty SENDER is the null
 * sender. A SCORE that is no number is not there. False: no memory. */
bool fromenv_fill(struct quarantine_envelope *env, struct arena *arena);

/* Reads a whole finite number, "12.3". */
bool score_read(const char *text, double *score);

#endif
