/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../tools/quarantine/source.h"

enum { MESSAGES_MAX = 4, LIMIT = 1000 };

static const struct {
	const char *name, *input;
	size_t len; /* 0: to the NUL */
	const char *messages[MESSAGES_MAX];
} cases[] = {
	{"nothing", "", 0, {0}},
	{"one message", "Subject: a\n\nbody\n", 0, {"Subject: a\n\nbody\n"}},
	{"one message is taken as it is",
	 "Subject: a\n\n>From x\n\nFrom y\n\n",
	 0,
	 {"Subject: a\n\n>From x\n\nFrom y\n\n"}},
	{"one line without an end", "x", 0, {"x"}},
	{"mbox of one", "From a@b Mon\nSubject: a\n\nbody\n\n", 0, {"Subject: a\n\nbody\n"}},
	{"mbox without the last empty line", "From a\nSubject: a\n\nbody", 0, {"Subject: a\n\nbody"}},
	{"mbox of two",
	 "From a\nA: 1\n\none\n\nFrom b\nA: 2\n\ntwo\n\n",
	 0,
	 {"A: 1\n\none\n", "A: 2\n\ntwo\n"}},
	{"CRLF",
	 "From a\r\nA: 1\r\n\r\none\r\n\r\nFrom b\r\nA: 2\r\n\r\ntwo\r\n\r\n",
	 0,
	 {"A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n"}},
	{"empty lines before the separator",
	 "From a\nA: 1\n\none\n\n\n\nFrom b\nA: 2\n",
	 0,
	 {"A: 1\n\none\n\n\n", "A: 2\n"}},
	{"From in a paragraph is text",
	 "From a\nA: 1\n\none\nFrom here on\n\n",
	 0,
	 {"A: 1\n\none\nFrom here on\n"}},
	{"quoted From",
	 "From a\nA: 1\n\n>From x\n>>From y\n>Frog\n> From z\n\n",
	 0,
	 {"A: 1\n\nFrom x\n>From y\n>Frog\n> From z\n"}},
	{"header only", "From a\nA: 1\n\n\nFrom b\nA: 2\n\n", 0, {"A: 1\n\n", "A: 2\n"}},
	{"empty message", "From a\n\nFrom b\nA: 2\n\n", 0, {"", "A: 2\n"}},
	{"separator at the end", "From a\nA: 1\n\nFrom b\n", 0, {"A: 1\n", ""}},
	{"separator cut off", "From a\nA: 1\n\nFrom b", 0, {"A: 1\n"}},
	{"NUL", "From a\nA: \0001\n\n\0\n\nFrom b\nB", 25, {"A: \0001\n\n\0\n", "B"}},
};

static size_t message_length(size_t i, size_t n)
{
	/* The only message with NULs in it is the first of the last case. */
	return i == ARRAY_SIZE(cases) - 1 && n == 0 ? 9 : strlen(cases[i].messages[n]);
}

struct feed {
	int fd;
	const char *bytes;
	size_t len, step;
};

static void *feed_bytes(void *context)
{
	struct feed *f = context;

	for (size_t at = 0; at < f->len; at += f->step) {
		size_t n = f->len - at < f->step ? f->len - at : f->step;

		if (write(f->fd, f->bytes + at, n) < 0)
			break;
	}
	close(f->fd);
	return NULL;
}

static struct source *start_feed(struct feed *f, pthread_t *thread)
{
	struct source *source;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	f->fd = fds[1];
	assert_int_equal(pthread_create(thread, NULL, feed_bytes, f), 0);
	source = source_stream(fds[0], LIMIT, -1);
	assert_non_null(source);
	return source;
}

static void run_case(size_t i, size_t step)
{
	struct feed feed = {.bytes = cases[i].input, .step = step};
	struct buf out = {0};
	struct source *source;
	pthread_t thread;

	feed.len = cases[i].len ? cases[i].len : strlen(cases[i].input);
	source = start_feed(&feed, &thread);
	buf_add_str(&out, "before");
	for (size_t n = 0; n < MESSAGES_MAX && cases[i].messages[n]; n++) {
		size_t len = message_length(i, n);

		out.len = 6;
		assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
		assert_int_equal(out.len, 6 + len);
		assert_memory_equal(out.data, "before", 6);
		assert_memory_equal(out.data + 6, cases[i].messages[n], len);
	}
	out.len = 6;
	assert_int_equal(source->next(source, &out), SOURCE_END);
	assert_int_equal(source->next(source, &out), SOURCE_END);
	assert_int_equal(out.len, 6);
	assert_int_equal(source->done, feed.len);
	pthread_join(thread, NULL);
	source_close(source);
	buf_finish(&out);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("%s\n", cases[i].name);
		run_case(i, 1000);
		run_case(i, 1);
	}
}

/* Lines longer than the window, and lines that end at its edge, come through whole. */
static void test_long_lines(void **state)
{
	static const size_t lengths[] = {65500, 65534, 65535, 65536, 65537, 131072, 200000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct buf in = {0}, out = {0};
		struct feed feed = {.step = 4096};
		struct source *source;
		pthread_t thread;
		char *line = malloc(lengths[i]);

		assert_non_null(line);
		memset(line, 'x', lengths[i]);
		buf_add_str(&in, "From a\n");
		buf_add(&in, line, lengths[i]);
		buf_add_str(&in, "\n\nFrom b ");
		buf_add(&in, line, lengths[i]);
		buf_add_str(&in, "\nFrom c\n");
		feed.bytes = in.data, feed.len = in.len;
		source = start_feed(&feed, &thread);
		source->limit = 1 << 20;
		assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
		assert_int_equal(out.len, lengths[i] + 1);
		assert_memory_equal(out.data, line, lengths[i]);
		buf_reset(&out);
		assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
		assert_true(slice_eq(buf_slice(&out), SLICE("From c\n")));
		pthread_join(thread, NULL);
		source_close(source);
		buf_finish(&in);
		buf_finish(&out);
		free(line);
	}
}

/* One too big is passed over; what follows is read. */
static void test_limit(void **state)
{
	struct buf in = {0}, out = {0};
	struct feed feed = {.step = 100};
	struct source *source;
	pthread_t thread;

	(void)state;
	for (size_t len = LIMIT - 1; len <= LIMIT + 1; len++) {
		buf_add_str(&in, "From a\n");
		for (size_t i = 0; i < len - 1; i++)
			buf_add_char(&in, i % 50 == 49 ? '\n' : 'a');
		buf_add_str(&in, "\n\n");
	}
	buf_add_str(&in, "From b\nlast\n");
	feed.bytes = in.data, feed.len = in.len;
	source = start_feed(&feed, &thread);
	assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
	assert_int_equal(out.len, LIMIT - 1);
	assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
	assert_int_equal(out.len, LIMIT - 1 + LIMIT);
	assert_int_equal(source->next(source, &out), SOURCE_TOO_BIG);
	assert_int_equal(out.len, LIMIT - 1 + LIMIT);
	buf_reset(&out);
	assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
	assert_true(slice_eq(buf_slice(&out), SLICE("last\n")));
	pthread_join(thread, NULL);
	source_close(source);
	buf_finish(&in);
	buf_finish(&out);
}

static void test_stop(void **state)
{
	struct buf out = {0};
	struct source *source;
	int input[2], stop[2];

	(void)state;
	assert_int_equal(pipe(input), 0);
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(input[1], "From a\nhalf", 11), 11);
	assert_int_equal(write(stop[1], "x", 1), 1);
	source = source_stream(input[0], LIMIT, stop[0]);
	assert_non_null(source);
	assert_int_equal(source->next(source, &out), SOURCE_STOPPED);
	assert_int_equal(out.len, 0);
	source_close(source);
	close(input[1]);
	close(stop[0]);
	close(stop[1]);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
