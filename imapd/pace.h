/* SPDX-License-Identifier: ISC
 *
 * How long one step of a command may hold its worker. */
#ifndef IMAPD_PACE_H
#define IMAPD_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum {
	PACE_STEP_MS = 20,
	PACE_ROWS = 16,    /* narrow rows between two looks at the clock */
	PACE_BYTES = 4096, /* a row of more is not narrow */
};

struct pace {
	int64_t until; /* milliseconds of the monotonic clock */
};

static inline int64_t pace_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline struct pace pace_start(void)
{
	return (struct pace){.until = pace_now() + PACE_STEP_MS};
}

static inline bool pace_over(const struct pace *p)
{
	return pace_now() >= p->until;
}

#endif
