/* SPDX-License-Identifier: ISC
 *
 * The happy path: conn_open() reads; each chunk lands in the hub's bytes, goes through TLS where there is
 * one, is appended to `in`, CONN_DATA. conn_write() puts bytes (encrypted) into `waiting`; one uv_write is in
 * flight at a time and takes all of `waiting`; when nothing waits any more, CONN_DRAINED. What
 * conn_try_write() sends needs none of this. conn_finish(), the peer closes, both handles close, CONN_CLOSED.
 *
 * What can go wrong: the peer closes or resets (CONN_HANGUP, once, from the read or the write callback);
 * writing fails at once (the timer raises CONN_HANGUP, because events never come from inside a call); TLS
 * fails (its alert is sent, CONN_HANGUP); compressed bytes are none (CONN_HANGUP from the timer); a peer
 * makes TLS answer without reading the answers (WAITING_MAX, CONN_HANGUP); memory is out (CONN_HANGUP); the
 * peer never closes after conn_finish() (LINGER_MS). After conn_close() nothing comes but CONN_CLOSED. */
#include "conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "deflate.h"
#include "tls.h"

enum {
	LINGER_MS = 2000,
	WAITING_MAX = 16 * 1024 * 1024,
	UNSENT_MAX = 512 * 1024, /* what the system keeps for a peer that does not read, beyond its window */
	KEEP_IN = 4096,
	INFLATED_AHEAD = 64 * 1024,
	PACKED_READ = 8 * 1024
};

static void start_write(struct conn *c);

static void hang_up(struct conn *c, const char *error)
{
	if (uv_is_closing(&c->u.handle))
		return;
	uv_read_stop(&c->u.stream);
	c->reading = false;
	c->broken = false;
	c->error = error;
	if (c->lingering)
		conn_close(c);
	else
		c->on_event(c, CONN_HANGUP);
}

/* For failures inside a call: the event comes from the loop. */
static void hang_up_soon(struct conn *c, const char *error)
{
	c->broken = true;
	c->error = error;
	conn_deadline(c, 1);
}

static void on_timer(uv_timer_t *timer)
{
	struct conn *c = timer->data;

	if (c->lingering)
		conn_close(c);
	else if (c->broken)
		hang_up(c, c->error);
	else
		c->on_event(c, CONN_TIMEOUT);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *c = handle->data;

	(void)suggested;
	*buf = uv_buf_init(c->hub->bytes, c->inflater ? PACKED_READ : sizeof(c->hub->bytes));
}

/* Tells that there is input, when there is; inflates of it what may be had ahead of the owner. */
static void announce(struct conn *c)
{
	if (c->in.len < INFLATED_AHEAD)
		conn_pull(c);
	if (c->in.len > 0 && !uv_is_closing(&c->u.handle))
		c->on_event(c, CONN_DATA);
}

static void receive_tls(struct conn *c, struct slice bytes)
{
	enum tls_status status = tls_receive(c->tls, bytes, c->inflater ? &c->packed : &c->in);

	if (status == TLS_ENDED)
		tls_end(c->tls);
	tls_take(c->tls, &c->waiting);
	start_write(c);
	if (status == TLS_ENDED || status == TLS_FAILED) {
		hang_up(c, status == TLS_ENDED ? NULL : tls_error(c->tls));
		return;
	}
	if (c->waiting.len > WAITING_MAX) {
		hang_up(c, "does not read what TLS answers");
		return;
	}
	if (status == TLS_SECURED)
		c->on_event(c, CONN_SECURED);
	announce(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;

	if (n == 0)
		return;
	if (n < 0) {
		hang_up(c, n == UV_EOF ? NULL : uv_strerror((int)n));
		return;
	}
	if (c->lingering)
		return;
	if (c->tls) {
		receive_tls(c, slice_of(buf->base, (size_t)n));
		return;
	}
	buf_add(c->inflater ? &c->packed : &c->in, buf->base, (size_t)n);
	explicit_bzero(buf->base, (size_t)n); /* it may be a password */
	if (c->in.failed || c->packed.failed)
		hang_up(c, "out of memory");
	else
		announce(c);
}

static void on_written(uv_write_t *request, int status)
{
	struct conn *c = request->data;

	buf_finish(&c->writing);
	if (uv_is_closing(&c->u.handle))
		return;
	if (status < 0)
		hang_up(c, uv_strerror(status));
	else if (c->waiting.len > 0)
		start_write(c);
	else if (!c->lingering)
		c->on_event(c, CONN_DRAINED);
}

static void start_write(struct conn *c)
{
	uv_buf_t piece;
	int status;

	if (c->waiting.failed) {
		hang_up_soon(c, "out of memory");
		return;
	}
	if (c->writing.len > 0 || c->waiting.len == 0 || uv_is_closing(&c->u.handle))
		return;
	c->writing = c->waiting;
	c->waiting = (struct buf){0};
	piece = uv_buf_init(c->writing.data, (unsigned)c->writing.len);
	status = uv_write(&c->request, &c->u.stream, &piece, 1, on_written);
	if (status < 0) {
		buf_finish(&c->writing);
		hang_up_soon(c, uv_strerror(status));
	}
}

static void set_socket_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, 120},
		{IPPROTO_TCP, TCP_KEEPINTVL, 30},
		{IPPROTO_TCP, TCP_KEEPCNT, 4},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, 220 * 1000}, /* IDLE's heartbeat is 120 s */
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX},
	};

	/* A socket without one of them still works. */
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			   sizeof(options[i].value));
}

/* Makes the libuv handles; they must be closed, whatever is returned. */
static int adopt(struct conn *c, int fd)
{
	int status;

	uv_timer_init(c->hub->loop, &c->timer);
	c->timer.data = c;
	if (conn_is_unix(c)) {
		uv_pipe_init(c->hub->loop, &c->u.pipe, 0);
		status = uv_pipe_open(&c->u.pipe, fd);
	} else {
		set_socket_options(fd);
		uv_tcp_init(c->hub->loop, &c->u.tcp);
		status = uv_tcp_open(&c->u.tcp, fd);
	}
	c->handles = 2;
	c->u.handle.data = c;
	c->request.data = c;
	if (status < 0)
		close(fd);
	return status;
}

int conn_open(struct conn *c, struct conn_hub *hub, int fd, conn_event_fn *on_event)
{
	socklen_t len;
	int status;

	memset(c, 0, sizeof(*c));
	c->hub = hub;
	c->on_event = on_event;
	len = sizeof(c->peer);
	if (getpeername(fd, (struct sockaddr *)&c->peer, &len) != 0)
		c->peer.ss_family = AF_UNSPEC; /* gone already; reading will say so */
	status = adopt(c, fd);
	if (status < 0)
		conn_close(c);
	else
		conn_read(c, true);
	return status;
}

void conn_write(struct conn *c, struct buf *bytes)
{
	bool ok = !bytes->failed;

	if (c->tls) {
		ok = ok && tls_send(c->tls, buf_slice(bytes));
		tls_take(c->tls, &c->waiting);
		buf_finish(bytes);
	} else if (c->waiting.len == 0) {
		c->waiting = *bytes;
		*bytes = (struct buf){.limit = bytes->limit};
	} else {
		buf_add_slice(&c->waiting, buf_slice(bytes));
		buf_finish(bytes);
	}
	if (ok)
		start_write(c);
	else
		hang_up_soon(c, "out of memory or TLS failure while writing");
}

bool conn_try_write(struct conn *c, struct buf *bytes)
{
	uv_buf_t piece = uv_buf_init(bytes->data, (unsigned)bytes->len);
	int sent = 0;

	if (c->tls || c->broken || bytes->failed || c->writing.len > 0 || c->waiting.len > 0 ||
	    uv_is_closing(&c->u.handle))
		return false;
	if (bytes->len > 0)
		sent = uv_try_write(&c->u.stream, &piece, 1);
	if (sent > 0)
		buf_consume(bytes, (size_t)sent);
	if (bytes->len > 0)
		return false;
	buf_finish(bytes);
	return true;
}

bool conn_secure(struct conn *c, struct tls_context *ctx)
{
	buf_finish(&c->in);
	c->tls = tls_create(ctx);
	return c->tls != NULL;
}

bool conn_inflate(struct conn *c)
{
	c->inflater = inflater_create();
	c->packed = c->in;
	c->in = (struct buf){0};
	return c->inflater != NULL;
}

bool conn_pull(struct conn *c)
{
	size_t before = c->in.len;

	if (!c->inflater || c->broken)
		return false;
	if (!inflater_add(c->inflater, &c->packed, INFLATED_AHEAD, &c->in) || c->in.failed)
		hang_up_soon(c, "what came is not compressed as it should be");
	return c->in.len > before;
}

void conn_deadline(struct conn *c, uint64_t milliseconds)
{
	if (uv_is_closing(&c->u.handle))
		return;
	if (c->broken)
		milliseconds = 1;
	if (milliseconds > 0)
		uv_timer_start(&c->timer, on_timer, milliseconds, 0);
	else
		uv_timer_stop(&c->timer);
}

void conn_read(struct conn *c, bool on)
{
	if (on == c->reading || uv_is_closing(&c->u.handle))
		return;
	c->reading = on;
	if (on)
		uv_read_start(&c->u.stream, on_alloc, on_read);
	else
		uv_read_stop(&c->u.stream);
}

bool conn_progressed(struct conn *c)
{
	size_t left = uv_stream_get_write_queue_size(&c->u.stream);
	bool moved = left < c->unsent;

	c->unsent = left;
	return moved;
}

void conn_rest(struct conn *c)
{
	if (c->in.len == 0 && c->in.cap > KEEP_IN)
		buf_finish(&c->in);
	if (c->packed.len == 0)
		buf_finish(&c->packed);
}

void conn_finish(struct conn *c)
{
	uv_os_fd_t fd;

	if (uv_is_closing(&c->u.handle) || c->lingering)
		return;
	if (c->tls) {
		tls_end(c->tls);
		tls_take(c->tls, &c->waiting);
		uv_buf_t last = uv_buf_init(c->waiting.data, (unsigned)c->waiting.len);
		if (c->writing.len == 0 && last.len > 0)
			uv_try_write(&c->u.stream, &last, 1);
	}
	if (c->broken || uv_fileno(&c->u.handle, &fd) != 0 || shutdown(fd, SHUT_WR) != 0) {
		conn_close(c);
		return;
	}
	conn_deadline(c, LINGER_MS);
	c->lingering = true;
	conn_read(c, true);
}

static void on_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	if (--c->handles > 0)
		return;
	if (c->in.data)
		explicit_bzero(c->in.data, c->in.cap);
	buf_finish(&c->in);
	buf_finish(&c->writing);
	buf_finish(&c->waiting);
	buf_finish(&c->packed);
	inflater_destroy(c->inflater);
	c->inflater = NULL;
	tls_destroy(c->tls);
	c->tls = NULL;
	c->on_event(c, CONN_CLOSED);
}

void conn_close(struct conn *c)
{
	if (uv_is_closing(&c->u.handle))
		return;
	uv_close(&c->u.handle, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
}
