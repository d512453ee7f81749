/* SPDX-License-Identifier: ISC
 *
 * A client's bytes to an exchange and its answer, without threads: every step runs here. */
#ifndef TEST_IMAPD_TALK_H
#define TEST_IMAPD_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../imapd/exchange.h"

struct talk {
	struct exchange x;
	struct imap_services services;
	struct buf in;
	struct quarantine *store;
	enum exchange_next next;    /* what the exchange wanted last */
	enum command_status status; /* of the last step */
};

static inline void talk_start(struct talk *t)
{
	static const struct exchange_limits limits = {
		.before_login =
			{.line = 8192, .literal = 1024, .literals = 3, .total = 16384, .drain = 16384},
		.after_login = {.line = 65536,
				.literal = 65536,
				.literals = 100,
				.total = 1 << 20,
				.streams = exchange_streams,
				.drain = 1 << 20},
		.bad_before_login = 100,
		.bad_after_login = 100,
	};

	*t = (struct talk){.services = {.tls_available = true}};
	exchange_init(&t->x, &limits, &t->services);
	t->x.state.login_allowed = true;
}

static inline void talk_end(struct talk *t)
{
	exchange_finish(&t->x);
	buf_finish(&t->in);
}

/* Steps the command until it is done or waits. */
static inline void talk_step(struct talk *t)
{
	do
		t->status = exchange_step(&t->x, t->store);
	while (t->status == COMMAND_MORE);
	if (t->status != COMMAND_WAIT)
		exchange_end(&t->x);
}

static inline void talk_expect(struct talk *t, const char *answer)
{
	buf_add_char(&t->x.response.out, '\0');
	assert_false(t->x.response.out.failed);
	assert_string_equal(t->x.response.out.data, answer);
	buf_reset(&t->x.response.out);
}

/* Says something; the answer must be this. */
static inline void talk_say(struct talk *t, struct slice said, const char *answer)
{
	buf_add_slice(&t->in, said);
	while ((t->next = exchange_read(&t->x, &t->in)) == EXCHANGE_STEP)
		talk_step(t);
	talk_expect(t, answer);
}

/* SAY(&t, "a NOOP\r\n", "a OK NOOP completed\r\n"); what is said may hold NUL. */
#define SAY(t, said, answer) talk_say(t, SLICE(said), answer)

#endif
