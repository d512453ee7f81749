/* SPDX-License-Identifier: ISC
 *
 * What the header block of a message states about its way, for what the filter did not say itself. */
#ifndef QUARANTINE_FACTS_H
#define QUARANTINE_FACTS_H

#include "base/arena.h"
#include "base/slice.h"
#include "include/quarantine.h"

struct mime_field_list;

/* Fills the members of *env that are NULL from the fields of the message's top header block. What the
 * caller gave is never touched. Texts live in the arena. False when memory runs out. */
bool facts_complete(struct quarantine_envelope *env, const struct mime_field_list *fields,
		    struct arena *arena);

#endif
