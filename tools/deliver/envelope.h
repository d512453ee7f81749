/* SPDX-License-Identifier: ISC
 *
 * The last touch on what a mail server said of a message, before it goes into the store. */
#ifndef QUARANTINE_DELIVER_ENVELOPE_H
#define QUARANTINE_DELIVER_ENVELOPE_H

#include "../../store/base/arena.h"
#include "../../store/base/slice.h"
#include "../../store/include/quarantine.h"

/* Makes mail servers' ways of saying one thing the same: an address in angle brackets is the address,
 * "<>" and a bare "MAILER-DAEMON" are the null sender, an empty recipient is none, and "unknown" for a
 * client, user or queue id is not known. False: no memory. */
bool envelope_tidy(struct quarantine_envelope *env, struct arena *arena);

/* The delivery key of a message that has a queue id: the same each time a mail server tries again, and
 * another for each of several batches of recipients that it makes of one message. It names queue id and
 * direction, and a hash of sender, recipients (in any order) and bytes. NULL: no memory. */
char *envelope_key(const struct quarantine_envelope *env, struct slice message, struct arena *arena);

#endif
