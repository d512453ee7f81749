/* SPDX-License-Identifier: ISC
 *
 * The desk where programs hand messages in: their connections to the delivery socket, the requests that they
 * bring (store/handover/form.h), the answers that they wait for. What comes is hostile: a request is bounded,
 * all of them together are, and each has to arrive within a time. The thread of the desk's loop only. */
#ifndef IMAPD_NET_DESK_H
#define IMAPD_NET_DESK_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "../../store/base/slice.h"
#include "../../store/handover/form.h"

enum {
	DESK_CONNECTIONS_MAX = 128,
	DESK_BYTES_MAX = 256 * 1024 * 1024, /* of requests that are more than DESK_SMALL, together */
	DESK_SMALL = 64 * 1024,
	DESK_REQUEST_SECONDS = 60,
	DESK_IDLE_SECONDS = 300,
};

/* One connection. It brings one request at a time. */
struct desk_visit {
	struct desk *desk;
	struct desk_visit *next, *previous, *next_ready;
	uv_poll_t poll;
	int fd;
	char *bytes; /* the request, as far as it came */
	size_t length, room;
	size_t reserved; /* of DESK_BYTES_MAX */
	struct handover_head head;
	enum { VISIT_HEAD, VISIT_WAITS, VISIT_REST, VISIT_READY } state;
	uint64_t since;   /* when it began to wait for bytes; milliseconds of the loop */
	uint64_t arrived; /* when a request's last byte had come; uv_hrtime() */
	unsigned stored, refused;
	bool closing;
};

struct desk {
	uv_timer_t tick;
	struct desk_visit *visits;
	size_t count, reserved;
	struct desk_visit *ready, **ready_last; /* whole requests, in the order they came */
};

void desk_open(struct desk *d, uv_loop_t *loop);

/* Takes over a connected socket. `owner` is the desk. As listener.h has it. */
void desk_accept(void *owner, int fd, bool tls);

/* Takes the request that has waited longest; NULL: none is whole. It stays until it is answered. */
struct desk_visit *desk_next(struct desk *d);

struct slice desk_envelope(const struct desk_visit *v);
struct slice desk_message(const struct desk_visit *v);

/* Answers the request of a visit. */
void desk_answer(struct desk_visit *v, int status, int64_t message, const char *text);

/* Closes all connections; the loop has to run once more. */
void desk_close(struct desk *d);

#endif
