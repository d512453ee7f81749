/* SPDX-License-Identifier: ISC
 *
 * When the mail that is asked for arrived, and how people write times. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_PERIOD_H
#define QUARANTINE_TOOLS_RETRIEVE_PERIOD_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The end of a period that has none. */
#define PERIOD_OPEN ((time_t)INT64_MAX)

struct period {
	time_t since;
	time_t until; /* the first moment after it, or PERIOD_OPEN */
};

enum { PERIOD_TEXT = 80, PERIOD_MOMENT = 32 };

static inline bool period_holds(const struct period *p, time_t moment)
{
	return moment >= p->since && moment < p->until;
}

/* Reads a moment: "2026-11-22", "2026-11-22 14:30" (or with T, seconds, Z or +01:00 behind), "14:30" of
 * today, "now", "today", "yesterday", "2 hours ago" (seconds to weeks). Local time where no zone stands. A
 * day stands for its first moment, or with `end` for the first after it. */
bool period_moment(const char *text, time_t now, bool end, time_t *moment);

/* The days of a period as a part of a file's name: "2026-11-22", "2026-11-20--2026-11-22". An open end is
 * `now`. Into PERIOD_TEXT bytes, which are returned. */
const char *period_days(const struct period *p, time_t now, char *into);

/* "2026-11-22 14:30:05", local time. Into PERIOD_MOMENT bytes, which are returned. */
const char *period_moment_text(time_t moment, char *into);

#endif
