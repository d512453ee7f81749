/* SPDX-License-Identifier: ISC
 *
 * A walk over those rows of a mailbox that a view has and FETCH was asked for, in the order of UIDs. */
#ifndef IMAPD_FETCH_WALK_H
#define IMAPD_FETCH_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/include/quarantine.h"

struct pace;
struct view;

/* What is done with each row; false: stop behind it. */
typedef bool fetch_take_fn(const struct quarantine_entry *row, void *context);

struct fetch_place {
	size_t range;
	uint32_t uid; /* the next one to look at; 0: the range's first */
};

struct fetch_walk {
	const struct view *view;
	const struct quarantine_range *ranges; /* of UIDs, ascending */
	size_t count;
	uint64_t since;           /* rows with a higher modseq only, and then no gone ones; 0: all */
	struct fetch_place place; /* where it begins, then where it goes on */
	uint32_t up_to;           /* no further than this UID */
	unsigned fields;          /* enum quarantine_field */
	fetch_take_fn *take;
	void *context;
	const struct pace *pace; /* NULL: bounded by `take` alone */
	bool stopped;            /* by `take` */
	bool missed;             /* the view has messages there that the store has no longer */
};

/* Walks until `take` stops it, the end, or, between two ranges, the pace. A QUARANTINE_ status. */
int fetch_walk_on(struct fetch_walk *w, struct quarantine *q);

#endif
