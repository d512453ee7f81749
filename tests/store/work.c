/* SPDX-License-Identifier: ISC */
#include "work.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void work_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	_exit(1);
}

void work_ok(struct quarantine *q, int status, const char *file, int line, const char *what)
{
	if (status >= 0)
		return;
	fprintf(stderr, "%s: %s\n", quarantine_strerror(status), q ? quarantine_errmsg(q) : "");
	work_fail(file, line, what);
}

struct quarantine *work_open(const char *path, unsigned flags)
{
	struct quarantine *q = NULL;
	char why[256] = "";
	int status = quarantine_open_why(path, flags, &q, why, sizeof(why));

	if (status != QUARANTINE_OK) {
		fprintf(stderr, "open: %s: %s\n", quarantine_strerror(status), why);
		work_fail(__FILE__, __LINE__, path);
	}
	quarantine_set_lock_timeout(q, 60000);
	return q;
}

void work_create(const char *path)
{
	quarantine_close(work_open(path, QUARANTINE_WRITE | QUARANTINE_CREATE));
}

/* xorshift: the same bytes everywhere, which no compressor makes smaller than their alphabet does. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void add_noise(struct buf *out, uint64_t *seed, size_t lines)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < lines; i++) {
		for (size_t j = 0; j < 76; j++)
			buf_add_char(out, alphabet[next_random(seed) & 63]);
		buf_add_str(out, "\r\n");
	}
}

static void add_template(struct buf *out, uint64_t *seed)
{
	for (unsigned i = 0; i < 40; i++)
		buf_addf(out, "Dear customer, line %u of our offer number %llu is waiting for you.\r\n", i,
			 (unsigned long long)(i % 9 == 0 ? next_random(seed) % 1000 : 7));
}

void work_message(struct buf *out, unsigned worker, unsigned n)
{
	uint64_t seed = ((uint64_t)worker + 1) << 32 | (n + 1);

	for (int i = 0; i < 4; i++)
		next_random(&seed);
	buf_addf(out,
		 "X-Name: %u/%u\r\nFrom: Shop <shop@customer.example>\r\nTo: victim@example.net\r\n"
		 "Subject: Your offer %u\r\nMessage-ID: <%u.%u@customer.example>\r\n\r\n",
		 worker, n, n, worker, n);
	if (next_random(&seed) % 8 == 0)
		add_noise(out, &seed, next_random(&seed) % 600);
	else
		add_template(out, &seed);
}

int work_deliver(struct quarantine *q, unsigned worker, unsigned n, int64_t *id)
{
	return work_deliver_at(q, worker, n, 0, id);
}

int work_deliver_at(struct quarantine *q, unsigned worker, unsigned n, int64_t received, int64_t *id)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct buf bytes = {0};
	char key[40];
	int status;

	snprintf(key, sizeof(key), "%u/%u", worker, n);
	env.direction = QUARANTINE_OUTGOING;
	env.class_name = "spam";
	env.sender = "shop@customer.example";
	env.delivery_key = key;
	env.received = received;
	work_message(&bytes, worker, n);
	status = quarantine_deliver(q, &env, bytes.data, bytes.len, id);
	buf_finish(&bytes);
	return status;
}

struct row {
	uint32_t uid;
	int64_t message;
	uint64_t length, flags;
};

static struct row *list_rows(struct quarantine *q, const struct quarantine_mailbox *box, size_t *count)
{
	struct row *rows = calloc(box->messages + 1, sizeof(*rows));
	struct quarantine_cursor *cursor;
	struct quarantine_entry entry;
	uint32_t last = 0;
	int status;

	MUST(rows != NULL);
	*count = 0;
	MUST_OK(q, quarantine_list(q, box->id, 1, UINT32_MAX, 0, false, &cursor));
	while ((status = quarantine_next(cursor, &entry)) > 0) {
		MUST(*count < box->messages);
		MUST(entry.uid > last && entry.uid < box->uidnext);
		last = entry.uid;
		rows[(*count)++] = (struct row){entry.uid, entry.message, entry.length, entry.flags};
	}
	MUST_OK(q, status);
	quarantine_cursor_close(cursor);
	return rows;
}

static void verify_row(struct quarantine *q, const struct row *row, struct work_tally *tally)
{
	struct buf expected = {0}, bytes = {0};
	unsigned worker, n;
	char *room = buf_reserve(&bytes, row->length + 1);
	size_t got = 0;

	MUST(room != NULL);
	MUST_OK(q, quarantine_content_read(q, row->message, 0, room, row->length + 1, &got));
	MUST(got == row->length);
	room[got] = '\0';
	MUST(sscanf(room, "X-Name: %u/%u\r\n", &worker, &n) == 2);
	MUST(worker < WORK_WORKERS && n < WORK_MESSAGES);
	work_message(&expected, worker, n);
	MUST(slice_eq(buf_slice(&expected), slice_of(room, got)));
	MUST(tally->id[worker][n] == 0);
	tally->id[worker][n] = row->message;
	tally->uid[worker][n] = row->uid;
	tally->flags[worker][n] = row->flags;
	tally->messages++;
	buf_finish(&expected);
	buf_finish(&bytes);
}

void work_verify_in(const char *path, const char *mailbox, struct work_tally *tally)
{
	struct quarantine *q = work_open(path, QUARANTINE_READ);
	struct quarantine_mailbox box;
	struct row *rows;
	size_t count;

	memset(tally, 0, sizeof(*tally));
	MUST_OK(q, quarantine_mailbox_find(q, mailbox, &box));
	tally->uidvalidity = box.uidvalidity;
	tally->uidnext = box.uidnext;
	rows = list_rows(q, &box, &count);
	MUST(count == box.messages);
	for (size_t i = 0; i < count; i++)
		verify_row(q, &rows[i], tally);
	free(rows);
	quarantine_close(q);
}

void work_verify(const char *path, struct work_tally *tally)
{
	work_verify_in(path, QUARANTINE_MAILBOX_OUTGOING, tally);
}

void work_follows(const struct work_tally *before, const struct work_tally *after)
{
	MUST(after->uidvalidity == before->uidvalidity);
	MUST(after->uidnext >= before->uidnext);
	for (unsigned w = 0; w < WORK_WORKERS; w++) {
		for (unsigned n = 0; n < WORK_MESSAGES; n++) {
			if (after->id[w][n] == 0)
				continue;
			MUST(after->uid[w][n] == before->uid[w][n] || after->uid[w][n] >= before->uidnext);
			MUST(before->id[w][n] == 0 || after->id[w][n] == before->id[w][n]);
		}
	}
}

static void print_fault(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "fault: %s\n", text);
}

void work_check(const char *path)
{
	struct quarantine *q = work_open(path, QUARANTINE_READ);
	uint64_t faults = 1;

	MUST_OK(q, quarantine_check(q, print_fault, NULL, NULL, &faults));
	MUST(faults == 0);
	quarantine_close(q);
}

uint64_t work_wal_size(const char *path)
{
	char file[300];
	struct stat st;

	snprintf(file, sizeof(file), "%s/mail/quarantine.db-wal", path);
	return stat(file, &st) == 0 ? (uint64_t)st.st_size : 0;
}

void work_ack(int fd, unsigned worker, unsigned n, int64_t id)
{
	struct work_ack ack = {worker, n, id};

	MUST(write(fd, &ack, sizeof(ack)) == sizeof(ack));
}

bool work_next_ack(int fd, struct work_ack *ack)
{
	ssize_t got;

	do
		got = read(fd, ack, sizeof(*ack));
	while (got < 0 && errno == EINTR);
	MUST(got == 0 || got == sizeof(*ack));
	return got > 0;
}

void work_wait(pid_t child)
{
	int status;

	MUST(waitpid(child, &status, 0) == child);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
