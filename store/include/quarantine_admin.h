/* SPDX-License-Identifier: ISC
 *
 * libquarantine: what looks after a store. Expiry and room, counts, checks, copies. A filter needs none of
 * it; the rules of quarantine.h hold here too. */
#ifndef QUARANTINE_ADMIN_H
#define QUARANTINE_ADMIN_H

#include "quarantine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------- expiry, room */

/* How long messages of a direction and class are kept. */
#define QUARANTINE_KEEP_FOREVER INT64_MAX
#define QUARANTINE_KEEP_DEFAULT ((int64_t)14 * 86400)
enum { QUARANTINE_CLASS_MAX = 63 };

struct quarantine_keep {
	enum quarantine_direction direction;       /* 0: both */
	char class_name[QUARANTINE_CLASS_MAX + 1]; /* "": all */
	int64_t seconds;
};

/* Reads "14d", "outgoing=30d", "spam=12h", "incoming/virus=never": days, hours, minutes (m) or never. False:
 * it is none of these. */
QUARANTINE_API bool quarantine_keep_read(const char *text, struct quarantine_keep *out);

/* A pass over what filters delivered, in slices. Of the periods that apply to a message, one with a class
 * wins over one without, then one with a direction, then the later one; without any it is
 * QUARANTINE_KEEP_DEFAULT. Zeroes but for the first three members begin a pass. */
struct quarantine_expiry {
	const struct quarantine_keep *keep; /* the caller's */
	size_t count;
	int64_t now;
	int64_t mailbox; /* where it stands */
	uint32_t uid;
	bool finished; /* the whole pass is done */
};

/* A slice: looks at some UIDs and expunges what was kept long enough, with QUARANTINE_EXPIRED; *done becomes
 * their number. Holds the write lock for milliseconds; call it until `finished`, with pauses for deliveries.
 * INBOX and mailboxes that people made are left alone. */
QUARANTINE_API int quarantine_expire(struct quarantine *q, struct quarantine_expiry *at, size_t *done);

/* `now` of the last pass that came to its end, 0: there was none. Who goes by a clock can tell from it
 * whether that may have been set wrongly meanwhile. */
QUARANTINE_API int quarantine_expired_at(struct quarantine *q, int64_t *at);

/* Frees what expunged entries held, when they left before `before` (seconds since 1970): their rows
 * shrink to UID ranges, bytes nobody names are deleted. Before that deleted mailboxes are emptied. At most
 * `max` entries a call; *done as above. While the disk is low, unused pages go back to it as well. */
QUARANTINE_API int quarantine_purge(struct quarantine *q, int64_t before, size_t max, size_t *done);

/* Looks after the reserve, the room that expunging and purging have on a full disk: makes it whole where
 * there is room again. *low: it is not whole, or deliveries are refused. For the server, every few seconds.
 */
QUARANTINE_API int quarantine_tend(struct quarantine *q, bool *low);

/* Moves the write-ahead log into the database when it is larger than `above` bytes. Writers do this by
 * themselves above 4 MiB. */
QUARANTINE_API int quarantine_checkpoint(struct quarantine *q, uint64_t above);

/* Reads some of the database file and forgets it, so that the system has it in memory: all `bytes` from
 * *offset on, which moves on. Tables lie scattered in the file; who will need much of it, after a start,
 * waits far less for all in one go. *end: nothing is left. Takes no lock. */
QUARANTINE_API int quarantine_read_ahead(struct quarantine *q, uint64_t *offset, uint64_t bytes, bool *end);

/* ---------------------------------------------------------------------------------------- counts */

struct quarantine_stats {
	size_t size;
	uint64_t messages;      /* stored messages */
	uint64_t message_bytes; /* sum of their lengths */
	uint64_t stored_bytes;  /* what their content takes, compressed */
	uint64_t file_bytes;    /* the database file */
	uint64_t wal_bytes;     /* its write-ahead log */
	uint64_t free_bytes;    /* unused inside the database file */
	int64_t oldest, newest; /* received times; 0: none */
	unsigned schema_version;
};

#define QUARANTINE_STATS_INIT                           \
	{                                               \
		.size = sizeof(struct quarantine_stats) \
	}

QUARANTINE_API int quarantine_stats_get(struct quarantine *q, struct quarantine_stats *out);

/* What the files take, without looking at a message: cheap. */
struct quarantine_sizes {
	uint64_t file_bytes;      /* the database file */
	uint64_t wal_bytes;       /* its write-ahead log */
	uint64_t disk_free_bytes; /* UINT64_MAX: not known */
};
QUARANTINE_API int quarantine_sizes_get(struct quarantine *q, struct quarantine_sizes *out);

/* One line a direction and class of the entries that are present, for `quarantine stats`: the callback's
 * row is borrowed. */
struct quarantine_count {
	enum quarantine_direction direction;
	const char *class_name; /* "" where unknown */
	uint64_t messages;
	uint64_t bytes;
	int64_t first, last; /* received */
};
typedef int quarantine_count_fn(void *context, const struct quarantine_count *row); /* non-zero ends */
QUARANTINE_API int quarantine_count_classes(struct quarantine *q, quarantine_count_fn *fn, void *context);

/* -------------------------------------------------------------------------------- checks, copies */

/* Checks the whole store: SQLite's own integrity, every content hash, every counter. Each fault is
 * told to `fault`; `progress` (may be NULL) hears done and total messages. *faults is their number. */
typedef void quarantine_fault_fn(void *context, const char *text);
typedef void quarantine_progress_fn(void *context, uint64_t done, uint64_t total);
QUARANTINE_API int quarantine_check(struct quarantine *q, quarantine_fault_fn *fault,
				    quarantine_progress_fn *progress, void *context, uint64_t *faults);

/* Reads one message whole and compares it with the hash that was kept of it: QUARANTINE_OK, or
 * QUARANTINE_CORRUPT; QUARANTINE_NOT_FOUND. */
QUARANTINE_API int quarantine_verify(struct quarantine *q, int64_t message);

/* Writes a consistent copy into a new file (0600) while deliveries go on: the write lock is held for some
 * milliseconds at a time. `file` must not exist; "FILE.part" is overwritten. The handle must be open for
 * writing. `progress` (may be NULL) hears bytes. QUARANTINE_BUSY: a reader held the log for too long. */
QUARANTINE_API int quarantine_backup(struct quarantine *q, const char *file, quarantine_progress_fn *progress,
				     void *context);

/* Makes a store in `path` (which must hold none) from a copy. Every mailbox gets a higher UIDVALIDITY,
 * because UIDs may have been given out since the copy was made; ids of messages go on from the present time
 * in microseconds, for the same reason. Delivery keys are those of the copy. `why` as in
 * quarantine_open_why(). */
QUARANTINE_API int quarantine_restore(const char *path, const char *file, char *why, size_t why_size);

#ifdef __cplusplus
}
#endif

#endif
