/* SPDX-License-Identifier: ISC
 *
 * Says from time to time how far a long command is, by INPROGRESS (RFC 9585): clients hang up after a
 * silence. */
#ifndef IMAPD_SEARCH_PROGRESS_H
#define IMAPD_SEARCH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/base/slice.h"

enum { SEARCH_PROGRESS_MS = 10000 };

struct response;

struct search_progress {
	int64_t since; /* milliseconds of the clock: when something was last told; 0: not begun */
};

/* Call after each step, with what was done of how much. */
void search_progress_tell(struct search_progress *p, int64_t now, struct slice tag, uint32_t done,
			  uint32_t goal, struct response *r);

#endif
