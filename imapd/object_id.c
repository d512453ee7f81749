/* SPDX-License-Identifier: ISC */
#include "object_id.h"

#include <inttypes.h>
#include <stdio.h>

struct object_id object_mailbox(const struct quarantine_mailbox *box)
{
	struct object_id id;

	snprintf(id.text, sizeof(id.text), "F%" PRId64 "-%" PRIu32, box->id, box->uidvalidity);
	return id;
}

struct object_id object_message(const struct quarantine_entry *row)
{
	struct object_id id;

	snprintf(id.text, sizeof(id.text), "M%" PRId64, row->message);
	return id;
}

struct object_id object_thread(const struct quarantine_entry *row)
{
	struct object_id id;

	if (row->thread != 0)
		snprintf(id.text, sizeof(id.text), "T%016" PRIx64, row->thread);
	else
		snprintf(id.text, sizeof(id.text), "Tm%" PRId64, row->message);
	return id;
}
