/* SPDX-License-Identifier: ISC */
#include "channel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libetpan/mailstream_low.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"

struct channel {
	int fd; /* never blocks; we wait by poll() */
	SSL_CTX *tls;
	SSL *ssl; /* NULL: no TLS */
	uint64_t bytes_left;
	int64_t deadline_ms;
	int64_t silence_ms;
	int stop_fd; /* -1: none */
	bool stopped;
	struct guard guard;
	char why[256];
};

static int fail(struct channel *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keeps the first reason: what follows from it would hide it. */
static int fail(struct channel *c, const char *format, ...)
{
	if (c->why[0] == '\0') {
		va_list args;
		va_start(args, format);
		vsnprintf(c->why, sizeof(c->why), format, args);
		va_end(args);
	}
	return -1;
}

static int64_t now_ms(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits up to `ms` for the socket. 1, 0 when time is up, -1 when there is nothing to wait for any more. */
static int wait_until(struct channel *c, short events, int64_t until)
{
	struct pollfd fds[] = {{.fd = c->fd, .events = events}, {.fd = c->stop_fd, .events = POLLIN}};
	for (;;) {
		int64_t left = until - now_ms();
		if (left <= 0)
			return 0;
		int ready = poll(fds, 2, left < INT_MAX ? (int)left : INT_MAX);
		if (ready > 0 && fds[1].revents == 0)
			return 1;
		if (ready > 0) {
			c->stopped = true;
			return fail(c, "interrupted");
		}
		if (ready < 0 && errno != EINTR)
			return fail(c, "%s", strerror(errno));
	}
}

/* Waits until the socket can be read or written. 0, or -1 when time is up. */
static int wait_for(struct channel *c, short events)
{
	int64_t silent_until = now_ms() + c->silence_ms;
	int rc = wait_until(c, events, silent_until < c->deadline_ms ? silent_until : c->deadline_ms);
	return rc == 0 ? fail(c, "the server did not answer in time") : rc > 0 ? 0 : -1;
}

int channel_wait(struct channel *c, unsigned seconds)
{
	if (c->why[0] != '\0')
		return -1;
	if (c->ssl && SSL_pending(c->ssl) > 0)
		return 1;
	return wait_until(c, POLLIN, now_ms() + (int64_t)seconds * 1000);
}

/* Whether it was time to stop while nothing was waited for. */
static bool stop_asked(struct channel *c)
{
	struct pollfd stop = {.fd = c->stop_fd, .events = POLLIN};
	if (c->stop_fd >= 0 && poll(&stop, 1, 0) > 0)
		c->stopped = true;
	return c->stopped;
}

/* What to do after an SSL call returned `rc`: 0 to call again, -1 to give up. */
static int after_ssl(struct channel *c, int rc)
{
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return wait_for(c, POLLIN);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(c, POLLOUT);
	case SSL_ERROR_ZERO_RETURN:
		return fail(c, "the server closed the connection");
	default: {
		const char *reason = ERR_reason_error_string(ERR_peek_last_error());
		return fail(c, "TLS: %s", reason ? reason : "the connection broke");
	}
	}
}

static ssize_t read_tls(struct channel *c, void *into, size_t size)
{
	for (;;) {
		ERR_clear_error();
		int got = SSL_read(c->ssl, into, size > INT_MAX ? INT_MAX : (int)size);
		if (got > 0)
			return got;
		if (after_ssl(c, got) != 0)
			return -1;
	}
}

static ssize_t read_plain(struct channel *c, void *into, size_t size)
{
	for (;;) {
		ssize_t got = recv(c->fd, into, size, 0);
		if (got > 0)
			return got;
		if (got == 0)
			return fail(c, "the server closed the connection");
		if (errno == EAGAIN && wait_for(c, POLLIN) != 0)
			return -1;
		if (errno != EAGAIN && errno != EINTR)
			return fail(c, "%s", strerror(errno));
	}
}

static ssize_t stream_read(mailstream_low *stream, void *into, size_t size)
{
	struct channel *c = stream->data;
	if (c->why[0] != '\0')
		return -1;
	if (stop_asked(c))
		return fail(c, "interrupted");
	if (now_ms() >= c->deadline_ms)
		return fail(c, "the server did not answer in time");
	if (c->bytes_left == 0)
		return fail(c, "the server sent more than it was asked for");
	if (size > c->bytes_left)
		size = (size_t)c->bytes_left;
	ssize_t got = c->ssl ? read_tls(c, into, size) : read_plain(c, into, size);
	if (got > 0)
		c->bytes_left -= (uint64_t)got;
	if (got > 0 && !guard_pass(&c->guard, into, (size_t)got))
		return fail(c, "the server's answer is nested too deeply");
	if (got > 0 && c->guard.literal > c->bytes_left) /* the parser would make room for it */
		return fail(c, "the server sent more than it was asked for");
	return got;
}

static ssize_t write_tls(struct channel *c, const void *bytes, size_t len)
{
	for (;;) {
		ERR_clear_error();
		int put = SSL_write(c->ssl, bytes, len > INT_MAX ? INT_MAX : (int)len);
		if (put > 0)
			return put;
		if (after_ssl(c, put) != 0)
			return -1;
	}
}

static ssize_t write_plain(struct channel *c, const void *bytes, size_t len)
{
	for (;;) {
		ssize_t put = send(c->fd, bytes, len, MSG_NOSIGNAL);
		if (put >= 0)
			return put;
		if (errno == EAGAIN && wait_for(c, POLLOUT) != 0)
			return -1;
		if (errno != EAGAIN && errno != EINTR)
			return fail(c, "%s", strerror(errno));
	}
}

static ssize_t stream_write(mailstream_low *stream, const void *bytes, size_t len)
{
	struct channel *c = stream->data;
	if (c->why[0] != '\0')
		return -1;
	return c->ssl ? write_tls(c, bytes, len) : write_plain(c, bytes, len);
}

static int stream_close(mailstream_low *stream)
{
	(void)stream;
	return 0;
}

static int stream_fd(mailstream_low *stream)
{
	return ((struct channel *)stream->data)->fd;
}

/* The channel is closed by its owner. */
static void stream_free(mailstream_low *stream)
{
	free(stream);
}

static void stream_cancel(mailstream_low *stream)
{
	(void)stream;
}

struct _mailstream_low *channel_stream(struct channel *c)
{
	/* libetpan takes it without const and does not write to it. */
	static mailstream_low_driver driver = {
		.mailstream_read = stream_read,
		.mailstream_write = stream_write,
		.mailstream_close = stream_close,
		.mailstream_get_fd = stream_fd,
		.mailstream_free = stream_free,
		.mailstream_cancel = stream_cancel,
	};
	return mailstream_low_new(c, &driver);
}

void channel_allow(struct channel *c, uint64_t bytes, unsigned seconds, unsigned silence)
{
	c->bytes_left = bytes;
	c->deadline_ms = now_ms() + (int64_t)seconds * 1000;
	c->silence_ms = (int64_t)silence * 1000;
}

void channel_stop_at(struct channel *c, int fd)
{
	c->stop_fd = fd;
}

bool channel_stopped(const struct channel *c)
{
	return c->stopped;
}

const char *channel_why(const struct channel *c)
{
	return c->why;
}

struct channel *channel_of_socket(int fd)
{
	struct channel *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->fd = fd;
	c->stop_fd = -1;
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return c;
}

void channel_close(struct channel *c)
{
	if (!c)
		return;
	SSL_free(c->ssl);
	SSL_CTX_free(c->tls);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 ==
		       127;
	return address->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static int connect_to(struct channel *c, const struct addrinfo *address, bool safe)
{
	if (!safe && !is_loopback(address->ai_addr))
		return fail(c, "it is not this machine, and without TLS no password is sent");
	c->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return fail(c, "%s", strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (connect(c->fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS)
		return fail(c, "%s", strerror(errno));
	int error = 0;
	if (wait_for(c, POLLOUT) != 0)
		return -1;
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof(error)});
	return error == 0 ? 0 : fail(c, "%s", strerror(error));
}

/* Tries each address of the host; the reason of the last one stays. */
static int connect_to_host(struct channel *c, const struct channel_options *options)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list = NULL;
	int rc = getaddrinfo(options->host, options->port, &hints, &list);
	if (rc != 0)
		return fail(c, "%s", gai_strerror(rc));
	rc = -1;
	for (struct addrinfo *a = list; a && rc != 0; a = a->ai_next) {
		c->why[0] = '\0';
		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
		channel_allow(c, UINT64_MAX, options->connect_seconds, options->connect_seconds);
		rc = connect_to(c, a, options->security != CHANNEL_PLAIN);
	}
	freeaddrinfo(list);
	return rc;
}

/* The name that the certificate must carry, and that a server of many names is asked for. */
static bool expect_host(SSL *ssl, const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static int prepare_tls(struct channel *c, const struct channel_options *options)
{
	c->tls = SSL_CTX_new(TLS_client_method());
	if (!c->tls)
		return fail(c, "TLS is not available");
	SSL_CTX_set_min_proto_version(c->tls, TLS1_2_VERSION);
	SSL_CTX_set_mode(c->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(c->tls, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	int trusted = options->ca ? SSL_CTX_load_verify_locations(c->tls, options->ca, NULL)
				  : SSL_CTX_set_default_verify_paths(c->tls);
	if (trusted != 1)
		return fail(c, "cannot read the certificates of %s",
			    options->ca ? options->ca : "the system");
	c->ssl = SSL_new(c->tls);
	if (!c->ssl || !expect_host(c->ssl, options->host) || SSL_set_fd(c->ssl, c->fd) != 1)
		return fail(c, "TLS is not available");
	return 0;
}

static int shake_hands(struct channel *c)
{
	for (;;) {
		ERR_clear_error();
		int rc = SSL_connect(c->ssl);
		if (rc == 1)
			return 0;
		long verified = SSL_get_verify_result(c->ssl);
		if (verified != X509_V_OK && SSL_get_error(c->ssl, rc) == SSL_ERROR_SSL)
			return fail(c, "the certificate is not good: %s",
				    X509_verify_cert_error_string(verified));
		if (after_ssl(c, rc) != 0)
			return -1;
	}
}

int channel_start_tls(struct channel *c, const struct channel_options *options)
{
	channel_allow(c, UINT64_MAX, options->connect_seconds, options->connect_seconds);
	return prepare_tls(c, options) == 0 ? shake_hands(c) : -1;
}

struct channel *channel_open(const struct channel_options *options, char *why, size_t why_size)
{
	struct channel *c = channel_of_socket(-1);
	if (!c) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	c->stop_fd = options->stop_fd;
	int rc = connect_to_host(c, options);
	if (rc == 0 && options->security == CHANNEL_TLS)
		rc = channel_start_tls(c, options);
	if (rc == 0)
		return c;
	snprintf(why, why_size, "%s", c->why);
	channel_close(c);
	return NULL;
}
