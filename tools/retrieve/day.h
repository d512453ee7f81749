/* SPDX-License-Identifier: ISC
 *
 * One day of the calendar here, in local time. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_DAY_H
#define QUARANTINE_TOOLS_RETRIEVE_DAY_H

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

/* The first moment of the day, also where clocks change then. The next day's is the end of this one. */
time_t day_begin(struct day day);

/* YYYY-MM-DD, into a buffer of DAY_TEXT bytes, which is returned. */
const char *day_text(struct day day, char *into);

#endif
