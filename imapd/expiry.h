/* SPDX-License-Identifier: ISC
 *
 * What was kept long enough leaves the logs: the settings `keep`, a pass in slices, and no pass while the
 * clock cannot be trusted. */
#ifndef IMAPD_EXPIRY_H
#define IMAPD_EXPIRY_H

#include "../store/include/quarantine.h"
#include "../store/include/quarantine_admin.h"

struct config_list;

struct expiry {
	struct quarantine_keep *keep;
	size_t count;
	struct quarantine_expiry pass;
	int64_t offset; /* of the calendar to the time since boot, in seconds, when it was last believed */
	int64_t paused; /* since when (time since boot); 0: not paused */
	bool compared;  /* the clock, with that of the last pass */
};

/* Periods as quarantine_keep_read() reads them; config_check() has seen that it does. False: out of memory.
 */
bool expiry_init(struct expiry *e, const struct config_list *periods);
void expiry_finish(struct expiry *e);

/* Begins a pass. */
void expiry_begin(struct expiry *e, int64_t now);

/* A slice on a worker thread, while nothing else uses `e`; *done entries went. True: the pass is not at its
 * end. The first pass does nothing when the last one, of whatever process, was more than a day ago:
 * expiry_watch_clock() finds that the clock has jumped. */
bool expiry_slice(struct expiry *e, struct quarantine *store, size_t *done, int *status);

enum expiry_clock { EXPIRY_CLOCK_STEADY, EXPIRY_CLOCK_JUMPED, EXPIRY_CLOCK_PAUSED };

/* Compares the calendar with the time since boot, both in seconds; to be called every few seconds. A jump of
 * more than an hour pauses expiry for a day, or until the clock jumps back. JUMPED: it did so just now. */
enum expiry_clock expiry_watch_clock(struct expiry *e, int64_t calendar, int64_t since_boot);

#endif
