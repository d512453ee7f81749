/* SPDX-License-Identifier: ISC
 *
 * What SORT and THREAD compare (RFC 5256, 5957), worked out at delivery. */
#ifndef QUARANTINE_SORT_KEY_H
#define QUARANTINE_SORT_KEY_H

#include "base/buf.h"
#include "internal.h"

enum {
	SORT_TEXT_MAX = 255,      /* bytes of a text that are compared */
	SORT_REFERENCES_MAX = 64, /* ancestors that are known, the nearest ones */
};

enum sort_text {
	SORT_SUBJECT,
	SORT_FROM,
	SORT_TO,
	SORT_CC,
	SORT_DISPLAY_FROM,
	SORT_DISPLAY_TO,
	SORT_TEXT_COUNT,
};

/* Zeroed it is empty and may be finished. */
struct sort_draft {
	struct buf text[SORT_TEXT_COUNT];
	struct buf references; /* hashes of 8 bytes, the farthest first */
	uint64_t message_id;   /* hash; 0: none */
	uint64_t thread;       /* hash of the farthest ancestor, or its own; 0: none */
	int64_t sent;          /* seconds since 1970; INT64_MIN: no Date */
	bool reply;
};

struct mime_field_list;

/* False when memory runs out. */
bool sort_draft_prepare(const struct mime_field_list *fields, struct sort_draft *out);
void sort_draft_finish(struct sort_draft *draft);

/* Inside a transaction. */
int sort_draft_insert(struct quarantine *q, const struct sort_draft *draft, int64_t message);

#endif
