/* SPDX-License-Identifier: ISC
 *
 * What is written to a connection, at once or in turn, arrives whole and in order. */
#include "../../../imapd/net/conn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGE = 4 * 1024 * 1024 };

/* A connection, its other end, and what it heard. */
struct wire {
	struct conn conn;
	struct conn_hub hub;
	uv_loop_t loop;
	int peer;
	unsigned drained, hung_up, closed;
	struct buf came; /* at the other end */
};

static void on_event(struct conn *c, enum conn_event event)
{
	struct wire *w = (struct wire *)c;

	w->drained += event == CONN_DRAINED;
	w->hung_up += event == CONN_HANGUP;
	w->closed += event == CONN_CLOSED;
}

static int setup(void **state)
{
	struct wire *w = calloc(1, sizeof(*w));
	int ends[2];

	assert_non_null(w);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	w->hub.loop = &w->loop;
	w->peer = ends[1];
	assert_int_equal(conn_open(&w->conn, &w->hub, ends[0], on_event), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct wire *w = *state;

	conn_close(&w->conn);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->closed, 1);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	buf_finish(&w->came);
	close(w->peer);
	free(w);
	return 0;
}

/* All that is there at the other end, and a turn of the loop. */
static void take(struct wire *w)
{
	char bytes[16 * 1024];
	ssize_t n;

	while ((n = read(w->peer, bytes, sizeof(bytes))) > 0)
		buf_add(&w->came, bytes, (size_t)n);
	uv_run(&w->loop, UV_RUN_NOWAIT);
}

/* `len` bytes that tell their place, from place `from` on. */
static struct buf counted(size_t from, size_t len)
{
	struct buf b = {0};

	for (size_t i = from; i < from + len; i++)
		buf_add_char(&b, (char)(i * 2654435761U >> 24));
	return b;
}

static void check_came(struct wire *w, size_t len)
{
	struct buf wanted = counted(0, len);

	assert_int_equal(w->came.len, len);
	assert_memory_equal(w->came.data, wanted.data, len);
	buf_finish(&wanted);
}

static void a_line_goes_at_once(void **state)
{
	struct wire *w = *state;
	struct buf line = counted(0, 100), none = {0};

	assert_true(conn_try_write(&w->conn, &line));
	assert_int_equal(line.len, 0);
	assert_null(line.data);
	assert_true(conn_try_write(&w->conn, &none));
	take(w);
	take(w);
	check_came(w, 100);
	assert_int_equal(w->drained, 0);
}

static void what_is_left_goes_in_turn(void **state)
{
	struct wire *w = *state;
	struct buf large = counted(0, LARGE), more = counted(LARGE, 10);

	assert_false(conn_try_write(&w->conn, &large));
	assert_in_range(large.len, 1, LARGE - 1);
	conn_write(&w->conn, &large);
	assert_int_equal(large.len, 0);
	assert_false(conn_try_write(&w->conn, &more)); /* it would overtake */
	assert_int_equal(more.len, 10);
	conn_write(&w->conn, &more);
	for (int turn = 0; turn < 10000 && w->drained == 0; turn++)
		take(w);
	take(w);
	check_came(w, LARGE + 10);
	assert_int_equal(w->drained, 1);
	more = counted(LARGE + 10, 5);
	assert_true(conn_try_write(&w->conn, &more));
	take(w);
	check_came(w, LARGE + 15);
	assert_int_equal(w->drained, 1);
}

/* Whatever sizes, and however slowly the other end reads. */
static void sizes_at_random(void **state)
{
	struct wire *w = *state;
	size_t written = 0;

	srand(3);
	for (int i = 0; i < 300; i++) {
		size_t len = (size_t)rand() % (i % 10 == 0 ? 300000 : 300);
		struct buf b = counted(written, len);

		written += len;
		if (!conn_try_write(&w->conn, &b))
			conn_write(&w->conn, &b);
		buf_finish(&b);
		if (rand() % 4 == 0)
			take(w);
	}
	for (int turn = 0; turn < 10000 && w->came.len < written; turn++)
		take(w);
	check_came(w, written);
	assert_int_equal(w->hung_up, 0);
}

static void nobody_is_there(void **state)
{
	struct wire *w = *state;
	struct buf line = counted(0, 100);

	shutdown(w->peer, SHUT_RDWR);
	assert_false(conn_try_write(&w->conn, &line));
	assert_int_equal(w->hung_up, 0); /* events come from the loop */
	conn_write(&w->conn, &line);
	uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_int_equal(w->hung_up > 0, 1);
}

static void what_failed_is_not_sent(void **state)
{
	struct wire *w = *state;
	struct buf failed = {.failed = true};

	assert_false(conn_try_write(&w->conn, &failed));
	conn_close(&w->conn);
	failed = counted(0, 3);
	assert_false(conn_try_write(&w->conn, &failed));
	assert_int_equal(failed.len, 3);
	buf_finish(&failed);
}

#define conn_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		conn_test(a_line_goes_at_once),     conn_test(what_is_left_goes_in_turn),
		conn_test(sizes_at_random),         conn_test(nobody_is_there),
		conn_test(what_failed_is_not_sent),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
