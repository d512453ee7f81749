/* SPDX-License-Identifier: ISC */
#include "period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../store/base/slice.h"
#include "day.h"

enum { AMOUNT_MAX = 1000000 };

/* "2 hours ago". Days and weeks keep the time of the clock. */
static bool read_ago(const char *text, time_t now, time_t *moment)
{
	static const struct {
		const char *unit;
		int seconds, days;
	} units[] = {{"second", 1, 0},  {"sec", 1, 0}, {"minute", 60, 0}, {"min", 60, 0},
		     {"hour", 3600, 0}, {"day", 0, 1}, {"week", 0, 7}};
	char unit[16], more, *behind;
	long amount = strtol(text, &behind, 10);
	if (behind == text || amount < 0 || amount > AMOUNT_MAX ||
	    sscanf(behind, " %15[a-z] ago%c", unit, &more) != 1 || !strstr(behind, " ago"))
		return false;
	size_t len = strlen(unit);
	if (len > 1 && unit[len - 1] == 's')
		unit[len - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		time_t from = now - (time_t)amount * units[i].seconds;
		struct tm tm = {0};
		localtime_r(&from, &tm);
		tm.tm_mday -= (int)amount * units[i].days;
		tm.tm_isdst = -1;
		*moment = units[i].days ? mktime(&tm) : from;
		return true;
	}
	return false;
}

static bool read_word(const char *text, time_t now, bool end, time_t *moment)
{
	bool today = strcmp(text, "today") == 0;
	if (strcmp(text, "now") == 0)
		*moment = now;
	else if (today || strcmp(text, "yesterday") == 0)
		*moment = day_begin(day_local(now, (today ? 0 : -1) + end));
	else
		return false;
	return true;
}

/* A date and a time; `zone`: the moment is `seconds` behind UTC's clock. False for the 30th of February. */
static bool of_clock(struct tm tm, bool zone, time_t *moment)
{
	struct tm made = tm;
	made.tm_isdst = -1;
	*moment = timegm(&made);
	if (made.tm_mday != tm.tm_mday || made.tm_mon != tm.tm_mon)
		return false;
	made = tm;
	made.tm_isdst = -1;
	*moment = zone ? *moment - tm.tm_gmtoff : mktime(&made);
	return true;
}

static bool read_clock(const char *text, time_t now, time_t *moment)
{
	static const struct {
		const char *format;
		bool zone;
	} forms[] = {
		{"%Y-%m-%d %H:%M:%S", false},  {"%Y-%m-%dT%H:%M:%S", false},  {"%Y-%m-%d %H:%M", false},
		{"%Y-%m-%dT%H:%M", false},     {"%H:%M:%S", false},           {"%H:%M", false},
		{"%Y-%m-%d %H:%M:%S%z", true}, {"%Y-%m-%dT%H:%M:%S%z", true}, {"%Y-%m-%d %H:%M%z", true},
		{"%Y-%m-%dT%H:%M%z", true},
	};
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = {0};
		localtime_r(&now, &tm);
		tm.tm_sec = 0;
		const char *rest = strptime(text, forms[i].format, &tm);
		if (rest && *rest == '\0')
			return of_clock(tm, forms[i].zone, moment);
	}
	return false;
}

static bool read_day(const char *text, bool end, time_t *moment)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	time_t there;
	if (!rest || *rest != '\0' || tm.tm_year < 0 || !of_clock(tm, true, &there))
		return false;
	struct day day = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
	*moment = day_begin(day_shift(day, end));
	return true;
}

bool period_moment(const char *text, time_t now, bool end, time_t *moment)
{
	return read_word(text, now, end, moment) || read_ago(text, now, moment) ||
	       read_day(text, end, moment) || read_clock(text, now, moment);
}

const char *period_days(const struct period *p, time_t now, char *into)
{
	char first[DAY_TEXT], last[DAY_TEXT];
	time_t end = p->until == PERIOD_OPEN ? now : p->until - 1;
	day_text(day_local(p->since, 0), first);
	day_text(day_local(end > p->since ? end : p->since, 0), last);
	bool one = strcmp(first, last) == 0;
	snprintf(into, PERIOD_TEXT, "%s%s%s", first, one ? "" : "--", one ? "" : last);
	return into;
}

const char *period_moment_text(time_t moment, char *into)
{
	struct tm tm = {0};
	localtime_r(&moment, &tm);
	if (strftime(into, PERIOD_MOMENT, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		into[0] = '\0';
	return into;
}
