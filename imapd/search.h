/* SPDX-License-Identifier: ISC
 *
 * Runs a search program over a view, in steps, and writes the SEARCH answer. Cheap keys decide first; a
 * message's bytes are read only when nothing else decides. Of one message, the first 2 MiB
 * are searched. Holds nothing of the store between two steps. */
#ifndef IMAPD_SEARCH_H
#define IMAPD_SEARCH_H

#include <stdbool.h>

#include "../store/include/quarantine.h"
#include "proto/search_key.h"

enum { SEARCH_LINE_MAX = 990 * 1000 }; /* bytes of an answer line: imaplib takes no more than 1,000,000 */

struct response;
struct search;
struct view;

/* `root` and `view` are borrowed; `root` is put in order. With `uid` the answer has UIDs. NULL when memory
 * runs out. */
struct search *search_create(const struct view *view, struct search_key *root, bool uid);
void search_destroy(struct search *s); /* NULL is fine */

/* A step's worth of looking or answering. *more: call again. A QUARANTINE_ status; after a failure nothing
 * was answered. */
int search_step(struct search *s, struct quarantine *q, struct response *r, bool *more);

#endif
