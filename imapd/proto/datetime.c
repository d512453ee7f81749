/* SPDX-License-Identifier: ISC */
#include "datetime.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "charclass.h"

enum { SECONDS_AN_HOUR = 3600, SECONDS_A_DAY = 24 * SECONDS_AN_HOUR };

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day is
 * the last of a year. */
static int32_t days_from_date(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int year_of_era = y - era * 400;
	int day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* The other way round. */
static void date_from_days(int32_t days, int *year, int *month, int *day)
{
	int n = days + 719468;
	int era = (n >= 0 ? n : n - 146096) / 146097;
	int day_of_era = n - era * 146097;
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int from_march = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static int64_t floor_divide(int64_t n, int64_t by)
{
	return n / by - (n % by < 0 ? 1 : 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* min to max digits, at most `limit` */
static bool parse_field(struct parser *p, size_t min, size_t max, uint32_t limit, int *out)
{
	size_t start = p->at;
	uint32_t n;

	if (!parse_number(p, &n) || p->at - start < min || p->at - start > max || n > limit)
		return parse_fail(p, "Invalid date");
	*out = (int)n;
	return true;
}

/* date-month = "Jan" / "Feb" / … */
static bool parse_month(struct parser *p, int *month)
{
	struct slice s = slice_skip(p->in, p->at);

	for (int i = 0; i < 12; i++) {
		if (!slice_istarts(s, slice_str(months[i])))
			continue;
		p->at += 3;
		*month = i + 1;
		return true;
	}
	return parse_fail(p, "Invalid month");
}

/* date-text = date-day "-" date-month "-" date-year; also with date-day-fixed, a blank for the ten */
static bool parse_date_text(struct parser *p, int32_t *out)
{
	int day = 0, month = 0, year = 0;

	if (parse_peek(p, ' '))
		p->at++;
	if (!parse_field(p, 1, 2, 31, &day) || !parse_char(p, '-') || !parse_month(p, &month) ||
	    !parse_char(p, '-') || !parse_field(p, 4, 4, 9999, &year))
		return parse_fail(p, "Invalid date");
	if (day == 0 || day > days_in_month(year, month))
		return parse_fail(p, "No such day");
	*out = days_from_date(year, month, day);
	return true;
}

/* date = date-text / DQUOTE date-text DQUOTE */
bool datetime_parse_date(struct parser *p, int32_t *day)
{
	bool quoted = parse_peek(p, '"');
	int32_t n = 0;

	p->at += quoted ? 1 : 0;
	if (!parse_date_text(p, &n) || (quoted && !parse_char(p, '"')))
		return false;
	*day = n;
	return true;
}

/* zone = ("+" / "-") 4DIGIT, in seconds */
static bool parse_zone(struct parser *p, int *seconds)
{
	bool west = parse_peek(p, '-');
	int n = 0;

	if (!west && !parse_peek(p, '+'))
		return parse_fail(p, "Invalid time zone");
	p->at++;
	if (!parse_field(p, 4, 4, 2359, &n) || n % 100 > 59)
		return parse_fail(p, "Invalid time zone");
	*seconds = (n / 100 * 60 + n % 100) * (west ? -60 : 60);
	return true;
}

/* date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE */
bool datetime_parse(struct parser *p, int64_t *utc)
{
	int hour = 0, minute = 0, second = 0, zone = 0;
	int32_t day = 0;

	if (!parse_char(p, '"') || !parse_date_text(p, &day) || !parse_space(p))
		return parse_fail(p, "Invalid date");
	if (!parse_field(p, 2, 2, 23, &hour) || !parse_char(p, ':') || !parse_field(p, 2, 2, 59, &minute) ||
	    !parse_char(p, ':') || !parse_field(p, 2, 2, 60, &second))
		return parse_fail(p, "Invalid time");
	if (!parse_space(p) || !parse_zone(p, &zone) || !parse_char(p, '"'))
		return parse_fail(p, "Invalid time zone");
	*utc = (int64_t)day * 86400 + hour * 3600 + minute * 60 + second - zone;
	return true;
}

/* Times that four digits of a year cannot say become the nearest that can. */
static int64_t within_years(int64_t utc)
{
	const int64_t first = -62135596800 + SECONDS_A_DAY, last = 253402300799 - SECONDS_A_DAY;

	return utc < first ? first : utc > last ? last : utc;
}

/* Of the server's zone at that time, in seconds. */
static int32_t offset_at(int64_t utc)
{
	time_t t = (time_t)utc;
	struct tm tm = {.tm_gmtoff = 0};

	localtime_r(&t, &tm);
	return (int32_t)tm.tm_gmtoff;
}

/* The same. A zone does not change twice in an hour. */
static int32_t offset_near(int64_t utc, struct datetime_zone *zone)
{
	int64_t hour = floor_divide(utc, SECONDS_AN_HOUR);

	if (zone->hour != hour) {
		*zone = (struct datetime_zone){.hour = hour};
		return offset_at(utc);
	}
	if (!zone->known) {
		zone->offset = offset_at(hour * SECONDS_AN_HOUR);
		zone->known = offset_at(hour * SECONDS_AN_HOUR + SECONDS_AN_HOUR - 1) == zone->offset;
	}
	return zone->known ? zone->offset : offset_at(utc);
}

/* Two digits; in place of a leading zero stands `lead`. */
static char *put_two(char *to, int n, char lead)
{
	*to++ = (char)(n < 10 ? lead : '0' + n / 10 % 10);
	*to++ = (char)('0' + n % 10);
	return to;
}

static char *put_date(char *to, int32_t days)
{
	int year, month, day;

	date_from_days(days, &year, &month, &day);
	to = put_two(to, day, ' ');
	*to++ = '-';
	memcpy(to, months[month - 1], 3);
	to[3] = '-';
	return put_two(put_two(to + 4, year / 100, '0'), year % 100, '0');
}

/* Without printf and, mostly, localtime(), which took much of the time of a FETCH of envelopes. */
void datetime_print(int64_t utc, struct datetime_zone *zone, struct buf *out)
{
	int32_t offset = offset_near(within_years(utc), zone);
	int64_t local = within_years(utc) + offset, days = floor_divide(local, SECONDS_A_DAY);
	int second = (int)(local - days * SECONDS_A_DAY), shown = abs(offset / 60);
	char text[sizeof("\"dd-mmm-yyyy hh:mm:ss +zzzz\"")], *to = text;

	*to++ = '"';
	to = put_date(to, (int32_t)days);
	*to++ = ' ';
	to = put_two(to, second / SECONDS_AN_HOUR, '0');
	*to++ = ':';
	to = put_two(to, second / 60 % 60, '0');
	*to++ = ':';
	to = put_two(to, second % 60, '0');
	*to++ = ' ';
	*to++ = offset <= -60 ? '-' : '+';
	to = put_two(put_two(to, shown / 60, '0'), shown % 60, '0');
	*to++ = '"';
	buf_add(out, text, (size_t)(to - text));
}

int32_t datetime_local_day(int64_t utc)
{
	utc = within_years(utc);
	return (int32_t)floor_divide(utc + offset_at(utc), SECONDS_A_DAY);
}
