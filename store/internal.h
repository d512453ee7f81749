/* SPDX-License-Identifier: ISC
 *
 * What the files of the store share: the handle, errors, the way of a write. Functions return
 * QUARANTINE_OK or a negative status and leave the detail in the handle's error text. */
#ifndef QUARANTINE_INTERNAL_H
#define QUARANTINE_INTERNAL_H

#include <dirent.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/slice.h"
#include "include/quarantine.h"
#include "queries.h"

struct blob_reader;
struct blob_writer;

enum {
	STORE_PAGE_SIZE = 4096,
	STORE_WAL_LIMIT = 4 * 1024 * 1024,
	STORE_WAL_FIRST = 1024 * 1024, /* at the first commit of a handle */
};

struct quarantine {
	sqlite3 *db;
	pthread_mutex_t db_mutex;        /* around a change of `db`, and quarantine_interrupt() */
	sqlite3_stmt *stmt[QUERY_COUNT]; /* prepared at first use, see stmt.h */
	pid_t pid;                       /* who opened it; nobody else may use it */
	int mail_fd;                     /* the directory DIR/mail */
	int lock_fd;                     /* DIR/mail/lock; -1 without QUARANTINE_WRITE */
	int bell_fd;                     /* socket to ring watchers from */
	DIR *bell_folder;                /* DIR/mail/watch, once it was rung */
	int64_t server_missed;           /* when none was found, store_clock_ns(); 0: never */
	int server_fd;                   /* connection to the server's socket; -1: none */
	unsigned flags;                  /* enum quarantine_open_flags */
	unsigned lock_timeout;           /* milliseconds */
	uint64_t message_max;
	uint64_t min_free;          /* bytes that a delivery leaves on the disk */
	uint64_t commits;           /* own ones that changed something */
	int changes;                /* sqlite3_total_changes() when the transaction began */
	unsigned cursors;           /* open ones */
	bool reading;               /* between quarantine_read_begin() and quarantine_read_end() */
	bool left_open;             /* a transaction that ends with the last of them */
	bool suspect;               /* writing or syncing failed: the database is opened anew, */
	bool unsettled;             /* and then nothing is written before store_settle() */
	int64_t page_size;          /* of the database file */
	int wal_pages;              /* in the write-ahead log after the last own commit */
	int wal_tried;              /* wal_pages when a checkpoint last found readers in its way */
	struct blob_reader *reader; /* last decoded frame and exemplar; NULL until the first read */
	struct buf parts;           /* the part map that was asked for last */
	struct blob_writer *writer; /* compression contexts; NULL until the first delivery */
	char path[4096];            /* DIR */
	char error[512];
};

/* First thing in every public function: forgets the old error text, refuses a handle that came
 * through fork(). store_enter() opens the store as well, where QUARANTINE_DELIVER put that off. */
int handle_enter(struct quarantine *q);
int store_enter(struct quarantine *q);

/* After a write or sync that failed: opens the database anew and moves the whole log into it, synced. A sync
 * that failed says nothing about the disk, and the next may succeed although the pages of the first were
 * dropped: nothing is built on them. Fails as long as that fails; reading goes on meanwhile. */
int store_settle(struct quarantine *q);

/* Sets the error text (where it is not set yet) and returns `status`. */
int store_fail(struct quarantine *q, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The status for an SQLite result code, or for errno; the text names `what` and the cause. */
int store_fail_sqlite(struct quarantine *q, int code, const char *what);
int store_fail_errno(struct quarantine *q, const char *what);

/* Seconds since 1970. */
int64_t store_now(void);

/* Of a clock that nobody sets. */
int64_t store_clock_ns(void);

/* Every change is made between these two. write_begin() waits for the store's lock and begins the
 * transaction; write_end() commits when `status` is QUARANTINE_OK, else rolls back; then lets go of the
 * lock and rings the watchers. Returns `status`, or why the commit failed. */
int write_begin(struct quarantine *q);
int write_end(struct quarantine *q, int status);

/* Leaves the transaction that is open, if there is one, by COMMIT or ROLLBACK. */
void transaction_end(struct quarantine *q, enum query how);

/* The lock alone, for what is no transaction: creation, migration, checkpoint, backup. */
int lock_take(struct quarantine *q);
void lock_release(struct quarantine *q);

/* Under the lock: moves the log into the database, as far as readers allow. */
int checkpoint_locked(struct quarantine *q, bool truncate);

/* Takes the lock and moves all of it, else fails; QUARANTINE_BUSY when readers were in the way for long. */
int checkpoint_whole(struct quarantine *q);

/* A consistent picture over several reads. read_end() may be called in any case. */
int read_begin(struct quarantine *q);
void read_end(struct quarantine *q);

/* Brings a database to the newest schema; refuses a newer one. `create`: it may be empty. */
int migrate(struct quarantine *q, bool create);
enum { SCHEMA_APPLICATION_ID = 0x51724e74 }; /* "QrNt", also in schema/0001.sql */

/* Makes the directories, the lock and an empty database file in `path` where they are missing, with
 * the modes that store/DESIGN.md gives. */
int store_create(struct quarantine *q);

/* The reserve (reserve.c): filled where there is room for it. */
void reserve_fill(struct quarantine *q);

/* After a write that frees room: true when it failed because the disk is full and the reserve was let go,
 * so that it is to be tried once more. */
bool reserve_yields(struct quarantine *q, int status);

/* Whether the disk has room for so many bytes of messages: QUARANTINE_OK or QUARANTINE_FULL. */
int reserve_admit(struct quarantine *q, uint64_t bytes);

/* What is free on the disk; UINT64_MAX where the file system does not say. */
uint64_t reserve_free_bytes(const struct quarantine *q);

/* Deliveries are refused, or the reserve is not whole. */
bool reserve_is_low(const struct quarantine *q);

/* Reads the whole of a blob and compares it with its stored hash and size. */
int blob_verify(struct quarantine *q, int64_t blob);

void watch_ring(struct quarantine *q);

#endif
