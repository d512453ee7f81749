/* SPDX-License-Identifier: ISC
 *
 * The mailbox row, for the files that need it inside a transaction. */
#ifndef QUARANTINE_MAILBOX_H
#define QUARANTINE_MAILBOX_H

#include "stmt.h"

void mailbox_read(sqlite3_stmt *stmt, struct quarantine_mailbox *out);

/* As quarantine_mailbox_get(), inside a call that has entered already. */
int mailbox_get(struct quarantine *q, int64_t mailbox, struct quarantine_mailbox *out);

#endif
