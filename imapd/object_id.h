/* SPDX-License-Identifier: ISC
 *
 * Identifiers of mailboxes, messages and threads (RFC 8474). None is ever given to another: a mailbox's has
 * its UIDVALIDITY, which ascends; a restored store counts messages on from where no copy of it has been; a
 * thread is named by a hash of the Message-ID at its root. */
#ifndef IMAPD_OBJECT_ID_H
#define IMAPD_OBJECT_ID_H

#include "../store/base/slice.h"
#include "../store/include/quarantine.h"

struct object_id {
	char text[48]; /* letters, digits and "-"; the first letter tells the kind */
};

struct object_id object_mailbox(const struct quarantine_mailbox *box);
struct object_id object_message(const struct quarantine_entry *row);
struct object_id object_thread(const struct quarantine_entry *row); /* read with QUARANTINE_FIELD_SEARCH */

/* Back: the row's message or thread; of what was never an identifier of that kind it is 0. A thread without a
 * root is that of one message: *alone. */
uint64_t object_message_of(struct slice id);
uint64_t object_thread_of(struct slice id, bool *alone);

#endif
