/* SPDX-License-Identifier: ISC
 *
 * THREAD (RFC 5256): puts the messages found into threads, in steps, by what the store keeps for that. Takes
 * time by n log n and some 100 bytes a message, whatever the messages name as their references. */
#ifndef IMAPD_SEARCH_THREAD_H
#define IMAPD_SEARCH_THREAD_H

#include <stdbool.h>

#include "../../store/include/quarantine.h"
#include "../proto/seqset.h"

enum {
	SEARCH_THREAD_STRANGERS_MAX =
		2000000,               /* messages that are not there and are referred to all the same */
	SEARCH_THREAD_DEPTH_MAX = 100, /* parentheses in parentheses; what is deeper is told as a chain */
};

enum search_thread_by { SEARCH_THREAD_ORDEREDSUBJECT, SEARCH_THREAD_REFERENCES };

struct response;
struct search_thread;
struct view;

/* All is borrowed. NULL when memory runs out. */
struct search_thread *search_thread_create(const struct view *view, enum search_thread_by by,
					   const struct seqset_builder *found);
void search_thread_destroy(struct search_thread *t); /* NULL is fine */

/* Works, then tells, as UIDs where `uid`. *more: call again. A QUARANTINE_ status; after a failure nothing
 * was told. */
int search_thread_step(struct search_thread *t, struct quarantine *q, struct response *r, bool uid,
		       bool *more);

#endif
