/* SPDX-License-Identifier: ISC
 *
 * Date fields (RFC 5322 section 3.3, with obsolete zones and two-digit years). */
#ifndef QUARANTINE_MIME_DATE_H
#define QUARANTINE_MIME_DATE_H

#include <stdint.h>

#include "../base/slice.h"

struct mime_date {
	int64_t utc;      /* seconds since 1970 */
	int zone_minutes; /* east of UTC, as written; 0 for "-0000" */
};

/* False when the value states no date that exists; *out is then untouched. Years 1 to 9999. */
bool mime_date_parse(struct slice value, struct mime_date *out);

#endif
