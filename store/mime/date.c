/* SPDX-License-Identifier: ISC */
#include "date.h"

#include <stdbool.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

struct reader {
	struct slice rest;
	bool failed;
};

/* Blanks, line ends and comments. */
static void skip_blanks(struct reader *r)
{
	size_t i = 0;

	for (int depth = 0; i < r->rest.len; i++) {
		char c = r->rest.data[i];
		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			i++;
		else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
	}
	r->rest = slice_skip(r->rest, i);
}

static bool read_char(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->rest.len == 0 || r->rest.data[0] != c)
		return false;
	r->rest = slice_skip(r->rest, 1);
	return true;
}

/* A number of at most five digits; *digits says how many, NULL for one or two. */
static int read_number(struct reader *r, size_t *digits)
{
	int n = 0;
	size_t len = 0;

	skip_blanks(r);
	while (len < r->rest.len && len < 5 && r->rest.data[len] >= '0' && r->rest.data[len] <= '9')
		n = n * 10 + (r->rest.data[len++] - '0');
	r->rest = slice_skip(r->rest, len);
	r->failed |= len == 0 || (!digits && len > 2);
	if (digits)
		*digits = len;
	return n;
}

static struct slice read_word(struct reader *r)
{
	size_t len = 0;

	skip_blanks(r);
	while (len < r->rest.len && ((r->rest.data[len] | 0x20) >= 'a' && (r->rest.data[len] | 0x20) <= 'z'))
		len++;
	struct slice word = slice_of(r->rest.data, len);
	r->rest = slice_skip(r->rest, len);
	return word;
}

static int read_month(struct reader *r)
{
	static const struct slice names[] = {
		SLICE("jan"), SLICE("feb"), SLICE("mar"), SLICE("apr"), SLICE("may"), SLICE("jun"),
		SLICE("jul"), SLICE("aug"), SLICE("sep"), SLICE("oct"), SLICE("nov"), SLICE("dec"),
	};
	struct slice word = read_word(r);

	for (int i = 0; i < 12; i++) {
		if (slice_istarts(word, names[i]))
			return i + 1;
	}
	r->failed = true;
	return 1;
}

/* RFC 5322 section 4.3: two digits are of 1950 to 2049, three count from 1900. */
static int read_year(struct reader *r)
{
	size_t digits;
	int year = read_number(r, &digits);

	if (digits == 2)
		year += year < 50 ? 2000 : 1900;
	else if (digits == 3)
		year += 1900;
	r->failed |= digits < 2 || year < 1 || year > 9999;
	return year;
}

static int read_time(struct reader *r)
{
	int hour = read_number(r, NULL);
	r->failed |= !read_char(r, ':');
	int minute = read_number(r, NULL);
	int second = read_char(r, ':') ? read_number(r, NULL) : 0;

	r->failed |= hour > 23 || minute > 59 || second > 60;
	return hour * HOUR + minute * MINUTE + second;
}

/* ("+" / "-") 4DIGIT, or a name: one that is not known counts as "-0000", and so does none. */
static int read_zone(struct reader *r)
{
	static const struct {
		struct slice name;
		int hours;
	} names[] = {
		{SLICE("EST"), -5}, {SLICE("EDT"), -4}, {SLICE("CST"), -6}, {SLICE("CDT"), -5},
		{SLICE("MST"), -7}, {SLICE("MDT"), -6}, {SLICE("PST"), -8}, {SLICE("PDT"), -7},
	};
	size_t digits;

	bool minus = read_char(r, '-');
	if (minus || read_char(r, '+')) {
		int zone = read_number(r, &digits);
		r->failed |= digits != 4 || zone % 100 > 59;
		zone = zone / 100 * 60 + zone % 100;
		return minus ? -zone : zone;
	}
	struct slice word = read_word(r);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (slice_ieq(word, names[i].name))
			return names[i].hours * 60;
	}
	return 0;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t days_since_1970(int year, int month, int day)
{
	int before = year - 1;
	int64_t days = 365 * (int64_t)before + before / 4 - before / 100 + before / 400;

	for (int m = 1; m < month; m++)
		days += days_of_month(year, m);
	return days + day - 1 - 719162;
}

/* [ day-name "," ] day month year time-of-day zone */
bool mime_date_parse(struct slice value, struct mime_date *out)
{
	struct reader r = {.rest = value};

	read_word(&r);
	read_char(&r, ',');
	int day = read_number(&r, NULL);
	int month = read_month(&r);
	int year = read_year(&r);
	int time = read_time(&r);
	int zone = read_zone(&r);
	if (r.failed || day < 1 || day > days_of_month(year, month))
		return false;
	out->utc = days_since_1970(year, month, day) * DAY + time - (int64_t)zone * MINUTE;
	out->zone_minutes = zone;
	return true;
}
