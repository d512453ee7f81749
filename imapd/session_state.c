/* SPDX-License-Identifier: ISC */
#include "session_state.h"

#include "../auth/penalty.h"
#include "config.h"
#include "log.h"
#include "net/deflate.h"

#define TO(state) (1u << SESSION_##state)

/* Which state may follow which, by enum session_state. */
static const struct {
	const char *name;
	unsigned next;
} states[] = {
	{"handshake", TO(READING) | TO(CLOSING)},
	{"reading", TO(READING) | TO(DELAYED) | TO(WORKING) | TO(WRITING) | TO(IDLING) | TO(CLOSING)},
	{"delayed", TO(DELAYED) | TO(WORKING) | TO(WRITING) | TO(CLOSING)},
	{"working", TO(READING) | TO(WORKING) | TO(WRITING) | TO(IDLING) | TO(CLOSING)},
	{"writing",
	 TO(HANDSHAKE) | TO(READING) | TO(DELAYED) | TO(WORKING) | TO(WRITING) | TO(IDLING) | TO(CLOSING)},
	{"idling", TO(IDLING) | TO(DELAYED) | TO(WORKING) | TO(WRITING) | TO(CLOSING)},
	{"closing", 0},
};

uint64_t session_now(const struct session *s)
{
	return uv_now(s->env->hub->loop);
}

static uint64_t seconds(long n)
{
	return (uint64_t)n * 1000;
}

/* Milliseconds from now until `from` + `span` seconds, at least 1. */
static uint64_t time_left(const struct session *s, uint64_t from, long span)
{
	uint64_t end = from + seconds(span), now = session_now(s);

	return end > now ? end - now : 1;
}

/* How long a state may last, in milliseconds; 0: as long as it takes. */
uint64_t session_deadline(const struct session *s, enum session_state state)
{
	const struct config *c = s->env->config;
	uint64_t login = s->logged_in ? UINT64_MAX : time_left(s, s->began, c->login_timeout);
	uint64_t limit = 0;

	switch (state) {
	case SESSION_HANDSHAKE:
		limit = seconds(c->handshake_timeout);
		break;
	case SESSION_READING:
		limit = s->amid_since ? time_left(s, s->amid_since, c->command_timeout)
				      : seconds(c->idle_timeout);
		break;
	case SESSION_WRITING:
		return seconds(c->write_timeout);
	case SESSION_IDLING:
		limit = seconds(s->exchange.command.idling ? c->heartbeat : c->command_timeout);
		break;
	case SESSION_DELAYED:
	case SESSION_WORKING:
	case SESSION_CLOSING:
		return 0;
	}
	return limit < login ? limit : login;
}

void session_enter(struct session *s, enum session_state state)
{
	if (!(states[s->state].next & 1u << state)) {
		log_event(LOG_LEVEL_ERROR, s->id, "bad-transition", "from", states[s->state].name, "to",
			  states[state].name, NULL);
		s->end = "fault of the server";
		state = SESSION_CLOSING;
		conn_close(&s->conn);
	}
	if (s->state != state)
		log_event(LOG_LEVEL_DEBUG, s->id, "state", "now", states[state].name, NULL);
	s->state = state;
	if (state == SESSION_CLOSING)
		return;
	conn_deadline(&s->conn, session_deadline(s, state));
	conn_read(&s->conn,
		  s->conn.in.len < SESSION_INPUT_MAX || state == SESSION_READING || state == SESSION_IDLING);
}

void session_end_turn(struct session *s)
{
	if (s->has_turn)
		penalty_end(s->env->penalty, (const struct sockaddr *)&s->conn.peer);
	s->has_turn = false;
}

void session_maybe_gone(struct session *s)
{
	if (!s->closed || s->at_work)
		return;
	session_end_turn(s);
	s->env->on_closed(s->env, s);
}

void session_leave(struct session *s, const char *why)
{
	if (s->state == SESSION_CLOSING)
		return;
	s->end = why;
	if (s->at_work) {
		__atomic_store_n(&s->exchange.command.hangup, true, __ATOMIC_RELAXED);
		work_interrupt(s->env->pool, &s->work);
	}
	session_enter(s, SESSION_CLOSING);
	conn_close(&s->conn);
}

void session_part(struct session *s, const char *why)
{
	s->end = why;
	session_enter(s, SESSION_CLOSING);
	conn_finish(&s->conn);
}

void session_pack(struct session *s)
{
	struct buf *out = &s->exchange.response.out;

	if (!s->compressed || (out->len == 0 && !out->failed))
		return;
	if (!s->deflater)
		s->deflater = deflater_create();
	if (out->failed || !s->deflater || !deflater_add(s->deflater, buf_slice(out), &s->packed))
		s->packed.failed = true;
	buf_finish(out);
}

bool session_has_output(const struct session *s)
{
	const struct buf *out = &s->exchange.response.out;

	return out->len > 0 || out->failed || s->packed.len > 0 || s->packed.failed;
}

void session_rest(struct session *s)
{
	conn_rest(&s->conn);
	deflater_destroy(s->deflater);
	s->deflater = NULL;
}

void session_flush(struct session *s, enum command_status wanted)
{
	s->wanted = wanted;
	session_enter(s, SESSION_WRITING);
	session_pack(s);
	conn_write(&s->conn, s->compressed ? &s->packed : &s->exchange.response.out);
}

void session_say_bye(struct session *s, const char *text)
{
	exchange_bye(&s->exchange, text);
	s->end = text;
	session_flush(s, COMMAND_CLOSE);
}
