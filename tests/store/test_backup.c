/* SPDX-License-Identifier: ISC
 *
 * A backup while two processes deliver as fast as they can and one reads: it ends, the log stays small,
 * and what was acknowledged before it began is in the copy. Restored, mailboxes have a higher UIDVALIDITY. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "work.h"

enum { WRITERS = 2, BULK = 60, BULK_SIZE = 500 * 1024, WAL_MAX = 32 * 1024 * 1024 };

static char path[200], store[250], copy[250], restored[250];
static struct work_tally tally;

/* Enough that the backup takes many slices. */
static void fill(void)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine *q = work_open(store, QUARANTINE_WRITE);
	char *noise = malloc(BULK_SIZE);
	int fd = open("/dev/urandom", O_RDONLY);

	MUST(noise != NULL && fd >= 0);
	env.direction = QUARANTINE_INCOMING;
	for (int i = 0; i < BULK; i++) {
		MUST(read(fd, noise, BULK_SIZE) == BULK_SIZE);
		MUST_OK(q, quarantine_deliver(q, &env, noise, BULK_SIZE, NULL));
	}
	close(fd);
	free(noise);
	quarantine_close(q);
}

static bool is_over(int stop)
{
	char c;

	return read(stop, &c, 1) == 0;
}

static void write_messages(unsigned number, int stop, int acks)
{
	struct quarantine *q = work_open(store, QUARANTINE_WRITE);

	for (unsigned n = 0; n < WORK_MESSAGES && !is_over(stop); n++) {
		int64_t id = 0;

		MUST_OK(q, work_deliver(q, number, n, &id));
		work_ack(acks, number, n, id);
	}
	quarantine_close(q);
}

static void read_lists(int stop)
{
	struct quarantine *q = work_open(store, QUARANTINE_READ);
	struct quarantine_mailbox box;

	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	while (!is_over(stop)) {
		struct quarantine_cursor *cursor;
		struct quarantine_entry entry;
		int status;

		MUST_OK(q, quarantine_list(q, box.id, 1, UINT32_MAX, 0, false, &cursor));
		while ((status = quarantine_next(cursor, &entry)) > 0)
			;
		quarantine_cursor_close(cursor);
		MUST_OK(q, status);
	}
	quarantine_close(q);
}

struct backup_state {
	uint64_t wal;
	unsigned slices;
};

static void watch_progress(void *context, uint64_t done, uint64_t total)
{
	struct backup_state *state = context;
	uint64_t wal = work_wal_size(store);

	MUST(done <= total);
	state->wal = wal > state->wal ? wal : state->wal;
	state->slices++;
}

static void make_backup(struct backup_state *state)
{
	struct quarantine *q = work_open(store, QUARANTINE_WRITE);
	struct stat st;

	MUST_OK(q, quarantine_backup(q, copy, watch_progress, state));
	MUST(quarantine_backup(q, copy, NULL, NULL) == QUARANTINE_EXISTS);
	MUST(stat(copy, &st) == 0 && (st.st_mode & 0777) == 0600);
	quarantine_close(q);
}

static struct quarantine_mailbox outgoing(const char *where)
{
	struct quarantine *q = work_open(where, QUARANTINE_READ);
	struct quarantine_mailbox box;

	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	quarantine_close(q);
	return box;
}

static void restore_and_compare(const unsigned before[WRITERS], const unsigned after[WRITERS])
{
	char why[256] = "";

	MUST(quarantine_restore(store, copy, why, sizeof(why)) == QUARANTINE_EXISTS);
	if (quarantine_restore(restored, copy, why, sizeof(why)) != QUARANTINE_OK)
		work_fail(__FILE__, __LINE__, why);
	work_check(restored);
	work_verify(restored, &tally);
	for (unsigned i = 0; i < WRITERS; i++) {
		unsigned n = 0;

		while (n < WORK_MESSAGES && tally.id[i][n] != 0)
			n++;
		printf("writer %u: %u acknowledged before, %u in the copy, %u after\n", i, before[i], n,
		       after[i]);
		MUST(n >= before[i] && n <= after[i]);
	}
	MUST(outgoing(restored).uidvalidity > outgoing(store).uidvalidity);
	MUST(outgoing(restored).uidnext <= outgoing(store).uidnext);
}

/* The restored store takes deliveries; a key that the copy holds is known. */
static void deliver_to_restored(unsigned next)
{
	struct quarantine *q = work_open(restored, QUARANTINE_WRITE);
	int64_t id = 0;

	MUST_OK(q, work_deliver(q, 0, 0, &id));
	MUST(id == tally.id[0][0]);
	MUST_OK(q, work_deliver(q, 0, next, &id));
	quarantine_close(q);
	work_check(restored);
}

static void start(unsigned number, const int acks[2], const int stop[2], pid_t *child)
{
	*child = fork();
	MUST(*child >= 0);
	if (*child > 0)
		return;
	close(stop[1]);
	close(acks[0]);
	if (number < WRITERS)
		write_messages(number, stop[0], acks[1]);
	else
		read_lists(stop[0]);
	_exit(0);
}

/* As stores had them before. */
static void use_large_pages(void)
{
	char file[320];
	sqlite3 *db;

	snprintf(file, sizeof(file), "%s/mail/quarantine.db", store);
	MUST(sqlite3_open(file, &db) == SQLITE_OK);
	MUST(sqlite3_exec(db,
			  "PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA "
			  "journal_mode = WAL",
			  NULL, NULL, NULL) == SQLITE_OK);
	MUST(sqlite3_close(db) == SQLITE_OK);
}

int main(int argc, char **argv)
{
	struct backup_state state = {0};
	unsigned before[WRITERS], acked[WRITERS] = {0};
	pid_t children[WRITERS + 1];
	struct work_ack ack;
	int acks[2], stop[2];

	work_folder(path, sizeof(path));
	snprintf(store, sizeof(store), "%s/store", path);
	snprintf(copy, sizeof(copy), "%s/copy.db", path);
	snprintf(restored, sizeof(restored), "%s/restored", path);
	work_create(store);
	if (argc > 1 && strcmp(argv[1], "large-pages") == 0)
		use_large_pages();
	fill();
	MUST(pipe(acks) == 0 && pipe2(stop, O_NONBLOCK) == 0);
	/* Nobody reads it during the backup, and the writers are not to wait for that. */
	MUST(fcntl(acks[1], F_SETPIPE_SZ, 1 << 20) > 0);
	for (unsigned i = 0; i < ARRAY_SIZE(children); i++)
		start(i, acks, stop, &children[i]);
	close(acks[1]);
	while (acked[0] < 20 || acked[1] < 20) {
		MUST(work_next_ack(acks[0], &ack));
		acked[ack.worker]++;
	}
	memcpy(before, acked, sizeof(before));
	make_backup(&state);
	close(stop[1]);
	while (work_next_ack(acks[0], &ack))
		acked[ack.worker]++;
	for (unsigned i = 0; i < ARRAY_SIZE(children); i++)
		work_wait(children[i]);
	printf("%u slices, log up to %llu KiB\n", state.slices, (unsigned long long)state.wal / 1024);
	MUST(state.slices > 3);
	MUST(state.wal < WAL_MAX);
	work_check(store);
	restore_and_compare(before, acked);
	deliver_to_restored(acked[0]);
	work_remove(path);
	return 0;
}
