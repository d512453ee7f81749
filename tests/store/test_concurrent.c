/* SPDX-License-Identifier: ISC
 *
 * Four writers, two readers and one that expunges and purges, all at once: every message that is listed
 * reads whole, nobody waits for ever, the log stays small, and the sums are right at the end. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "work.h"

enum {
	WRITERS = 4,
	READERS = 2,
	EACH = 200,
	READ_MAX = 64 * 1024,
	EXPUNGE_EVERY = 7,
	WAL_MAX = 16 * 1024 * 1024
};

static char path[200];
static struct work_tally tally;

static void write_messages(unsigned number, int acks)
{
	struct quarantine *q = work_open(path, QUARANTINE_WRITE);

	for (unsigned n = 0; n < EACH; n++) {
		int64_t id = 0;

		MUST_OK(q, work_deliver(q, number, n, &id));
		work_ack(acks, number, n, id);
	}
	quarantine_close(q);
}

/* Readable once the test closed its end: time to stop. */
static bool is_over(int stop)
{
	char c;

	return read(stop, &c, 1) == 0;
}

static void read_whole(struct quarantine *q, int64_t message, uint64_t length)
{
	static char bytes[READ_MAX];
	struct buf expected = {0};
	unsigned worker, n;
	size_t got = 0;
	int status = quarantine_content_read(q, message, 0, bytes, sizeof(bytes) - 1, &got);

	/* It may have been purged since it was listed. */
	if (status == QUARANTINE_NOT_FOUND)
		return;
	MUST_OK(q, status);
	MUST(got == length);
	bytes[got] = '\0';
	MUST(sscanf(bytes, "X-Name: %u/%u\r\n", &worker, &n) == 2);
	work_message(&expected, worker, n);
	MUST(slice_eq(buf_slice(&expected), slice_of(bytes, got)));
	buf_finish(&expected);
}

/* The message of a UID, unless it has left since. */
static void read_listed(struct quarantine *q, int64_t mailbox, uint32_t uid)
{
	struct quarantine_cursor *cursor;
	struct quarantine_entry entry;
	int status;

	MUST_OK(q, quarantine_list(q, mailbox, uid, uid, 0, false, &cursor));
	status = quarantine_next(cursor, &entry);
	quarantine_cursor_close(cursor);
	MUST(status >= 0);
	if (status > 0)
		read_whole(q, entry.message, entry.length);
}

/* Reads what changed since the last look, as a session does. It is of one moment, so who knows it knows all
 * up to the highest modseq in it, which comes back. */
static uint64_t read_changes(struct quarantine *q, int64_t mailbox, uint64_t since)
{
	uint32_t uids[50];
	struct quarantine_cursor *cursor;
	struct quarantine_entry entry;
	uint32_t last = 0;
	uint64_t highest = since;
	size_t count = 0;
	int status;

	MUST_OK(q, quarantine_changes(q, mailbox, 1, UINT32_MAX, since, &cursor));
	while ((status = quarantine_next(cursor, &entry)) > 0) {
		MUST(entry.modseq > since && entry.uid > last);
		highest = entry.modseq > highest ? entry.modseq : highest;
		last = entry.uid;
		if (!entry.gone && count < ARRAY_SIZE(uids))
			uids[count++] = entry.uid;
	}
	MUST_OK(q, status);
	quarantine_cursor_close(cursor);
	for (size_t i = 0; i < count; i++)
		read_listed(q, mailbox, uids[i]);
	return highest;
}

/* The mailbox row and the UIDs of one moment agree. */
static void read_picture(struct quarantine *q, int64_t mailbox)
{
	struct quarantine_mailbox box;
	struct quarantine_range *ranges;
	uint64_t present = 0;
	size_t count;

	MUST_OK(q, quarantine_uids(q, mailbox, &box, &ranges, &count));
	for (size_t i = 0; i < count; i++)
		present += ranges[i].last - ranges[i].first + 1;
	MUST(present == box.messages);
	free(ranges);
}

static void read_messages(int stop)
{
	struct quarantine *q = work_open(path, QUARANTINE_READ);
	struct quarantine_mailbox box;
	uint64_t modseq = 0;

	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	while (!is_over(stop)) {
		uint64_t next = read_changes(q, box.id, modseq);

		MUST(next >= modseq);
		modseq = next;
		read_picture(q, box.id);
	}
	quarantine_close(q);
}

/* Takes every seventh UID away, and frees what it held. */
static void expunge_messages(int stop, int acks)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 1};
	struct quarantine *q = work_open(path, QUARANTINE_WRITE);
	struct quarantine_mailbox box;
	uint32_t uid = EXPUNGE_EVERY;
	bool over = false;

	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	while (!over) {
		struct quarantine_range range = {uid, uid};
		size_t done = 0, purged = 0;

		over = is_over(stop);
		MUST_OK(q, quarantine_mailbox_get(q, box.id, &box));
		if (uid >= box.uidnext)
			continue;
		MUST_OK(q, quarantine_expunge(q, box.id, &range, 1, &request, &done));
		MUST(done == 1);
		work_ack(acks, WRITERS, uid, 0);
		MUST_OK(q, quarantine_purge(q, INT64_MAX, 1, &purged));
		uid += EXPUNGE_EVERY;
	}
	quarantine_close(q);
}

struct sums {
	unsigned written, expunged;
	uint64_t wal;
};

static void start(unsigned number, const int acks[2], const int stop[2], pid_t *child)
{
	*child = fork();
	MUST(*child >= 0);
	if (*child > 0)
		return;
	close(stop[1]);
	close(acks[0]);
	if (number < WRITERS)
		write_messages(number, acks[1]);
	else if (number < WRITERS + READERS)
		read_messages(stop[0]);
	else
		expunge_messages(stop[0], acks[1]);
	_exit(0);
}

/* Counts until all are gone; stops the readers when everything is written. */
static void supervise(int acks, int stop, struct sums *sums)
{
	struct work_ack ack;

	while (work_next_ack(acks, &ack)) {
		uint64_t wal = work_wal_size(path);

		sums->wal = wal > sums->wal ? wal : sums->wal;
		if (ack.worker == WRITERS)
			sums->expunged++;
		else if (++sums->written == WRITERS * EACH)
			close(stop);
	}
}

int main(void)
{
	pid_t children[WRITERS + READERS + 1];
	struct sums sums = {0};
	int acks[2], stop[2];

	work_folder(path, sizeof(path));
	work_create(path);
	MUST(pipe(acks) == 0 && pipe2(stop, O_NONBLOCK) == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(children); i++)
		start(i, acks, stop, &children[i]);
	close(acks[1]);
	supervise(acks[0], stop[1], &sums);
	for (unsigned i = 0; i < ARRAY_SIZE(children); i++)
		work_wait(children[i]);
	printf("%u written, %u expunged, log up to %llu KiB\n", sums.written, sums.expunged,
	       (unsigned long long)sums.wal / 1024);
	MUST(sums.expunged > 0);
	MUST(sums.wal < WAL_MAX);
	work_verify(path, &tally);
	MUST(tally.messages == sums.written - sums.expunged);
	work_check(path);
	work_remove(path);
	return 0;
}
