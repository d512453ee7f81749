/* SPDX-License-Identifier: ISC
 *
 * IMAP's dates (RFC 9051: date, date-time). Days are counted from 1970-01-01 in the calendar. Pure. */
#ifndef IMAPD_PROTO_DATETIME_H
#define IMAPD_PROTO_DATETIME_H

#include <stdint.h>

#include "../../store/base/buf.h"
#include "parse.h"

bool datetime_parse_date(struct parser *p, int32_t *day); /* 1-Feb-1994, quoted or not */
bool datetime_parse(struct parser *p, int64_t *utc);      /* " 1-Feb-1994 21:52:25 -0800", quoted */
int32_t datetime_local_day(int64_t utc);                  /* the day it was in the server's zone */

/* What is remembered of the server's zone: many dates of a listing are of the same hour. Zeroed: nothing. */
struct datetime_zone {
	int64_t hour; /* since 1970, of the last date */
	bool known;   /* the whole of it has this offset from UTC in seconds */
	int32_t offset;
};

void datetime_print(int64_t utc, struct datetime_zone *zone,
		    struct buf *out); /* quoted, in the server's zone */

#endif
