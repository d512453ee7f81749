/* SPDX-License-Identifier: ISC */
#include "object_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* The digits behind a prefix, as they are printed: of a number of decimal digits the first is not 0. */
static uint64_t read_number(struct slice id, const char *prefix, unsigned base)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t number = 0;

	if (!slice_starts(id, slice_str(prefix)))
		return 0;
	id = slice_skip(id, strlen(prefix));
	if (id.len == 0 || (base == 16 && id.len != 16) || (base == 10 && (id.data[0] == '0' || id.len > 18)))
		return 0;
	for (size_t i = 0; i < id.len; i++) {
		const char *digit = memchr(digits, id.data[i], base);

		if (!digit)
			return 0;
		number = number * base + (uint64_t)(digit - digits);
	}
	return number;
}

uint64_t object_message_of(struct slice id)
{
	return read_number(id, "M", 10);
}

uint64_t object_thread_of(struct slice id, bool *alone)
{
	*alone = slice_starts(id, SLICE("Tm"));
	return *alone ? read_number(id, "Tm", 10) : read_number(id, "T", 16);
}
