/* SPDX-License-Identifier: ISC
 *
 * The facts of a stored message, as one allocation: struct, recipient pointers, texts. */
#include <stdlib.h>
#include <string.h>

#include "stmt.h"

/* Texts are copied twice: once to learn how much room they take, `to` still NULL, once for good. */
struct packer {
	char *to;
	size_t used;
};

static const char *pack(struct packer *p, struct slice text)
{
	char *at = p->to ? p->to + p->used : NULL;

	if (!text.data)
		return NULL;
	if (at) {
		memcpy(at, text.data, text.len);
		at[text.len] = '\0';
	}
	p->used += text.len + 1;
	return at;
}

static void pack_facts(sqlite3_stmt *fact, struct packer *p, struct quarantine_facts *f)
{
	struct quarantine_envelope *e = &f->envelope;
	struct slice hash = stmt_bytes(fact, 17);

	e->size = sizeof(*e);
	e->direction = (enum quarantine_direction)sqlite3_column_int(fact, 0);
	e->received = sqlite3_column_int64(fact, 1);
	e->class_name = pack(p, stmt_bytes(fact, 2));
	e->sub_class = pack(p, stmt_bytes(fact, 3));
	e->evidence = pack(p, stmt_bytes(fact, 4));
	f->score = sqlite3_column_double(fact, 5);
	e->score = sqlite3_column_type(fact, 5) == SQLITE_NULL ? NULL : &f->score;
	e->action = pack(p, stmt_bytes(fact, 6));
	e->sender = pack(p, stmt_bytes(fact, 7));
	e->client_address = pack(p, stmt_bytes(fact, 8));
	e->client_name = pack(p, stmt_bytes(fact, 9));
	e->helo = pack(p, stmt_bytes(fact, 10));
	e->auth_user = pack(p, stmt_bytes(fact, 11));
	e->auth_domain = pack(p, stmt_bytes(fact, 12));
	e->identity = pack(p, stmt_bytes(fact, 13));
	e->queue_id = pack(p, stmt_bytes(fact, 14));
	f->raw_length = (uint64_t)sqlite3_column_int64(fact, 15);
	f->line_feeds = sqlite3_column_int(fact, 16) != 0;
	if (hash.len == sizeof(f->hash))
		memcpy(f->hash, hash.data, sizeof(f->hash));
}

static size_t count_recipients(struct slice all)
{
	size_t count = 0;

	for (size_t i = 0; i < all.len; i++)
		count += all.data[i] == '\0';
	return count;
}

static void pack_recipients(struct slice all, size_t count, struct packer *p, const char **list)
{
	for (size_t i = 0; i < count; i++) {
		struct slice address = slice_of(all.data, strlen(all.data));

		list[i] = pack(p, address);
		all = slice_skip(all, address.len + 1);
	}
}

static int pack_all(struct quarantine *q, sqlite3_stmt *fact, struct quarantine_facts **out)
{
	struct quarantine_facts measured = {0};
	struct quarantine_facts *f;
	struct packer measure = {0}, packer = {0};
	struct slice addresses = stmt_bytes(fact, 18);
	size_t count = count_recipients(addresses);
	const char **recipients;

	pack_facts(fact, &measure, &measured);
	f = calloc(1, sizeof(*f) + count * sizeof(*recipients) + measure.used + addresses.len);
	if (!f)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	recipients = (const char **)(f + 1);
	packer.to = (char *)(recipients + count);
	pack_facts(fact, &packer, f);
	pack_recipients(addresses, count, &packer, recipients);
	f->envelope.recipients = recipients;
	f->envelope.recipient_count = count;
	*out = f;
	return QUARANTINE_OK;
}

int quarantine_facts_get(struct quarantine *q, int64_t message, struct quarantine_facts **out)
{
	sqlite3_stmt *fact;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = read_begin(q);
	if (status != QUARANTINE_OK)
		return status;
	status = stmt_row(q, QUERY_FACT_GET, &fact, "l", message);
	if (status > 0) {
		status = pack_all(q, fact, out);
		stmt_done(fact);
	} else if (status == 0) {
		status = store_fail(q, QUARANTINE_NOT_FOUND, "%s: no message %lld", q->path,
				    (long long)message);
	}
	read_end(q);
	return status;
}
