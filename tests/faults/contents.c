/* SPDX-License-Identifier: ISC
 *
 * contents STORE: reads every message of Outgoing and prints "box UIDVALIDITY UIDNEXT", then "UID HASH" a
 * line, HASH being BLAKE2b-256 of the bytes; checks the store. For tests that deliver by other programs. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "../store/work.h"

struct row {
	uint32_t uid;
	int64_t message;
	uint64_t length;
};

static void print_message(struct quarantine *q, const struct row *row)
{
	unsigned char hash[32];
	char hex[2 * sizeof(hash) + 1];
	unsigned char *bytes = malloc(row->length + 1);
	size_t got = 0;

	MUST(bytes != NULL);
	MUST_OK(q, quarantine_content_read(q, row->message, 0, bytes, row->length + 1, &got));
	MUST(got == row->length);
	crypto_generichash(hash, sizeof(hash), bytes, got, NULL, 0);
	printf("%u %s\n", row->uid, sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
	free(bytes);
}

static size_t list(struct quarantine *q, const struct quarantine_mailbox *box, struct row *rows)
{
	struct quarantine_cursor *cursor;
	struct quarantine_entry entry;
	size_t count = 0;
	int status;

	MUST_OK(q, quarantine_list(q, box->id, 1, UINT32_MAX, 0, false, &cursor));
	while ((status = quarantine_next(cursor, &entry)) > 0) {
		MUST(count < box->messages);
		rows[count++] = (struct row){entry.uid, entry.message, entry.length};
	}
	MUST_OK(q, status);
	quarantine_cursor_close(cursor);
	return count;
}

int main(int argc, char **argv)
{
	struct quarantine_mailbox box;
	struct quarantine *q;
	struct row *rows;
	size_t count;

	MUST(argc == 2);
	q = work_open(argv[1], QUARANTINE_READ);
	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	rows = calloc(box.messages + 1, sizeof(*rows));
	MUST(rows != NULL);
	count = list(q, &box, rows);
	MUST(count == box.messages);
	printf("box %u %u\n", box.uidvalidity, box.uidnext);
	for (size_t i = 0; i < count; i++)
		print_message(q, &rows[i]);
	free(rows);
	quarantine_close(q);
	work_check(argv[1]);
	return 0;
}
