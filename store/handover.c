/* SPDX-License-Identifier: ISC
 *
 * The happy path: connect (or take the connection that the handle has), send envelope and message, read the
 * answer, which comes after the commit.
 *
 * What can go wrong: no socket, or nobody listens (the caller writes by itself); the connection breaks or
 * is silent for too long (it is unknown whether the message was stored: once more, to a server that came back
 * or by the caller itself, under the same key, so that it is there once); an envelope that the form cannot
 * say (the caller writes by itself, or learns what is wrong with it). */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "handover/form.h"

enum {
	TRIES = 3,           /* connections that may break */
	PATIENCE_MS = 20000, /* that a server is silent, above the time that the caller waits for the lock */
};
static const int64_t MISSED_NS = 100 * 1000000; /* a server that was not there is looked for again after it */

void handover_disconnect(struct quarantine *q)
{
	if (q->server_fd >= 0)
		close(q->server_fd);
	q->server_fd = -1;
}

/* Named through /proc/self/fd, so that the store's path may be long. */
static int connect_socket(int folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" HANDOVER_SOCKET, folder);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool handover_connect(struct quarantine *q)
{
	char path[sizeof(q->path) + sizeof("/" HANDOVER_FOLDER)];
	int folder;

	if (q->server_fd >= 0)
		return true;
	snprintf(path, sizeof(path), "%s/" HANDOVER_FOLDER, q->path);
	folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return false;
	q->server_fd = connect_socket(folder);
	close(folder);
	return q->server_fd >= 0;
}

static void set_patience(const struct quarantine *q)
{
	uint64_t ms = (uint64_t)q->lock_timeout + PATIENCE_MS;
	struct timeval patience = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	setsockopt(q->server_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(q->server_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static bool send_all(int fd, struct slice head, struct slice bytes)
{
	while (head.len + bytes.len > 0) {
		struct iovec parts[2] = {{(void *)(uintptr_t)head.data, head.len},
					 {(void *)(uintptr_t)bytes.data, bytes.len}};
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
		ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
		size_t done;

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		done = (size_t)sent < head.len ? (size_t)sent : head.len;
		head = slice_skip(head, done);
		bytes = slice_skip(bytes, (size_t)sent - done);
	}
	return true;
}

static bool receive_all(int fd, char *into, size_t len)
{
	while (len > 0) {
		ssize_t got = recv(fd, into, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		into += got;
		len -= (size_t)got;
	}
	return true;
}

/* HANDOVER_NONE: there was no answer. */
static int receive_answer(struct quarantine *q, int64_t *message)
{
	char head[HANDOVER_ANSWER_SIZE], text[HANDOVER_TEXT_MAX + 1];
	struct handover_answer answer;

	if (!receive_all(q->server_fd, head, sizeof(head)) || !handover_answer_read(head, &answer) ||
	    !receive_all(q->server_fd, text, answer.text))
		return HANDOVER_NONE;
	text[answer.text] = '\0';
	if (answer.status != QUARANTINE_OK)
		return store_fail(q, answer.status, "server: %s", text);
	*message = answer.message;
	return QUARANTINE_OK;
}

/* The time keeps new keys together in the index, the random part keeps them apart. */
static bool make_key(char *key, size_t size)
{
	struct timespec now;
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(key, size, "%09llx%08lx-%016llx", (unsigned long long)now.tv_sec, (unsigned long)now.tv_nsec,
		 (unsigned long long)random);
	return true;
}

/* What makes no sense is left to the caller's own delivery, which says so. */
static bool write_request(struct handover *h, size_t length, struct buf *out)
{
	struct quarantine_envelope env = h->envelope;

	if (env.recipient_count > 0 && !env.recipients)
		return false;
	if (env.received == 0)
		env.received = store_now();
	if (!env.delivery_key && !make_key(h->key, sizeof(h->key)))
		return false;
	if (!env.delivery_key)
		env.delivery_key = h->key;
	if (!handover_request_write(out, &env, length))
		return false;
	h->envelope = env;
	return true;
}

static int exchange(struct quarantine *q, struct slice request, struct slice bytes, bool *unknown,
		    int64_t *message)
{
	bool silent = false;

	for (int i = 0; i < TRIES && !silent && handover_connect(q); i++) {
		int status = HANDOVER_NONE;

		*unknown = true;
		errno = 0;
		set_patience(q);
		if (send_all(q->server_fd, request, bytes))
			status = receive_answer(q, message);
		if (status != HANDOVER_NONE)
			return status;
		silent = errno == EAGAIN;
		handover_disconnect(q);
	}
	return HANDOVER_NONE;
}

static bool find_server(struct quarantine *q)
{
	int64_t now = store_clock_ns();

	if (q->server_fd < 0 && q->server_missed > 0 && now - q->server_missed < MISSED_NS)
		return false;
	q->server_missed = handover_connect(q) ? 0 : now;
	return q->server_fd >= 0;
}

int handover_deliver(struct quarantine *q, const struct quarantine_envelope *env, struct slice bytes,
		     struct handover *h, int64_t *message)
{
	struct buf request = {0};
	int status = HANDOVER_NONE;

	*h = (struct handover){.envelope = QUARANTINE_ENVELOPE_INIT};
	memcpy(&h->envelope, env, env->size < sizeof(*env) ? env->size : sizeof(*env));
	h->envelope.size = sizeof(*env);
	if (bytes.len <= q->message_max && find_server(q) && write_request(h, bytes.len, &request))
		status = exchange(q, buf_slice(&request), bytes, &h->unknown, message);
	buf_finish(&request);
	return status;
}
