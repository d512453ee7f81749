/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

enum { WINDOW = 64 * 1024 };

struct stream {
	struct source source;
	int fd;
	char *window;
	size_t at, len;  /* what is unread of the window */
	uint64_t offset; /* of window[at] in the input */
	bool ended;
	bool started;
	bool single;  /* the input is one message */
	bool more;    /* a message begins at `offset` */
	bool in_line; /* the last piece did not end its line */
};

/* Waits for input or a stop, then reads once. Returns 1, 0 at the end, or a source_status below 0. */
static int fill(struct stream *s)
{
	struct pollfd fds[] = {{.fd = s->source.stop_fd, .events = POLLIN}, {.fd = s->fd, .events = POLLIN}};
	ssize_t got;

	memmove(s->window, s->window + s->at, s->len - s->at);
	s->len -= s->at;
	s->at = 0;
	do {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return SOURCE_FAILED;
		if (fds[0].revents != 0)
			return SOURCE_STOPPED;
		got = read(s->fd, s->window + s->len, WINDOW - s->len);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		return SOURCE_FAILED;
	s->ended = got == 0;
	s->len += (size_t)got;
	return got > 0;
}

/* The next line with its end, or the part of one that fills the window; not taken yet. Returns 1, 0 at the
 * end, or a source_status below 0. The piece is valid until the next call. */
static int peek_piece(struct stream *s, struct slice *piece)
{
	for (;;) {
		struct slice unread = slice_of(s->window + s->at, s->len - s->at);
		const char *end = unread.len > 0 ? memchr(unread.data, '\n', unread.len) : NULL;
		int status;

		if (end || unread.len == WINDOW || (s->ended && unread.len > 0)) {
			*piece = slice_of(unread.data, end ? (size_t)(end - unread.data) + 1 : unread.len);
			return 1;
		}
		status = s->ended ? 0 : fill(s);
		if (status < 0 || (status == 0 && s->at == s->len))
			return status;
	}
}

static void take_piece(struct stream *s, struct slice piece)
{
	s->at += piece.len;
	s->offset += piece.len;
	s->in_line = piece.data[piece.len - 1] != '\n';
	s->source.done = s->offset;
}

/* Is it ">From ", ">>From " and so on? */
static bool is_quoted_from(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.data[n] == '>')
		n++;
	return n > 0 && slice_starts(slice_skip(line, n), SLICE("From "));
}

/* Takes the rest of a separator that is longer than the window. Returns 1, 0 when it does not end, or a
 * source_status below 0. */
static int skip_line(struct stream *s)
{
	struct slice piece;
	int status = 1;

	while (s->in_line && (status = peek_piece(s, &piece)) > 0)
		take_piece(s, piece);
	return status;
}

/* Looks at the first line: an mbox begins with its first separator. */
static int start(struct stream *s)
{
	struct slice piece;
	int status = peek_piece(s, &piece);

	if (status <= 0)
		return status;
	s->started = true;
	s->single = !slice_starts(piece, SLICE("From "));
	if (!s->single) {
		take_piece(s, piece);
		status = skip_line(s);
	}
	s->more = status > 0;
	return status;
}

/* Appends unless the message has passed the limit. */
static void add(struct stream *s, struct buf *out, size_t begin, struct slice piece, bool *big)
{
	*big = *big || out->len - begin + piece.len > s->source.limit;
	if (!*big)
		buf_add_slice(out, piece);
}

static bool is_empty_line(struct slice line)
{
	return slice_eq(line, SLICE("\n")) || slice_eq(line, SLICE("\r\n"));
}

/* Appends the lines up to the next separator, which is taken (1), or to the end (0). Sets *big and appends
 * no more when the message passes the limit. May return a source_status below 0. */
static int read_lines(struct stream *s, struct buf *out, bool *big)
{
	size_t begin = out->len;
	struct slice empty = {0}; /* an empty line that may belong to a separator */
	struct slice piece;
	int status;

	while ((status = peek_piece(s, &piece)) > 0) {
		bool line = !s->in_line && !s->single;

		take_piece(s, piece);
		if (line && empty.data && slice_starts(piece, SLICE("From ")))
			return skip_line(s);
		add(s, out, begin, empty, big);
		empty = slice_of(NULL, 0);
		if (line && is_empty_line(piece))
			empty = piece.len == 1 ? SLICE("\n") : SLICE("\r\n");
		else
			add(s, out, begin, slice_skip(piece, line && is_quoted_from(piece)), big);
	}
	return status;
}

static int stream_next(struct source *source, struct buf *out)
{
	struct stream *s = (struct stream *)source;
	size_t begin = out->len;
	bool big = false;
	int status = s->started ? 1 : start(s);

	if (status < 0 || !s->more)
		return status < 0 ? status : SOURCE_END;
	snprintf(source->place, sizeof(source->place), "byte %llu", (unsigned long long)s->offset);
	status = read_lines(s, out, &big);
	s->more = status > 0;
	if (status >= 0 && out->failed) {
		errno = ENOMEM;
		status = SOURCE_FAILED;
	}
	if (status < 0 || big)
		out->len = begin;
	return status < 0 ? status : big ? SOURCE_TOO_BIG : SOURCE_MESSAGE;
}

static void stream_close(struct source *source)
{
	struct stream *s = (struct stream *)source;

	close(s->fd);
	free(s->window);
	free(s);
}

struct source *source_stream(int fd, uint64_t limit, int stop_fd)
{
	struct stream *s = calloc(1, sizeof(*s));
	struct stat st;

	if (s)
		s->window = malloc(WINDOW);
	if (!s || !s->window) {
		free(s);
		return NULL;
	}
	s->source = (struct source){stream_next, stream_close, limit, stop_fd, 0, 0, ""};
	s->fd = fd;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		s->source.total = (uint64_t)st.st_size;
	return &s->source;
}

void source_close(struct source *s)
{
	if (s)
		s->close(s);
}
