/* SPDX-License-Identifier: ISC
 *
 * The happy path: a reader connects, sends its request up to the blank line, the owner is asked, the answer
 * goes out, the socket closes.
 *
 * What can go wrong: another reader comes meanwhile (turned away); it sends too much, nothing, or goes
 * (closed after READER_MS at the latest); it does not read, and the socket does not take the whole answer
 * (cut). */
#include "page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 4096, READER_MS = 5000 };

struct page {
	struct listener *listener;
	uv_loop_t *loop;
	uv_timer_t timer;
	uv_poll_t *poll; /* of the reader; NULL: none. Freed by itself */
	int fd;
	bool asked; /* the owner is at it */
	bool closing;
	char request[REQUEST_MAX];
	size_t used;
	page_asked_fn *ask;
	void *owner;
};

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void drop_reader(struct page *p)
{
	if (!p->poll)
		return;
	uv_poll_stop(p->poll);
	uv_close((uv_handle_t *)p->poll, on_poll_closed);
	p->poll = NULL;
	close(p->fd);
	uv_timer_stop(&p->timer);
}

static void on_timeout(uv_timer_t *timer)
{
	drop_reader(timer->data);
}

static bool is_whole(const struct page *p)
{
	return memmem(p->request, p->used, "\r\n\r\n", 4) || memmem(p->request, p->used, "\n\n", 2);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct page *p = poll->data;
	ssize_t got = recv(p->fd, p->request + p->used, sizeof(p->request) - p->used, MSG_DONTWAIT);

	(void)status, (void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop_reader(p);
		return;
	}
	p->used += (size_t)got;
	if (!is_whole(p)) {
		if (p->used == sizeof(p->request))
			drop_reader(p);
		return;
	}
	uv_poll_stop(poll);
	if (!p->asked) {
		p->asked = true;
		p->ask(p->owner);
	}
}

static void on_accept(void *owner, int fd, bool tls)
{
	struct page *p = owner;
	uv_poll_t *poll = p->poll ? NULL : calloc(1, sizeof(*poll));

	(void)tls;
	if (!poll || uv_poll_init(p->loop, poll, fd) < 0) {
		free(poll);
		close(fd);
		return;
	}
	p->poll = poll;
	p->fd = fd;
	p->used = 0;
	poll->data = p;
	uv_poll_start(poll, UV_READABLE, on_readable);
	uv_timer_start(&p->timer, on_timeout, READER_MS, 0);
}

struct page *page_open(uv_loop_t *loop, const char *where, page_asked_fn *asked, void *owner, char *why,
		       size_t why_size)
{
	struct page *p = calloc(1, sizeof(*p));
	struct listener_owner for_listener = {.loop = loop, .accept = on_accept, .owner = p};

	if (!p) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	p->loop = loop;
	p->ask = asked;
	p->owner = owner;
	p->listener = where[0] == '/' ? listener_open_unix(&for_listener, where, why, why_size)
				      : listener_open_tcp(&for_listener, where, false, why, why_size);
	if (!p->listener) {
		free(p);
		return NULL;
	}
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	return p;
}

void page_answer(struct page *p, const char *text, size_t len)
{
	char head[160];
	int used = snprintf(head, sizeof(head),
			    "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
			    "Content-Length: %zu\r\nConnection: close\r\n\r\n",
			    len);

	p->asked = false;
	if (!p->poll || !is_whole(p))
		return; /* it went, and perhaps another came: that one asks for itself */
	if (send(p->fd, head, (size_t)used, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) == used) {
		ssize_t sent = send(p->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		(void)sent; /* the length tells a reader that it was cut */
	}
	drop_reader(p);
}

const char *page_name(const struct page *p)
{
	return listener_name(p->listener);
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void page_close(struct page *p)
{
	if (!p || p->closing)
		return;
	p->closing = true;
	drop_reader(p);
	listener_close(p->listener);
	uv_close((uv_handle_t *)&p->timer, on_timer_closed);
}
