/* SPDX-License-Identifier: ISC */
#include "../../../tools/retrieve/channel.h"

#include <libetpan/mailstream_low.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct channel *channel;
	mailstream_low *stream;
	int server;
};

static int set_up(void **state)
{
	static struct fixture f;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return -1;
	f.channel = channel_of_socket(pair[0]);
	f.stream = channel_stream(f.channel);
	f.server = pair[1];
	channel_allow(f.channel, 1000, 60, 60);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	mailstream_low_free(f->stream);
	channel_close(f->channel);
	if (f->server >= 0)
		close(f->server);
	return 0;
}

static void bytes_go_both_ways(void **state)
{
	struct fixture *f = *state;
	char buffer[100];
	assert_int_equal(mailstream_low_write(f->stream, "hello", 5), 5);
	assert_int_equal(read(f->server, buffer, sizeof(buffer)), 5);
	assert_int_equal(write(f->server, "world", 5), 5);
	assert_int_equal(mailstream_low_read(f->stream, buffer, sizeof(buffer)), 5);
	assert_memory_equal(buffer, "world", 5);
	assert_string_equal(channel_why(f->channel), "");
	assert_int_equal(mailstream_low_get_fd(f->stream) >= 0, 1);
}

/* No more bytes than were allowed, at N − 1, N and N + 1; a new allowance begins anew. */
static void bytes_are_bounded(void **state)
{
	struct fixture *f = *state;
	char buffer[100];
	assert_int_equal(write(f->server, "0123456789", 10), 10);
	channel_allow(f->channel, 4, 60, 60);
	assert_int_equal(mailstream_low_read(f->stream, buffer, 3), 3);
	assert_int_equal(mailstream_low_read(f->stream, buffer, sizeof(buffer)), 1);
	channel_allow(f->channel, 2, 60, 60);
	assert_int_equal(mailstream_low_read(f->stream, buffer, sizeof(buffer)), 2);
	assert_int_equal(mailstream_low_read(f->stream, buffer, sizeof(buffer)), -1);
	assert_non_null(strstr(channel_why(f->channel), "more than"));
	/* What failed once stays failed. */
	channel_allow(f->channel, 100, 60, 60);
	assert_int_equal(mailstream_low_read(f->stream, buffer, sizeof(buffer)), -1);
	assert_int_equal(mailstream_low_write(f->stream, "x", 1), -1);
}

static void silence_ends(void **state)
{
	struct fixture *f = *state;
	char c;
	channel_allow(f->channel, 100, 60, 1);
	assert_int_equal(mailstream_low_read(f->stream, &c, 1), -1);
	assert_non_null(strstr(channel_why(f->channel), "in time"));
}

/* A server that always says a little more is ended by the time of the whole command. */
static void trickling_ends(void **state)
{
	struct fixture *f = *state;
	time_t begun = time(NULL);
	ssize_t got = 1;
	channel_allow(f->channel, 1000000000, 1, 60);
	while (got == 1 && time(NULL) < begun + 30) {
		char c;
		assert_int_equal(write(f->server, "x", 1), 1);
		got = mailstream_low_read(f->stream, &c, 1);
	}
	assert_int_equal(got, -1);
	assert_non_null(strstr(channel_why(f->channel), "in time"));
}

static void a_server_that_does_not_read_is_left(void **state)
{
	struct fixture *f = *state;
	static const char bytes[65536];
	ssize_t put;
	channel_allow(f->channel, 100, 60, 1);
	while ((put = mailstream_low_write(f->stream, bytes, sizeof(bytes))) > 0)
		;
	assert_int_equal(put, -1);
	assert_non_null(strstr(channel_why(f->channel), "in time"));
}

static void hanging_up_is_noticed(void **state)
{
	struct fixture *f = *state;
	char c;
	close(f->server);
	f->server = -1;
	assert_int_equal(mailstream_low_read(f->stream, &c, 1), -1);
	assert_non_null(strstr(channel_why(f->channel), "closed"));
}

static void no_tls_to_others(void **state)
{
	(void)state;
	char why[200];
	struct channel_options options = {
		.host = "192.0.2.1", .port = "143", .connect_seconds = 1, .stop_fd = -1};
	assert_null(channel_open(&options, why, sizeof(why)));
	assert_non_null(strstr(why, "without TLS"));
	channel_close(NULL);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIR(bytes_go_both_ways),
		WITH_PAIR(bytes_are_bounded),
		WITH_PAIR(silence_ends),
		WITH_PAIR(trickling_ends),
		WITH_PAIR(a_server_that_does_not_read_is_left),
		WITH_PAIR(hanging_up_is_noticed),
		cmocka_unit_test(no_tls_to_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
