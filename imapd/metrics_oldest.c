/* SPDX-License-Identifier: ISC */
#include "metrics.h"
#include "pace.h"

enum { ROWS_BETWEEN_LOOKS = 1024 };

static void begin(struct metrics_oldest *o, const struct quarantine_mailbox *mailbox)
{
	*o = (struct metrics_oldest){.uidvalidity = mailbox->uidvalidity, .next = 1};
}

static int list(struct quarantine *store, const struct quarantine_mailbox *mailbox, uint32_t first,
		uint32_t last, struct quarantine_cursor **out)
{
	return quarantine_list(store, mailbox->id, first, last, 0, false, out);
}

/* 1, 0 or a negative status. */
static int is_present(struct quarantine *store, const struct quarantine_mailbox *mailbox, uint32_t uid)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	int status = list(store, mailbox, uid, uid, &c);

	if (status == QUARANTINE_OK) {
		status = quarantine_next(c, &row);
		quarantine_cursor_close(c);
	}
	return status;
}

int metrics_find_oldest(struct metrics_oldest *o, struct quarantine *store,
			const struct quarantine_mailbox *mailbox)
{
	struct pace pace = pace_start();
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	unsigned looked = 0;
	int status = o->uid > 0 ? is_present(store, mailbox, o->uid) : 1;

	if (status < 0)
		return status;
	if (status == 0 || o->uidvalidity != mailbox->uidvalidity)
		begin(o, mailbox);
	status = list(store, mailbox, o->next, UINT32_MAX, &c);
	if (status != QUARANTINE_OK)
		return status;
	while ((status = quarantine_next(c, &row)) > 0) {
		if (o->uid == 0 || row.received < o->received) {
			o->uid = row.uid;
			o->received = row.received;
		}
		o->next = row.uid + 1;
		if (++looked % ROWS_BETWEEN_LOOKS == 0 && pace_over(&pace))
			break;
	}
	quarantine_cursor_close(c);
	return status;
}
