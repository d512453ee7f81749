/* SPDX-License-Identifier: ISC */
#include "day.h"

#include <stdio.h>

static struct day of_tm(const struct tm *tm)
{
	return (struct day){tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday};
}

struct day day_shift(struct day day, int days)
{
	/* Noon in UTC: no clock changes there. */
	struct tm tm = {.tm_year = day.year - 1900,
			.tm_mon = day.month - 1,
			.tm_mday = day.day + days,
			.tm_hour = 12};
	time_t moment = timegm(&tm);
	gmtime_r(&moment, &tm);
	return of_tm(&tm);
}

struct day day_local(time_t now, int days)
{
	struct tm tm = {0};
	localtime_r(&now, &tm);
	return day_shift(of_tm(&tm), days);
}

static int compare(struct day a, struct day b)
{
	if (a.year != b.year)
		return a.year - b.year;
	return a.month != b.month ? a.month - b.month : a.day - b.day;
}

time_t day_begin(struct day day)
{
	/* Midnight may be there twice or not at all: look for the moment at which the date changes. No zone
	 * is more than a day away from UTC. */
	struct tm tm = {.tm_year = day.year - 1900, .tm_mon = day.month - 1, .tm_mday = day.day};
	time_t before = timegm(&tm) - 2 * 86400, after = before + 4 * 86400;
	while (after - before > 1) {
		time_t middle = before + (after - before) / 2;
		if (compare(day_local(middle, 0), day) < 0)
			before = middle;
		else
			after = middle;
	}
	return after;
}

const char *day_text(struct day day, char *into)
{
	snprintf(into, DAY_TEXT, "%04d-%02d-%02d", day.year, day.month, day.day);
	return into;
}
