/* SPDX-License-Identifier: ISC
 *
 * The conversation with one client, without socket, loop or threads: input bytes in, commands run one at a
 * time, output bytes in `response.out`. Belongs to a session; the loop's thread uses all of it but
 * exchange_step(), which runs where exchange_place() says, with nobody else touching the exchange. */
#ifndef IMAPD_EXCHANGE_H
#define IMAPD_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "../store/base/arena.h"
#include "../store/base/buf.h"
#include "command.h"
#include "proto/frame.h"
#include "response.h"
#include "state.h"

struct quarantine;

struct exchange_limits {
	struct frame_limits before_login, after_login;
	unsigned bad_before_login, bad_after_login; /* refused commands until BYE */
};

struct exchange {
	const struct exchange_limits *limits;
	struct imap_state state;
	struct response response;
	struct arena arena; /* the command's own bytes, then what was parsed from them */
	struct frame frame;
	struct buf piece;       /* of a literal, for the command's step */
	struct command command; /* def NULL: none is running */
	bool ran;               /* its step was called */
	bool told;              /* its step is done, what is left is to tell the view's news */
	bool begun;             /* the client's first bytes were taken */
	unsigned bad;           /* commands refused in a row of this login state */
};

enum exchange_next {
	EXCHANGE_WAIT,  /* more input is needed */
	EXCHANGE_STEP,  /* a command is ready: exchange_step() */
	EXCHANGE_CLOSE, /* send what is there, which ends with BYE, and hang up */
	EXCHANGE_DROP,  /* hang up without a word: it is no IMAP client */
};

enum exchange_place {
	EXCHANGE_HERE,  /* cannot block: on the loop's thread, without a store */
	EXCHANGE_STORE, /* on a store worker */
	EXCHANGE_AUTH,  /* on an auth worker */
};

void exchange_init(struct exchange *x, const struct exchange_limits *limits,
		   const struct imap_services *services);
void exchange_finish(struct exchange *x);

/* Appends "* OK [CAPABILITY …]". */
void exchange_greet(struct exchange *x);

/* Takes the next command, or the next line of one that waits, out of `in`; answers what is refused. */
enum exchange_next exchange_read(struct exchange *x, struct buf *in);

/* For frame_limits.streams: whether a command that begins so takes the literal announced at its end piece by
 * piece. */
bool exchange_streams(struct slice begun);

/* Whether `in` begins with a part of a command. */
bool exchange_is_amid(const struct exchange *x, const struct buf *in);

enum exchange_place exchange_place(const struct exchange *x);

/* Does a piece of the command that exchange_read() found ready. With DONE, STARTTLS or CLOSE the answer is
 * complete and exchange_end() is due. */
enum command_status exchange_step(struct exchange *x, struct quarantine *store);

/* Whether the command is one that can be done without a look into the store, where what it asks for is known.
 */
bool exchange_may_recall(const struct exchange *x);

/* Does the whole command so, on the loop's thread, when the store is at this version: true, as after
 * exchange_step() with DONE. False: nothing was done, the step is to come. */
bool exchange_recall(struct exchange *x, uint64_t version);

/* Whether the client wants to be told of news when no command runs (RFC 5465). */
bool exchange_pushes(const struct exchange *x);

/* Tells them: DONE, or MORE. After a failure the response's code and log_detail say why. */
enum command_status exchange_push(struct exchange *x, struct quarantine *store);

/* Whether news of the selected mailbox are all that a client in IDLE wants to hear. */
bool exchange_may_hear(const struct exchange *x);

/* Tells them on the loop's thread, as far as the feed has them: WAIT. MORE: there is more than is told in
 * moments, or the store has to be asked; the step is to go on. */
enum command_status exchange_hear(struct exchange *x);

/* Whether the news of the selected mailbox, as of an earlier step, are only told in part. */
bool exchange_is_telling(const struct exchange *x);

/* Answers NO [code] in place of a step. */
void exchange_refuse(struct exchange *x, const char *code, const char *text);

/* Counts a command that was refused by its step. True: it was one too many, BYE was appended. */
bool exchange_count_bad(struct exchange *x);

/* Ends the command, if one is running, and frees what it had. Passwords are overwritten. */
void exchange_end(struct exchange *x);

/* Appends "* BYE text". */
void exchange_bye(struct exchange *x, const char *text);

#endif
