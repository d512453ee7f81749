/* SPDX-License-Identifier: ISC
 *
 * The happy path: a connection becomes readable; its bytes go into the visit's own buffer; with the last
 * of them the visit joins those that are ready. It is not read before it has had its answer.
 *
 * What can go wrong: a request that is none, too long, or followed by more than it said (the connection is
 * closed, and the program delivers by itself); one that comes too slowly (closed after a time); too many at
 * once (the one idle for longest is closed; else the new one); large ones that together would take too much
 * memory (they wait, unread, until others are answered: who has its room always gets to its end); a program
 * that has gone (its answer is lost; it asks again with the same key). */
#include "desk.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../log.h"

enum { TICK_MS = 1000, FIRST_ROOM = 16 * 1024 };

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_closed(uv_handle_t *handle)
{
	struct desk_visit *v = handle->data;

	free(v->bytes);
	free(v);
}

static void say_goodbye(const struct desk_visit *v)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	if (getsockopt(v->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return;
	log_event(LOG_LEVEL_INFO, 0, "handed-over", "uid", LOG_NUMBER(peer.uid), "pid", LOG_NUMBER(peer.pid),
		  "stored", LOG_NUMBER(v->stored), "refused", LOG_NUMBER(v->refused), NULL);
}

/* Nothing names a ready visit when it is closed but the list it was taken from, see desk_close(). */
static void visit_close(struct desk_visit *v, const char *why)
{
	struct desk *d = v->desk;

	if (v->closing)
		return;
	v->closing = true;
	if (why)
		log_event(LOG_LEVEL_ERROR, 0, "handover-broken", "reason", why, NULL);
	say_goodbye(v);
	if (v->next)
		v->next->previous = v->previous;
	if (v->previous)
		v->previous->next = v->next;
	else
		d->visits = v->next;
	d->count--;
	d->reserved -= v->reserved;
	uv_close((uv_handle_t *)&v->poll, on_closed);
	close(v->fd);
}

static void wait_for_bytes(struct desk_visit *v)
{
	v->since = uv_now(v->poll.loop);
	if (!uv_is_active((uv_handle_t *)&v->poll))
		uv_poll_start(&v->poll, UV_READABLE, on_readable);
}

/* The request is known to be `total` bytes long: makes room, or waits for it. False: no memory. */
static bool make_room(struct desk_visit *v, size_t total)
{
	size_t wanted = total > DESK_SMALL ? total : 0;
	char *grown;

	if (v->desk->reserved + wanted > DESK_BYTES_MAX) {
		v->state = VISIT_WAITS;
		uv_poll_stop(&v->poll);
		return true;
	}
	if (total > v->room) {
		grown = realloc(v->bytes, total);
		if (!grown)
			return false;
		v->bytes = grown;
		v->room = total;
	}
	v->reserved = wanted;
	v->desk->reserved += wanted;
	v->state = VISIT_REST;
	return true;
}

static size_t total_of(const struct desk_visit *v)
{
	return HANDOVER_HEAD_SIZE + v->head.envelope + v->head.message;
}

/* Those that wait for room get it when there is some. */
static void admit_waiting(struct desk *d)
{
	struct desk_visit *next;

	for (struct desk_visit *v = d->visits; v; v = next) {
		next = v->next;
		if (v->state != VISIT_WAITS)
			continue;
		if (!make_room(v, total_of(v)))
			visit_close(v, "out of memory");
		else if (v->state == VISIT_REST)
			wait_for_bytes(v);
	}
}

/* What the bytes that came amount to. NULL, or why the connection is to be closed. */
static const char *advance(struct desk_visit *v)
{
	struct desk *d = v->desk;

	if (v->state == VISIT_HEAD) {
		if (v->length < HANDOVER_HEAD_SIZE)
			return NULL;
		if (!handover_head_read(v->bytes, &v->head))
			return "no request of this version, or too long";
		if (!make_room(v, total_of(v)))
			return "out of memory";
	}
	if (v->length > total_of(v))
		return "more bytes than the request said";
	if (v->state != VISIT_REST || v->length < total_of(v))
		return NULL;
	v->state = VISIT_READY;
	v->arrived = uv_hrtime();
	v->next_ready = NULL;
	*d->ready_last = v;
	d->ready_last = &v->next_ready;
	return NULL;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct desk_visit *v = poll->data;
	const char *why = NULL;
	ssize_t got;

	(void)status, (void)events;
	/* More, or the end, before its answer: rare, so the poll goes on until then. */
	if (v->state == VISIT_READY) {
		uv_poll_stop(poll);
		return;
	}
	if (!v->bytes) {
		v->bytes = malloc(FIRST_ROOM);
		v->room = v->bytes ? FIRST_ROOM : 0;
	}
	got = v->bytes ? recv(v->fd, v->bytes + v->length, v->room - v->length, MSG_DONTWAIT) : 0;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		visit_close(v, v->length > 0 ? "the program went away in a request" : NULL);
		return;
	}
	if (v->length == 0)
		v->since = uv_now(poll->loop);
	v->length += (size_t)got;
	why = advance(v);
	if (why)
		visit_close(v, why);
}

static void on_tick(uv_timer_t *timer)
{
	struct desk *d = timer->data;
	uint64_t now = uv_now(timer->loop);
	struct desk_visit *next;

	for (struct desk_visit *v = d->visits; v; v = next) {
		uint64_t seconds = (now - v->since) / 1000;

		next = v->next;
		if (v->state == VISIT_READY || v->state == VISIT_WAITS)
			continue;
		if (v->length == 0 && seconds >= DESK_IDLE_SECONDS)
			visit_close(v, NULL);
		else if (v->length > 0 && seconds >= DESK_REQUEST_SECONDS)
			visit_close(v, "the request came too slowly");
	}
	admit_waiting(d);
}

void desk_open(struct desk *d, uv_loop_t *loop)
{
	*d = (struct desk){0};
	d->ready_last = &d->ready;
	uv_timer_init(loop, &d->tick);
	d->tick.data = d;
	uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
}

/* False: all are busy. */
static bool make_place(struct desk *d)
{
	struct desk_visit *longest = NULL;

	if (d->count < DESK_CONNECTIONS_MAX)
		return true;
	for (struct desk_visit *v = d->visits; v; v = v->next) {
		if (v->length == 0 && (!longest || v->since < longest->since))
			longest = v;
	}
	if (longest)
		visit_close(longest, NULL);
	return longest != NULL;
}

void desk_accept(void *owner, int fd, bool tls)
{
	struct desk *d = owner;
	struct desk_visit *v = make_place(d) ? calloc(1, sizeof(*v)) : NULL;

	(void)tls;
	if (!v || uv_poll_init(d->tick.loop, &v->poll, fd) < 0) {
		log_event(LOG_LEVEL_ERROR, 0, "handover-refused", "reason", "too many connections", NULL);
		free(v);
		close(fd);
		return;
	}
	v->desk = d;
	v->fd = fd;
	v->poll.data = v;
	v->next = d->visits;
	if (v->next)
		v->next->previous = v;
	d->visits = v;
	d->count++;
	wait_for_bytes(v);
}

struct desk_visit *desk_next(struct desk *d)
{
	struct desk_visit *v = d->ready;

	if (!v)
		return NULL;
	d->ready = v->next_ready;
	if (!d->ready)
		d->ready_last = &d->ready;
	return v;
}

struct slice desk_envelope(const struct desk_visit *v)
{
	return slice_of(v->bytes + HANDOVER_HEAD_SIZE, v->head.envelope);
}

struct slice desk_message(const struct desk_visit *v)
{
	return slice_of(v->bytes + HANDOVER_HEAD_SIZE + v->head.envelope, v->head.message);
}

/* Ready for the next request; memory of a large one is given back. */
static void begin_again(struct desk_visit *v)
{
	v->desk->reserved -= v->reserved;
	v->reserved = 0;
	v->length = 0;
	v->state = VISIT_HEAD;
	if (v->room > DESK_SMALL) {
		free(v->bytes);
		v->bytes = NULL;
		v->room = 0;
	}
	wait_for_bytes(v);
	admit_waiting(v->desk);
}

void desk_answer(struct desk_visit *v, int status, int64_t message, const char *text)
{
	struct buf answer = {0};
	bool sent;

	handover_answer_write(&answer, status, message, slice_str(text));
	if (status == 0)
		v->stored++;
	else
		v->refused++;
	sent = !answer.failed &&
	       send(v->fd, answer.data, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)answer.len;
	buf_finish(&answer);
	if (sent)
		begin_again(v);
	else
		visit_close(v, "the program went away before its answer");
}

void desk_close(struct desk *d)
{
	d->ready = NULL;
	d->ready_last = &d->ready;
	while (d->visits)
		visit_close(d->visits, NULL);
	uv_close((uv_handle_t *)&d->tick, NULL);
}
