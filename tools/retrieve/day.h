/* SPDX-License-Identifier: ISC
 *
 * One day of the calendar here, in local time. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_DAY_H
#define QUARANTINE_TOOLS_RETRIEVE_DAY_H

#include <stdbool.h>
#include <time.h>

struct day {
	int year;
	int month; /* from 1 */
	int day;   /* of the month, from 1 */
};

enum { DAY_TEXT = 32 };

/* The day that `now` lies in, moved by `days`. */
struct day day_local(time_t now, int days);

/* A day of the calendar moved by `days`. */
struct day day_shift(struct day day, int days);

/* Whether a moment lies in the day, however long the day is where clocks change. */
bool day_holds(struct day day, time_t moment);

/* YYYY-MM-DD, into a buffer of DAY_TEXT bytes, which is returned. */
const char *day_text(struct day day, char *into);

#endif
