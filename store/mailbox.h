/* SPDX-License-Identifier: ISC
 *
 * The mailbox row, for the files that need it inside a transaction. */
#ifndef QUARANTINE_MAILBOX_H
#define QUARANTINE_MAILBOX_H

#include "stmt.h"

void mailbox_read(sqlite3_stmt *stmt, struct quarantine_mailbox *out);

/* As quarantine_mailbox_find() and _get(), inside a call that has entered already. A deleted mailbox is still
 * got; its name is "". */
int mailbox_find(struct quarantine *q, const char *name, struct quarantine_mailbox *out);
int mailbox_get(struct quarantine *q, int64_t mailbox, struct quarantine_mailbox *out);
int mailbox_not_found(struct quarantine *q); /* QUARANTINE_NOT_FOUND with its text */

/* The number of a keyword's bit, made when it is new. Inside a transaction: another writer may have made it
 * meanwhile. */
int mailbox_keyword(struct quarantine *q, int64_t mailbox, const char *name, int64_t *bit);

/* Inside a transaction: expunges a present entry; QUARANTINE_NOT_FOUND when there is none. */
int mailbox_expunge_one(struct quarantine *q, int64_t mailbox, uint32_t uid, enum quarantine_reason reason);

#endif
