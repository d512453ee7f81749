/* SPDX-License-Identifier: ISC
 *
 * An immutable picture of a mailbox's UIDs, shared by count of users: ascending ranges with running
 * counts, so that sequence numbers and UIDs are found in each other by binary search. A mailbox where
 * nothing was deleted is one range. Any thread. */
#ifndef IMAPD_UIDMAP_H
#define IMAPD_UIDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../store/include/quarantine.h"

struct uidmap;

/* From ascending ranges that do not touch. One user, the caller. NULL when memory runs out. */
struct uidmap *uidmap_create(const struct quarantine_range *ranges, size_t count);

/* The map without the UIDs in `gone` and with those in `come`, both ascending. NULL as above. */
struct uidmap *uidmap_change(const struct uidmap *m, const uint32_t *gone, size_t gone_count,
			     const uint32_t *come, size_t come_count);

/* The map with what `now` has above its largest UID. NULL as above. */
struct uidmap *uidmap_extend(const struct uidmap *m, const struct uidmap *now);

struct uidmap *uidmap_hold(struct uidmap *m);
void uidmap_release(struct uidmap *m); /* NULL is fine */

uint32_t uidmap_count(const struct uidmap *m);
uint32_t uidmap_largest(const struct uidmap *m);                                /* 0 when empty */
uint32_t uidmap_below(const struct uidmap *m, uint64_t uid);                    /* how many UIDs are lower */
uint32_t uidmap_between(const struct uidmap *m, uint32_t first, uint32_t last); /* how many in first..last */
uint32_t uidmap_uid(const struct uidmap *m, uint32_t seq); /* 0 when there is no such number */
uint32_t uidmap_seq(const struct uidmap *m, uint32_t uid); /* 0 when the UID is not in it */
/* The longest run of UIDs in the map from the first one >= uid on; false when there is none. */
bool uidmap_run(const struct uidmap *m, uint32_t uid, struct quarantine_range *run);
const struct quarantine_range *uidmap_ranges(const struct uidmap *m, size_t *count);

/* The highest run of UIDs under `below` that `old` has and `now` has not; false when there is none. */
bool uidmap_lost(const struct uidmap *old, const struct uidmap *now, uint64_t below,
		 struct quarantine_range *run);

#endif
