/* SPDX-License-Identifier: ISC */
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 20, TAIL = 1024 };

void link_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "bench: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	_exit(1);
}

double bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void start_tls(struct link *l)
{
	static SSL_CTX *context;

	if (!context) {
		context = SSL_CTX_new(TLS_client_method());
		if (!context)
			link_fail("no TLS");
		SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	}
	l->ssl = SSL_new(context);
	if (!l->ssl || !SSL_set_fd(l->ssl, l->fd) || SSL_connect(l->ssl) != 1)
		link_fail("TLS failed");
}

void link_connect(struct link *l, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int on = 1;

	*l = (struct link){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		link_fail("connect to port %s: %s", port, strerror(errno));
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void link_open(struct link *l, const char *port, bool tls)
{
	link_connect(l, port);
	if (tls)
		start_tls(l);
	link_until(l, "* OK");
}

void link_close(struct link *l)
{
	SSL_free(l->ssl);
	if (l->fd >= 0)
		close(l->fd);
	link_rest(l);
	buf_finish(&l->answer);
	*l = (struct link){.fd = -1};
}

void link_send(struct link *l, const void *bytes, size_t len)
{
	const char *next = bytes;

	while (len > 0) {
		ssize_t sent = l->ssl ? SSL_write(l->ssl, next, len > 16384 ? 16384 : (int)len)
				      : send(l->fd, next, len, MSG_NOSIGNAL);

		if (sent <= 0)
			link_fail("send: %s", strerror(errno));
		next += sent;
		len -= (size_t)sent;
	}
}

void link_command(struct link *l, const char *text)
{
	struct buf line = {0};

	buf_addf(&line, "bench%u %s\r\n", ++l->tag, text);
	l->received = 0;
	l->used = 0;
	buf_reset(&l->answer);
	link_send(l, line.data, line.len);
	buf_finish(&line);
}

/* Takes what is there behind the last TAIL bytes of what came before. */
static void take(struct link *l)
{
	ssize_t got;

	if (!l->room)
		l->room = malloc(ROOM);
	if (!l->room)
		link_fail("no memory");
	if (l->used > TAIL) {
		memmove(l->room, l->room + l->used - TAIL, TAIL);
		l->used = TAIL;
	}
	got = l->ssl ? SSL_read(l->ssl, l->room + l->used, ROOM - TAIL)
		     : recv(l->fd, l->room + l->used, ROOM - TAIL, 0);
	if (got <= 0)
		link_fail("the server closed the connection: %.*s", (int)l->used, l->room);
	if (l->keep)
		buf_add(&l->answer, l->room + l->used, (size_t)got);
	l->used += (size_t)got;
	l->received += (uint64_t)got;
}

/* The last line that came, when it is whole and begins with `text`; else NULL. */
static const char *last_line(const struct link *l, const char *text)
{
	const char *line;

	if (l->used < 2 || l->room[l->used - 1] != '\n')
		return NULL;
	line = memrchr(l->room, '\n', l->used - 1);
	line = line ? line + 1 : l->room;
	return strncmp(line, text, strlen(text)) == 0 ? line : NULL;
}

bool link_receive(struct link *l)
{
	const char *line;
	char tag[32];
	int len = snprintf(tag, sizeof(tag), "bench%u ", l->tag);

	take(l);
	line = last_line(l, tag);
	if (line && strncmp(line + len, "OK", 2) != 0)
		link_fail("refused: %.*s", (int)(l->room + l->used - line), line);
	return line != NULL;
}

void link_finish(struct link *l)
{
	while (!link_receive(l))
		;
}

void link_until(struct link *l, const char *text)
{
	l->used = 0;
	do
		take(l);
	while (!last_line(l, text));
}

bool link_hears(struct link *l, const char *word)
{
	bool heard;

	take(l);
	heard = memmem(l->room, l->used, word, strlen(word)) != NULL;
	if (heard)
		link_rest(l);
	return heard;
}

void link_rest(struct link *l)
{
	free(l->room);
	l->room = NULL;
	l->used = 0;
}

void link_login(struct link *l, const char *user, const char *password)
{
	struct buf text = {0};

	buf_addf(&text, "LOGIN %s \"%s\"", user, password);
	buf_add_char(&text, '\0');
	link_command(l, text.data);
	link_finish(l);
	buf_finish(&text);
}
