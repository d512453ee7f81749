/* SPDX-License-Identifier: ISC
 *
 * A session without a connection: commands in, answers out, over a store in a temporary folder. */
#ifndef TEST_IMAPD_KIT_H
#define TEST_IMAPD_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../imapd/command.h"
#include "../../../imapd/commands.h"
#include "../../../imapd/feed.h"
#include "../../../imapd/proto/parse.h"
#include "../../../imapd/response.h"
#include "../../../imapd/state.h"
#include "../../../imapd/sync.h"
#include "../../../imapd/view.h"
#include "../../../store/include/quarantine.h"
#include "../../../store/include/quarantine_admin.h"

struct kit {
	char dir[64];
	struct quarantine *q;
	struct imap_services services;
	struct imap_state state;
	struct response response;
	struct buf answer;
	const char *tag;   /* of commands; NULL: "a" */
	unsigned steps;    /* of the last command */
	struct kit *first; /* NULL: this one owns store and feeds */
};

void kit_open(struct kit *k);
void kit_join(struct kit *k, struct kit *first); /* another session on the same store */
void kit_close(struct kit *k);

/* Delivers an outgoing message; returns its id. */
int64_t kit_deliver(struct kit *k, const char *message);
void kit_deliver_many(struct kit *k, unsigned count);

/* Runs a command ("UID FETCH 1 FLAGS") as a session would, the view's sync included. The answer, its tagged
 * line included, lives until the next command. */
const char *kit_run(struct kit *k, const char *command);

/* The same, and the answer must be this. */
void kit_expect(struct kit *k, const char *command, const char *answer);

/* What a sync tells by itself, as in IDLE; kit_push() with enum sync_how. */
const char *kit_news(struct kit *k);
const char *kit_push(struct kit *k, unsigned how);
void kit_expect_news(struct kit *k, const char *expected);

/* Two sessions that have Outgoing selected, with so many messages: one changes, two watches. */
struct kit_pair {
	struct kit one, two;
};
void kit_pair_open(struct kit_pair *p, unsigned messages);
void kit_pair_close(struct kit_pair *p);

#endif
