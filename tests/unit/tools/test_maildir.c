/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../tools/quarantine/source.h"

static char folder[64];

static void make_file(const char *name, const char *text)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void remove_path(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(remove(path), 0);
}

static int setup(void **state)
{
	char path[200];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_maildir.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, (const char *[]){"cur", "new", "tmp"}[i]);
		if (mkdir(path, 0700) != 0)
			return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_path("cur");
	remove_path("new");
	remove_path("tmp");
	return rmdir(folder);
}

/* In the order of arrival, over both folders; what is in tmp or begins with a dot is no message. */
static void test_order(void **state)
{
	static const char *const expected[][2] = {
		{"999.M1P2.host", "first"},
		{"1000.M5P2.host", "second"},
		{"1000.M7P2.host", "third"},
		{"1001.a", "fourth"},
	};
	struct source *source;
	struct buf out = {0};

	(void)state;
	make_file("cur/1000.M7P2.host:2,S", "third");
	make_file("new/1001.a", "fourth");
	make_file("new/1000.M5P2.host", "second");
	make_file("cur/999.M1P2.host:2,RS", "first");
	make_file("cur/.hidden", "no");
	make_file("tmp/1.a", "no");
	source = source_maildir(folder, 1000);
	assert_non_null(source);
	assert_int_equal(source->total, 4);
	for (size_t i = 0; i < 4; i++) {
		buf_reset(&out);
		assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
		assert_true(slice_eq(buf_slice(&out), slice_str(expected[i][1])));
		assert_string_equal(source->place, expected[i][0]);
		assert_int_equal(source->done, i + 1);
	}
	assert_int_equal(source->next(source, &out), SOURCE_END);
	source_close(source);
	buf_finish(&out);
	remove_path("cur/1000.M7P2.host:2,S");
	remove_path("new/1001.a");
	remove_path("new/1000.M5P2.host");
	remove_path("cur/999.M1P2.host:2,RS");
	remove_path("cur/.hidden");
	remove_path("tmp/1.a");
}

/* What cannot be read or is too big is passed over. */
static void test_faults(void **state)
{
	struct source *source;
	struct buf out = {0};

	(void)state;
	make_file("cur/1.gone", "gone");
	make_file("cur/2.big", "0123456789a");
	make_file("cur/3.fits", "0123456789");
	source = source_maildir(folder, 10);
	assert_non_null(source);
	remove_path("cur/1.gone");
	assert_int_equal(source->next(source, &out), SOURCE_UNREADABLE);
	assert_int_equal(source->next(source, &out), SOURCE_TOO_BIG);
	assert_int_equal(out.len, 0);
	assert_int_equal(source->next(source, &out), SOURCE_MESSAGE);
	assert_int_equal(out.len, 10);
	source_close(source);
	buf_finish(&out);
	remove_path("cur/2.big");
	remove_path("cur/3.fits");
}

static void test_no_maildir(void **state)
{
	(void)state;
	assert_null(source_maildir("/nonexistent", 10));
	assert_int_equal(errno, ENOENT);
	assert_null(source_maildir("/", 10));
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_no_maildir),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
