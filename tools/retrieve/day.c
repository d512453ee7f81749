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

bool day_holds(struct day day, time_t moment)
{
	struct day other = day_local(moment, 0);
	return day.year == other.year && day.month == other.month && day.day == other.day;
}

const char *day_text(struct day day, char *into)
{
	snprintf(into, DAY_TEXT, "%04d-%02d-%02d", day.year, day.month, day.day);
	return into;
}
