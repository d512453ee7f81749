/* SPDX-License-Identifier: ISC
 *
 * The happy path: the socket becomes readable, up to ACCEPT_MAX connections are accepted and handed over.
 *
 * What can go wrong: descriptors or memory run out (logged, no accepting for PAUSE_MS, then on: without the
 * pause the loop would spin, because the socket stays readable); a client went away again before it was
 * accepted (ignored); the address is taken or not ours, a socket file is in the way (the caller is told what
 * to do). */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../store/base/complain.h"
#include "../log.h"

enum { BACKLOG = 512, ACCEPT_MAX = 32, PAUSE_MS = 500 };

struct listener {
	struct listener_owner owner;
	uv_poll_t poll;
	uv_timer_t pause;
	int fd;
	unsigned handles;
	bool tls;
	char *path; /* of a socket file to remove at the end */
	char name[160];
};

static void on_pause_over(uv_timer_t *timer);
static void on_readable(uv_poll_t *poll, int status, int events);

static void pause_accepting(struct listener *l, int error)
{
	log_event(LOG_LEVEL_ERROR, 0, "accept-failed", "listener", l->name, "reason", strerror(error), NULL);
	uv_poll_stop(&l->poll);
	uv_timer_start(&l->pause, on_pause_over, PAUSE_MS, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;

	(void)status, (void)events;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			l->owner.accept(l->owner.owner, fd, l->tls);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause_accepting(l, errno);
		return;
	}
}

static void on_pause_over(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	uv_poll_start(&l->poll, UV_READABLE, on_readable);
}

static void set_name(struct listener *l)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(l->fd, (struct sockaddr *)&address, &len) != 0)
		return;
	if (address.ss_family == AF_UNIX)
		snprintf(l->name, sizeof(l->name), "%.150s", ((struct sockaddr_un *)&address)->sun_path);
	else if (getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
			     NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(l->name, sizeof(l->name),
			 address.ss_family == AF_INET6 ? "[%.100s]:%.10s" : "%.100s:%.10s", host, port);
}

struct listener *listener_open_fd(const struct listener_owner *owner, int fd, bool tls, char *why,
				  size_t why_size)
{
	struct listener *l = calloc(1, sizeof(*l));
	int status;

	if (!l) {
		close(fd);
		return complain(why, why_size, "out of memory"), NULL;
	}
	l->owner = *owner;
	l->fd = fd;
	l->tls = tls;
	set_name(l);
	status = uv_poll_init(owner->loop, &l->poll, fd);
	if (status < 0) {
		close(fd);
		free(l);
		return complain(why, why_size, "cannot watch a listening socket: %s", uv_strerror(status)),
		       NULL;
	}
	uv_timer_init(owner->loop, &l->pause);
	l->handles = 2;
	l->poll.data = l->pause.data = l;
	uv_poll_start(&l->poll, UV_READABLE, on_readable);
	return l;
}

/* Splits "host:port" at the last colon; brackets of IPv6 go. */
static bool split_address(const char *address, char *host, size_t host_size, const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t len;

	if (!colon || colon[1] == '\0')
		return false;
	len = (size_t)(colon - address);
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	} else if (memchr(address, ':', len)) {
		return false;
	}
	if (len >= host_size)
		return false;
	memcpy(host, address, len);
	host[len] = '\0';
	*port = colon + 1;
	return true;
}

/* A bound, listening socket, or -1 with errno. */
static int bind_tcp(const struct addrinfo *ai, bool any)
{
	int on = 1, both = any ? 0 : 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	both = errno;
	close(fd);
	errno = both;
	return -1;
}

static const char *advice(int error)
{
	switch (error) {
	case EADDRINUSE:
		return " (another program listens there: stop it, or choose another port)";
	case EACCES:
		return " (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
	case EADDRNOTAVAIL:
		return " (this machine does not have that address)";
	default:
		return "";
	}
}

struct listener *listener_open_tcp(const struct listener_owner *owner, const char *address, bool tls,
				   char *why, size_t why_size)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	const char *port;
	char host[256];
	bool any;
	int fd, status;

	if (!split_address(address, host, sizeof(host), &port))
		return complain(why, why_size, "%s: not ADDRESS:PORT (IPv6 as [::1]:143)", address), NULL;
	any = host[0] == '\0' || strcmp(host, "*") == 0;
	status = getaddrinfo(any ? "::" : host, port, &hints, &found);
	if (status != 0)
		return complain(why, why_size, "%s: %s", address, gai_strerror(status)), NULL;
	fd = bind_tcp(found, any);
	freeaddrinfo(found);
	if (fd < 0 && any && errno == EAFNOSUPPORT)
		return complain(why, why_size, "%s: no IPv6 here; write 0.0.0.0:%s", address, port), NULL;
	if (fd < 0)
		return complain(why, why_size, "cannot listen on %s: %s%s", address, strerror(errno),
				advice(errno)),
		       NULL;
	return listener_open_fd(owner, fd, tls, why, why_size);
}

/* Removes a socket file that nobody listens on any more. */
static bool clear_path(const struct sockaddr_un *address, char *why, size_t why_size)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st) != 0)
		return true;
	if (!S_ISSOCK(st.st_mode))
		return complain(why, why_size, "%s is in the way and no socket: move it", address->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	error = fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
	if (fd >= 0)
		close(fd);
	if (error != ECONNREFUSED)
		return complain(
			why, why_size,
			"cannot listen on %s: another program listens there: stop it, or choose another path",
			address->sun_path);
	unlink(address->sun_path);
	return true;
}

struct listener *listener_open_unix(const struct listener_owner *owner, const char *path, char *why,
				    size_t why_size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct listener *l;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return complain(why, why_size, "%s: longer than a socket's path may be", path), NULL;
	strcpy(address.sun_path, path);
	if (!clear_path(&address, why, why_size))
		return NULL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		complain(why, why_size, "cannot listen on %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	chmod(path, 0660);
	l = listener_open_fd(owner, fd, false, why, why_size);
	if (l)
		l->path = strdup(path);
	return l;
}

const char *listener_name(const struct listener *l)
{
	return l->name;
}

bool listener_is_tls(const struct listener *l)
{
	return l->tls;
}

static void on_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	if (--l->handles > 0)
		return;
	free(l->path);
	free(l);
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	uv_close((uv_handle_t *)&l->poll, on_closed);
	uv_close((uv_handle_t *)&l->pause, on_closed);
	close(l->fd);
	l->fd = -1;
	if (l->path)
		unlink(l->path);
}
