/* SPDX-License-Identifier: ISC
 *
 * libetpan's words for what is sent and what comes: search keys, sets, items, answers. Pure functions; what
 * they make is NULL when memory runs out, and libetpan's to free. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_ETPAN_H
#define QUARANTINE_TOOLS_RETRIEVE_ETPAN_H

#include <libetpan/libetpan.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "../../store/base/slice.h"
#include "day.h"

/* Sequence numbers first:last that arrived from `since` on and before `before`, or with its year 0 at any
 * time from then on. */
struct mailimap_search_key *etpan_search_key(uint32_t first, uint32_t last, struct day since,
					     struct day before);

/* Ascending UIDs; those that follow one another become one range. */
struct mailimap_set *etpan_set(const uint32_t *uids, size_t count);

/* UIDs from `first` on; 0 stands for the last one. */
struct mailimap_search_key *etpan_newer_key(uint32_t first);

/* The header but for the fields of these names, cut at `max` bytes. */
struct mailimap_fetch_att *etpan_header_item(const char *const *left_out, size_t count, uint32_t max);

/* What one answer to FETCH says, of what we ask for. Its bytes are the answer's. */
struct etpan_answer {
	uint32_t uid;
	uint32_t size;
	bool has_arrived;
	time_t arrived;
	struct slice header;
};

struct etpan_answer etpan_answer_read(const struct mailimap_msg_att *message);

#endif
