/* SPDX-License-Identifier: ISC */
#include "../../../imapd/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../store/base/slice.h"

static char folder[] = "/tmp/test-config-XXXXXX";
static char file[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/conf", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(folder);
}

static void write_file(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_defaults(void **state)
{
	struct config c;

	(void)state;
	config_init(&c);
	assert_int_equal(c.store_workers, 2);
	assert_int_equal(c.line, 1024 * 1024);
	assert_int_equal(c.purge_after, 86400);
	assert_int_equal(config_plaintext(&c), PLAINTEXT_LOOPBACK);
	assert_null(c.store);
	config_finish(&c);
}

static void test_reads(void **state)
{
	struct config c;
	char why[256] = "";

	(void)state;
	write_file("# a remark\n"
		   "store = /var/lib/quarantine\n"
		   "listen = {\"127.0.0.1:143\", \"[::1]:143\"}\n"
		   "allow-plaintext-login = never\n"
		   "max-connections = 50  // another\n");
	config_init(&c);
	if (!config_read(&c, file, why, sizeof(why)))
		fail_msg("%s", why);
	assert_string_equal(c.store, "/var/lib/quarantine");
	assert_int_equal(c.listen.count, 2);
	assert_string_equal(c.listen.item[1], "[::1]:143");
	assert_null(c.listen.item[2]);
	assert_int_equal(config_plaintext(&c), PLAINTEXT_NEVER);
	assert_int_equal(c.max_connections, 50);
	assert_int_equal(c.heartbeat, 120);
	assert_true(config_check(&c, why, sizeof(why)));
	assert_string_equal(c.accounts, "/var/lib/quarantine/accounts.db");
	config_finish(&c);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text, *line, *word;
	} cases[] = {
		{"stroe = /x\n", ":1: ", "stroe"},
		{"store = /x\n\nheartbeat = soon\n", ":3: ", "heartbeat"},
		{"heartbeat = 0\n", ":1: ", "from 1 to 3600"},
		{"heartbeat = 999999999999999999999\n", ":1: ", "heartbeat"},
		{"store = \"\"\n", ":1: ", "must not be empty"},
		{"allow-plaintext-login = sometimes\n", ":1: ", "loopback never always"},
		{"allow-plaintext-login = loop\n", ":1: ", "loopback never always"},
		{"listen = {\"a:1\"\n", ":", ""},
		{"\" complaint\"(1)\n", ":1: ", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config c;
		char why[256] = "", place[80];

		write_file(cases[i].text);
		config_init(&c);
		assert_false(config_read(&c, file, why, sizeof(why)));
		snprintf(place, sizeof(place), "%s%s", file, cases[i].line);
		if (strncmp(why, place, strlen(place)) != 0 || !strstr(why, cases[i].word))
			fail_msg("case %zu: %s", i, why);
		config_finish(&c);
	}
}

static void test_refuses_no_file(void **state)
{
	struct config c;
	char why[256];

	(void)state;
	config_init(&c);
	assert_false(config_read(&c, "/nonexistent/conf", why, sizeof(why)));
	assert_string_equal(why, "/nonexistent/conf: No such file or directory");
	assert_false(config_read(&c, folder, why, sizeof(why)));
	assert_non_null(strstr(why, "not a file"));
	config_finish(&c);
}

static void test_overrides(void **state)
{
	static const struct config_override good[] = {
		{"listen", "127.0.0.1:0"}, {"listen", "[::1]:0"}, {"store", "/there"}};
	static const struct config_override bad[] = {
		{"log-level", "loud"}, {"heartbeat", "1"}, {"nothing", "x"}};
	struct config c;
	char why[256];

	(void)state;
	write_file("store = /here\nlisten = {\"0.0.0.0:143\"}\n");
	config_init(&c);
	assert_true(config_read(&c, file, why, sizeof(why)));
	assert_true(config_apply(&c, good, ARRAY_SIZE(good), why, sizeof(why)));
	assert_string_equal(c.store, "/there");
	assert_int_equal(c.listen.count, 2);
	assert_string_equal(c.listen.item[0], "127.0.0.1:0");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(config_apply(&c, &bad[i], 1, why, sizeof(why)));
	config_finish(&c);
}

static void test_checks(void **state)
{
	static const struct {
		struct config_override set[3];
		size_t count;
		const char *word;
	} cases[] = {
		{{{"listen", "127.0.0.1:0"}}, 1, "no store"},
		{{{"store", "/x"}, {"certificate", "c.pem"}}, 2, "both or none"},
		{{{"store", "/x"}, {"listen-tls", "127.0.0.1:0"}}, 2, "needs a certificate"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config c;
		char why[256];

		config_init(&c);
		assert_true(config_apply(&c, cases[i].set, cases[i].count, why, sizeof(why)));
		assert_false(config_check(&c, why, sizeof(why)));
		assert_non_null(strstr(why, cases[i].word));
		config_finish(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),  cmocka_unit_test(test_reads),
		cmocka_unit_test(test_refuses),   cmocka_unit_test(test_refuses_no_file),
		cmocka_unit_test(test_overrides), cmocka_unit_test(test_checks),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
