/* SPDX-License-Identifier: ISC */
#include "metrics.h"

#include "state.h"

static const unsigned bucket_ms[METRICS_BUCKETS] = {1, 5, 10, 50, 100, 500, 1000, 10000};

static const char *const mailboxes[METRICS_MAILBOXES] = {
	QUARANTINE_MAILBOX_OUTGOING, QUARANTINE_MAILBOX_INCOMING, QUARANTINE_MAILBOX_INBOX};

/* By status of the store; the last stands for those without a name here. */
static const char *const results[METRICS_RESULTS] = {
	[-QUARANTINE_OK] = "stored",          [-QUARANTINE_BUSY] = "busy",
	[-QUARANTINE_FULL] = "disk_full",     [-QUARANTINE_IO] = "io_error",
	[-QUARANTINE_CORRUPT] = "damaged",    [-QUARANTINE_DENIED] = "denied",
	[-QUARANTINE_NOT_FOUND] = "no_store", [-QUARANTINE_TOO_BIG] = "too_large",
	[-QUARANTINE_INVALID] = "invalid",    [METRICS_RESULTS - 1] = "other"};

size_t metrics_result(int status)
{
	return status <= 0 && status > 1 - METRICS_RESULTS ? (size_t)-status : METRICS_RESULTS - 1;
}

void metrics_took(struct metrics_times *t, uint64_t microseconds)
{
	size_t i = 0;

	while (i < METRICS_BUCKETS && microseconds > bucket_ms[i] * 1000ull)
		i++;
	t->count[i]++;
	t->microseconds += microseconds;
}

bool metrics_read(struct metrics_now *now, struct metrics_oldest oldest[METRICS_MAILBOXES],
		  struct quarantine *store)
{
	int status = quarantine_sizes_get(store, &now->sizes);

	for (size_t i = 0; i < METRICS_MAILBOXES && status == QUARANTINE_OK; i++) {
		status = quarantine_mailbox_find(store, mailboxes[i], &now->mailbox[i]);
		if (status == QUARANTINE_OK)
			status = metrics_find_oldest(&oldest[i], store, &now->mailbox[i]);
	}
	now->store_read = status == QUARANTINE_OK;
	return status > 0;
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP quarantine_%s %s\n# TYPE quarantine_%s %s\n", name, help, name, type);
}

static void one(struct buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
	head(out, name, type, help);
	buf_addf(out, "quarantine_%s %llu\n", name, (unsigned long long)value);
}

static void add_times(const struct metrics_times *t, const char *name, const char *help, struct buf *out)
{
	uint64_t count = 0, us = t->microseconds;

	head(out, name, "histogram", help);
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		count += t->count[i];
		buf_addf(out, "quarantine_%s_bucket{le=\"%u.%03u\"} %llu\n", name, bucket_ms[i] / 1000,
			 bucket_ms[i] % 1000, (unsigned long long)count);
	}
	count += t->count[METRICS_BUCKETS];
	buf_addf(out, "quarantine_%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)count);
	buf_addf(out, "quarantine_%s_sum %llu.%06llu\nquarantine_%s_count %llu\n", name,
		 (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000), name,
		 (unsigned long long)count);
}

static void add_deliveries(const struct metrics_deliveries *d, struct buf *out)
{
	head(out, "deliveries_total", "counter", "Messages handed over, by result.");
	for (size_t i = 0; i < METRICS_RESULTS; i++)
		buf_addf(out, "quarantine_deliveries_total{result=\"%s\"} %llu\n", results[i],
			 (unsigned long long)d->results[i]);
	one(out, "delivery_connections", "gauge", "Programs connected to hand over.", d->connections);
	add_times(&d->times, "delivery_seconds", "From a delivery's last byte to its answer.", out);
}

static void add_mailboxes(const struct metrics_now *now,
			  const struct metrics_oldest oldest[METRICS_MAILBOXES], struct buf *out)
{
	static const struct {
		const char *name, *type, *help;
	} figures[] = {
		{"received_total", "counter", "Messages that ever came into a mailbox."},
		{"messages", "gauge", "Messages in a mailbox."},
		{"unseen_messages", "gauge", "Those without \\\\Seen."},
		{"message_bytes", "gauge", "Sum of their lengths."},
		{"oldest_message_timestamp_seconds", "gauge",
		 "When the oldest that is there was received; 0: none."},
	};

	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++) {
		head(out, figures[f].name, figures[f].type, figures[f].help);
		for (size_t i = 0; i < METRICS_MAILBOXES; i++) {
			const struct quarantine_mailbox *b = &now->mailbox[i];
			const uint64_t values[] = {b->uidnext - 1, b->messages, b->unseen, b->bytes,
						   (uint64_t)oldest[i].received};

			buf_addf(out, "quarantine_%s{mailbox=\"%s\"} %llu\n", figures[f].name, mailboxes[i],
				 (unsigned long long)values[f]);
		}
	}
}

static void add_sessions(const struct metrics *m, const struct metrics_now *now, struct buf *out)
{
	static const char *const logins[METRICS_LOGINS] = {
		[LOGIN_ACCEPTED] = "accepted", [LOGIN_DENIED] = "denied", [LOGIN_BUSY] = "busy"};

	one(out, "connections_total", "counter", "Connections accepted.", m->connections);
	one(out, "refused_connections_total", "counter", "Connections turned away: too many.", m->refused);
	head(out, "logins_total", "counter", "Logins by result.");
	for (size_t i = LOGIN_ACCEPTED; i < METRICS_LOGINS; i++)
		buf_addf(out, "quarantine_logins_total{result=\"%s\"} %llu\n", logins[i],
			 (unsigned long long)m->logins[i]);
	head(out, "sessions", "gauge", "Sessions now.");
	buf_addf(out,
		 "quarantine_sessions{state=\"before_login\"} %u\nquarantine_sessions{state=\"logged_in\"} "
		 "%u\n",
		 now->waiting, now->logged_in);
	head(out, "queue_length", "gauge", "Jobs that wait for a thread.");
	buf_addf(out,
		 "quarantine_queue_length{queue=\"store\"} %u\nquarantine_queue_length{queue=\"login\"} %u\n",
		 now->store_queue, now->login_queue);
}

void metrics_print(const struct metrics *m, const struct metrics_now *now,
		   const struct metrics_oldest oldest[METRICS_MAILBOXES], struct buf *out)
{
	one(out, "store_up", "gauge", "1 when the store can be read.", now->store_read);
	add_sessions(m, now, out);
	add_times(&m->commands, "command_seconds", "From a command's last byte to its tagged line.", out);
	add_deliveries(&m->deliveries, out);
	if (!now->store_read)
		return;
	one(out, "database_bytes", "gauge", "Size of the database file.", now->sizes.file_bytes);
	one(out, "wal_bytes", "gauge", "Size of its write-ahead log.", now->sizes.wal_bytes);
	one(out, "disk_free_bytes", "gauge", "Free on the disk.", now->sizes.disk_free_bytes);
	add_mailboxes(now, oldest, out);
}
