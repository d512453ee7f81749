/* SPDX-License-Identifier: ISC
 *
 * Answers FETCH: a table of items, rows read in slices, bodies streamed in pieces. Made by the command,
 * stepped on workers; holds nothing of the store between two steps. */
#ifndef IMAPD_FETCH_H
#define IMAPD_FETCH_H

#include <stdbool.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../proto/fetch_att.h"
#include "../proto/search_return.h"

struct fetch;
struct response;
struct view;

/* `items` and `view` are borrowed; `ranges` (malloc'd UID ranges) is taken, also on failure. With `uid`
 * the answers carry the UID though nobody asked. NULL when memory runs out. */
struct fetch *fetch_create(struct view *view, const struct fetch_items *items, bool uid,
			   struct quarantine_range *ranges, size_t count);
void fetch_destroy(struct fetch *f); /* NULL is fine */

/* CHANGEDSINCE: answers only messages whose modseq is above this (0: all), each with its MODSEQ; with
 * `vanished` tells before them what of the ranges was expunged since. Before the first step. */
void fetch_since(struct fetch *f, uint64_t modseq, bool vanished);

/* PARTIAL: answers only these of the messages; what vanished is told of all. `partial` is borrowed. Before
 * the first step, behind fetch_since(). */
void fetch_partial(struct fetch *f, const struct search_partial *partial);

/* Writes a step's worth of answers. *more: call again. A QUARANTINE_ status ends the command; it is given
 * between two answers only. */
int fetch_step(struct fetch *f, struct quarantine *q, struct response *r, bool *more);

/* After the last step: messages of the view were purged meanwhile and not answered. */
bool fetch_missed(const struct fetch *f);

/* After the last step: QUARANTINE_OK, or why a message's content could not be read. */
int fetch_content_status(const struct fetch *f);

/* After the last step: BINARY was asked for of a part whose Content-Transfer-Encoding is unknown. */
bool fetch_unknown_encoding(const struct fetch *f);

#endif
