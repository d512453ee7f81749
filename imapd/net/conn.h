/* SPDX-License-Identifier: ISC
 *
 * A connected socket, TCP or Unix, with or without TLS: an input buffer, a write queue and one deadline.
 * Embedded in its owner, who hears of everything through one function. Loop thread only. Events come from
 * the loop, never from inside a call to a function of this file. */
#ifndef IMAPD_NET_CONN_H
#define IMAPD_NET_CONN_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

#include "../../store/base/buf.h"

struct inflater;
struct tls;
struct tls_context;

enum conn_event {
	CONN_DATA,    /* there is more in `in` */
	CONN_DRAINED, /* all that was written has gone to the system */
	CONN_SECURED, /* the handshake that conn_secure() began is over */
	CONN_TIMEOUT, /* the deadline has passed */
	CONN_HANGUP,  /* the peer has closed, or reading, writing or TLS failed: conn_error() */
	CONN_CLOSED,  /* the last event: the memory is the owner's again */
};

struct conn;
typedef void conn_event_fn(struct conn *c, enum conn_event event);

/* What all connections of a loop share: bytes are read here first. */
struct conn_hub {
	uv_loop_t *loop;
	char bytes[64 * 1024];
};

struct conn {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} u;
	uv_timer_t timer;
	uv_write_t request;
	struct conn_hub *hub;
	conn_event_fn *on_event;
	struct buf in;             /* what came and was not taken; the owner consumes it */
	struct buf writing;        /* in flight */
	struct buf waiting;        /* to be written next */
	struct tls *tls;           /* NULL: plain */
	struct inflater *inflater; /* NULL: what comes is not compressed */
	struct buf packed;         /* what came and was not inflated yet */
	const char *error;         /* why CONN_HANGUP was raised; NULL: the peer closed */
	size_t unsent;             /* as conn_progressed() last saw it */
	bool reading;
	bool lingering;   /* conn_finish(): what comes is dropped */
	bool broken;      /* CONN_HANGUP is due from the timer */
	unsigned handles; /* open libuv handles */
	struct sockaddr_storage peer;
};

/* Takes over the connected socket `fd` and starts reading. A libuv error; then the socket is closed and
 * CONN_CLOSED comes. */
int conn_open(struct conn *c, struct conn_hub *hub, int fd, conn_event_fn *on_event);

/* Sends; takes the bytes, *bytes is empty afterwards. */
void conn_write(struct conn *c, struct buf *bytes);

/* Sends at once what the system takes of it. True: that was all, *bytes is empty, and no CONN_DRAINED comes.
 * False: what is left is for conn_write(); with TLS, and behind other bytes, that is all. */
bool conn_try_write(struct conn *c, struct buf *bytes);

/* Begins the server's side of a TLS handshake. What is in `in` came unprotected and is dropped. */
bool conn_secure(struct conn *c, struct tls_context *ctx);

/* From here on what comes is compressed (RFC 4978), what is in `in` included. False: memory is out. */
bool conn_inflate(struct conn *c);

/* Fills `in` from what has come and waits to be inflated; true when there is more in `in` than before. To be
 * called when the owner has taken what it could: some 64 KiB are inflated ahead of it, and at a call. */
bool conn_pull(struct conn *c);

/* CONN_TIMEOUT after so many milliseconds; replaces the last deadline. 0: never. */
void conn_deadline(struct conn *c, uint64_t milliseconds);

/* Stops or goes on reading; a peer's closing is not heard while stopped. */
void conn_read(struct conn *c, bool on);

/* Whether any byte went out since the last call. */
bool conn_progressed(struct conn *c);

/* Gives memory back that an idle connection does not need. */
void conn_rest(struct conn *c);

/* Ends in good order: good-bye of TLS, no more writing; what the peer still sends is swallowed for a
 * moment, lest a reset overtakes our last words. Then as conn_close(). Call it when drained. */
void conn_finish(struct conn *c);

/* Closes at once. CONN_CLOSED follows. May be called twice. */
void conn_close(struct conn *c);

static inline bool conn_is_closing(const struct conn *c)
{
	return uv_is_closing(&c->u.handle);
}

/* conn_peer.c */
bool conn_is_unix(const struct conn *c);
bool conn_is_loopback(const struct conn *c);

/* "192.0.2.1:4711", "[2001:db8::1]:4711" or "unix". */
void conn_describe_peer(const struct conn *c, char *out, size_t size);

#endif
