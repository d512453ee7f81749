/* SPDX-License-Identifier: ISC
 *
 * A date and time that was read is the same after printing and reading; a date is a day of the calendar. */
#include <stdint.h>
#include <stdlib.h>

#include "../../imapd/proto/datetime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_time(int64_t utc)
{
	struct arena arena = {0};
	struct buf text = {0};
	struct parser p = {.arena = &arena};
	struct datetime_zone zone = {0};
	int64_t again;

	datetime_print(utc, &zone, &text);
	p.in = buf_slice(&text);
	if (!datetime_parse(&p, &again) || p.at != p.in.len)
		abort();
	if (again != utc && utc > -62135000000 && utc < 253402000000)
		abort();
	if (datetime_local_day(utc) != datetime_local_day(again))
		abort();
	buf_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parser p = {.in = slice_of((const char *)data, size)};
	int64_t utc;
	int32_t day;

	if (datetime_parse(&p, &utc))
		check_time(utc);
	if (size == sizeof(utc)) {
		memcpy(&utc, data, sizeof(utc));
		check_time(utc);
	}
	p.at = 0;
	if (datetime_parse_date(&p, &day) && (day < -719528 || day > 2932896))
		abort();
	return 0;
}
