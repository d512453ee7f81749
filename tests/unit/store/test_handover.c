/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover/form.h"
#include "tmpstore.h"

static struct quarantine_envelope simple_envelope(void)
{
	static const char *const recipients[] = {"a@example.net", "b\n%@example.net"};
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	env.direction = QUARANTINE_INCOMING;
	env.sender = "";
	env.recipients = recipients;
	env.recipient_count = 2;
	env.class_name = "spam";
	env.received = 1700000000;
	env.delivery_key = "key";
	return env;
}

static void a_request_comes_back(void **state)
{
	struct quarantine_envelope env = simple_envelope(), read;
	struct buf request = {0};
	struct handover_head head;
	struct arena arena = {0};

	(void)state;
	assert_true(handover_request_write(&request, &env, 77));
	assert_true(handover_head_read(request.data, &head));
	assert_int_equal(head.message, 77);
	assert_int_equal(head.envelope, request.len - HANDOVER_HEAD_SIZE);
	for (size_t cut = 0; cut <= head.envelope; cut++) {
		struct slice part = slice_of(request.data + HANDOVER_HEAD_SIZE, cut);

		assert_int_equal(handover_envelope_read(part, &head, &arena, &read),
				 cut == head.envelope ? QUARANTINE_OK : QUARANTINE_INVALID);
	}
	assert_int_equal(read.direction, QUARANTINE_INCOMING);
	assert_string_equal(read.sender, "");
	assert_int_equal(read.recipient_count, 2);
	assert_string_equal(read.recipients[1], "b\n%@example.net");
	assert_null(read.auth_user);
	head.message++;
	assert_int_equal(handover_envelope_read(slice_skip(buf_slice(&request), HANDOVER_HEAD_SIZE), &head,
						&arena, &read),
			 QUARANTINE_INVALID);
	arena_finish(&arena);
	buf_finish(&request);
}

static void put_number(char *at, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (char)(n >> (8 * i));
}

static void lengths_are_bounded(void **state)
{
	char bytes[HANDOVER_HEAD_SIZE] = "QDq1";
	struct handover_head head;

	(void)state;
	for (int above = -1; above <= 1; above++) {
		put_number(bytes + 4, (uint64_t)(HANDOVER_ENVELOPE_MAX + above), 4);
		put_number(bytes + 8, HANDOVER_MESSAGE_MAX, 8);
		assert_int_equal(handover_head_read(bytes, &head), above <= 0);
		put_number(bytes + 4, 0, 4);
		put_number(bytes + 8, (uint64_t)(HANDOVER_MESSAGE_MAX + above), 8);
		assert_int_equal(handover_head_read(bytes, &head), above <= 0);
	}
	put_number(bytes + 8, UINT64_MAX, 8);
	assert_false(handover_head_read(bytes, &head));
	memcpy(bytes, "QDq2\0\0\0\0\0\0\0\0\0\0\0", HANDOVER_HEAD_SIZE);
	assert_false(handover_head_read(bytes, &head));
}

static void what_cannot_be_said_is_not_written(void **state)
{
	struct quarantine_envelope env = simple_envelope();
	struct buf out = {0};
	double score = NAN;

	(void)state;
	assert_false(handover_request_write(&out, &env, (size_t)HANDOVER_MESSAGE_MAX + 1));
	env.score = &score;
	assert_false(handover_request_write(&out, &env, 1));
	score = 1e300;
	assert_true(handover_request_write(&out, &env, 1));
	env.delivery_key = NULL;
	assert_false(handover_request_write(&out, &env, 1));
	buf_finish(&out);
}

static void an_answer_comes_back(void **state)
{
	static char text[HANDOVER_TEXT_MAX + 2];
	struct handover_answer read;
	struct buf answer = {0};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	handover_answer_write(&answer, QUARANTINE_FULL, -5, slice_str(text));
	assert_true(handover_answer_read(answer.data, &read));
	assert_int_equal(read.status, QUARANTINE_FULL);
	assert_int_equal(read.message, -5);
	assert_int_equal(read.text, HANDOVER_TEXT_MAX);
	assert_int_equal(answer.len, HANDOVER_ANSWER_SIZE + HANDOVER_TEXT_MAX);
	put_number(answer.data + 16, HANDOVER_TEXT_MAX + 1, 4);
	assert_false(handover_answer_read(answer.data, &read));
	put_number(answer.data + 16, 0, 4);
	put_number(answer.data + 4, 1, 4);
	assert_false(handover_answer_read(answer.data, &read));
	buf_finish(&answer);
}

/* A server for one test: what it does with each connection, and for how many. */
typedef void serve_fn(const struct tmpstore *t, int fd);

static pid_t start_server(const struct tmpstore *t, serve_fn *serve, int connections)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child;

	assert_true((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/deliver/socket",
				     t->dir) < sizeof(address.sun_path));
	unlink(address.sun_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 5), 0);
	child = fork();
	assert_true(child >= 0);
	if (child > 0) {
		close(listener);
		return child;
	}
	for (int i = 0; i < connections; i++) {
		int fd = accept(listener, NULL, NULL);

		serve(t, fd);
		close(fd);
	}
	_exit(0);
}

static void end_server(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Reads the request of "Subject: x\r\n\r\nbody". */
static void take_request(int fd, char *request, size_t size, size_t *got)
{
	*got = 0;
	while (*got < 4 || memcmp(request + *got - 4, "body", 4) != 0) {
		ssize_t n = recv(fd, request + *got, size - *got, 0);

		if (n <= 0)
			_exit(1);
		*got += (size_t)n;
	}
}

static void answer_full(const struct tmpstore *t, int fd)
{
	struct buf answer = {0};
	char request[4096];
	size_t got;

	(void)t;
	take_request(fd, request, sizeof(request), &got);
	handover_answer_write(&answer, QUARANTINE_FULL, 0, SLICE("no room"));
	for (size_t i = 0; i < answer.len; i++)
		send(fd, answer.data + i, 1, MSG_NOSIGNAL); /* in the smallest pieces */
	buf_finish(&answer);
}

/* Stores the message and goes away without a word. */
static void store_and_break(const struct tmpstore *t, int fd)
{
	struct quarantine_envelope env;
	struct quarantine_delivery one = {.envelope = &env};
	struct handover_head head;
	struct arena arena = {0};
	char request[4096];
	size_t got;
	struct quarantine *q;

	take_request(fd, request, sizeof(request), &got);
	if (!handover_head_read(request, &head) ||
	    handover_envelope_read(slice_of(request + HANDOVER_HEAD_SIZE, head.envelope), &head, &arena,
				   &env) != 0)
		_exit(2);
	one.bytes = request + HANDOVER_HEAD_SIZE + head.envelope;
	one.len = head.message;
	if (quarantine_open(t->dir, QUARANTINE_WRITE, &q) != 0 || quarantine_deliver_group(q, &one, 1) != 0)
		_exit(3);
	quarantine_close(q);
	arena_finish(&arena);
}

static void break_in_answer(const struct tmpstore *t, int fd)
{
	char request[4096];
	size_t got;

	(void)t;
	take_request(fd, request, sizeof(request), &got);
	send(fd, "QDa1\0\0\0\0", 8, MSG_NOSIGNAL);
}

static void break_in_request(const struct tmpstore *t, int fd)
{
	char byte;

	(void)t;
	if (recv(fd, &byte, 1, 0) != 1)
		_exit(1);
}

static const char text[] = "Subject: x\r\n\r\nbody";

static void the_servers_status_is_the_status(void **state)
{
	struct tmpstore *t = *state;
	pid_t server = start_server(t, answer_full, 1);
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	env.direction = QUARANTINE_OUTGOING;
	assert_int_equal(quarantine_deliver(t->q, &env, text, sizeof(text) - 1, NULL), QUARANTINE_FULL);
	assert_non_null(strstr(quarantine_errmsg(t->q), "no room"));
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 0);
	end_server(server);
}

/* However the server breaks off, the message is there once. */
static void a_broken_server_loses_and_doubles_nothing(void **state)
{
	static serve_fn *const ways[] = {store_and_break, break_in_answer, break_in_request};
	struct tmpstore *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		pid_t server = start_server(t, ways[i], i == 1 ? 2 : 1);

		put(t->q, text, sizeof(text) - 1);
		end_server(server);
		assert_int_equal(mailbox_of(t->q, "Outgoing").messages, i + 1);
	}
	check_sound(t);
}

static void without_a_server_it_is_as_ever(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *q;

	end_server(start_server(t, answer_full, 0)); /* a socket that nobody listens on */
	put(t->q, text, sizeof(text) - 1);
	q = tmpstore_open(t, QUARANTINE_WRITE | QUARANTINE_DELIVER);
	put(q, text, sizeof(text) - 1);
	assert_int_equal(mailbox_of(q, "Outgoing").messages, 2);
	quarantine_close(q);
}

/* A handle for deliveries opens the store when it has to. */
static void the_store_is_opened_late(void **state)
{
	struct tmpstore *t = *state;
	pid_t server = start_server(t, break_in_request, 1);
	struct quarantine *q = tmpstore_open(t, QUARANTINE_WRITE | QUARANTINE_DELIVER);
	struct quarantine_mailbox box;

	quarantine_interrupt(q);
	put(q, text, sizeof(text) - 1);
	assert_int_equal(quarantine_mailbox_find(q, "Outgoing", &box), QUARANTINE_OK);
	assert_int_equal(box.messages, 1);
	quarantine_close(q);
	end_server(server);
	assert_int_equal(quarantine_open(t->dir, QUARANTINE_DELIVER, &q), QUARANTINE_INVALID);
}

/* The server got it and the store cannot be had: nobody knows. */
static void unknown_is_said(void **state)
{
	struct tmpstore *t = *state;
	pid_t server = start_server(t, break_in_request, 1);
	struct quarantine *q = tmpstore_open(t, QUARANTINE_WRITE | QUARANTINE_DELIVER);
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	char from[300], to[300];

	snprintf(from, sizeof(from), "%s/mail", t->dir);
	snprintf(to, sizeof(to), "%s/away", t->dir);
	assert_int_equal(rename(from, to), 0);
	env.direction = QUARANTINE_OUTGOING;
	assert_int_equal(quarantine_deliver(q, &env, text, sizeof(text) - 1, NULL), QUARANTINE_IO);
	assert_int_equal(rename(to, from), 0);
	put(q, text, sizeof(text) - 1);
	quarantine_close(q);
	end_server(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_back),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(what_cannot_be_said_is_not_written),
		cmocka_unit_test(an_answer_comes_back),
		store_test(the_servers_status_is_the_status),
		store_test(a_broken_server_loses_and_doubles_nothing),
		store_test(without_a_server_it_is_as_ever),
		store_test(the_store_is_opened_late),
		store_test(unknown_is_said),
	};

	return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
