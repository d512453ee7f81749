/* SPDX-License-Identifier: ISC */
#include "../../../auth/auth.h"
#include "../../../auth/scram.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

struct fixture {
	char folder[64];
	char file[96];
	struct auth *admin, *server;
};

static struct auth *open_auth(const struct fixture *f, unsigned flags)
{
	struct auth *a = NULL;
	char why[512];
	if (auth_open(f->file, flags, &a, why, sizeof(why)) != AUTH_OK)
		fail_msg("auth_open: %s", why);
	return a;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");
	snprintf(f->folder, sizeof(f->folder), "%s/auth-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->file, sizeof(f->file), "%s/accounts.db", f->folder);
	umask(0);
	f->server = open_auth(f, AUTH_READ);
	f->admin = open_auth(f, AUTH_WRITE | AUTH_CREATE);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	auth_close(f->admin);
	auth_close(f->server);
	unlink(f->file);
	int left = rmdir(f->folder);
	free(f);
	return left;
}

static int set(struct auth *a, const char *name, const char *password)
{
	char *copy = strdup(password);
	int status = auth_account_set(a, name, copy, strlen(password), true);
	free(copy);
	return status;
}

static int verify_bytes(struct auth *a, const char *name, const void *password, size_t len)
{
	char *copy = malloc(len ? len : 1);
	memcpy(copy, password, len);
	int status = auth_verify(a, name, copy, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(copy[i], 0);
	free(copy);
	return status;
}

static int verify(struct auth *a, const char *name, const char *password)
{
	return verify_bytes(a, name, password, strlen(password));
}

static void execute(const struct fixture *f, const char *sql)
{
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_reader_sees_changes(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(verify(f->server, "global", "first password"), AUTH_DENIED);
	assert_int_equal(set(f->admin, "global", "first password"), AUTH_OK);
	assert_int_equal(verify(f->server, "global", "first password"), AUTH_OK);
	assert_int_equal(set(f->admin, "global", "second password"), AUTH_OK);
	assert_int_equal(verify(f->server, "global", "first password"), AUTH_DENIED);
	assert_int_equal(verify(f->server, "global", "second password"), AUTH_OK);
	assert_int_equal(auth_account_remove(f->admin, "global"), AUTH_OK);
	assert_int_equal(verify(f->server, "global", "second password"), AUTH_DENIED);
	assert_int_equal(auth_account_remove(f->admin, "global"), AUTH_NOT_FOUND);
}

static void a_reader_may_come_first(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(unlink(f->file), 0);
	char why[512] = "";
	assert_int_equal(verify(f->server, "global", "a password"), AUTH_UNAVAILABLE);
	auth_errmsg(f->server, why, sizeof(why));
	assert_non_null(strstr(why, f->file));
	struct auth *none = NULL;
	assert_int_equal(auth_open(f->file, AUTH_WRITE, &none, why, sizeof(why)), AUTH_UNAVAILABLE);
	assert_null(none);
	struct auth *again = open_auth(f, AUTH_CREATE);
	assert_int_equal(set(again, "global", "a password"), AUTH_OK);
	assert_int_equal(verify(f->server, "global", "a password"), AUTH_OK);
	auth_close(again);
}

static void a_reader_changes_nothing(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(set(f->admin, "global", "a password"), AUTH_OK);
	assert_int_equal(set(f->server, "global", "another password"), AUTH_UNAVAILABLE);
	assert_int_equal(auth_account_remove(f->server, "global"), AUTH_UNAVAILABLE);
	assert_int_equal(verify(f->server, "global", "a password"), AUTH_OK);
}

static void good_logins_cost_one_hash(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(set(f->admin, "global", "a password"), AUTH_OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(verify(f->server, "global", "a password"), AUTH_OK);
	assert_int_equal(auth_work(f->server), 1);
	/* The same password set anew is another hash: the cache holds nothing for it. */
	assert_int_equal(set(f->admin, "global", "a password"), AUTH_OK);
	assert_int_equal(verify(f->server, "global", "a password"), AUTH_OK);
	assert_int_equal(auth_work(f->server), 2);
}

static void unknown_names_cost_the_same(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(set(f->admin, "global", "a password"), AUTH_OK);
	static const char *const names[] = {"global", "globa", "nobody", "' OR 1=1--", "%n%s", "GLOBAL"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t before = auth_work(f->server);
		assert_int_equal(verify(f->server, names[i], "not the password"), AUTH_DENIED);
		assert_int_equal(auth_work(f->server), before + 1);
	}
}

static void what_is_denied_without_work(void **state)
{
	struct fixture *f = *state;
	static char password[AUTH_PASSWORD_MAX + 1];
	memset(password, 'p', sizeof(password));
	assert_int_equal(set(f->admin, "global", ""), AUTH_INVALID);
	char *longest = malloc(AUTH_PASSWORD_MAX);
	memcpy(longest, password, AUTH_PASSWORD_MAX);
	assert_int_equal(auth_account_set(f->admin, "global", longest, AUTH_PASSWORD_MAX, true), AUTH_OK);
	free(longest);
	assert_int_equal(verify_bytes(f->server, "global", password, 0), AUTH_DENIED);
	assert_int_equal(verify_bytes(f->server, "global", password, AUTH_PASSWORD_MAX + 1), AUTH_DENIED);
	assert_int_equal(verify_bytes(f->server, "global", "nul\0inside", 10), AUTH_DENIED);
	assert_int_equal(verify(f->server, "", "a password"), AUTH_DENIED);
	assert_int_equal(verify(f->server, "\xff", "a password"), AUTH_DENIED);
	assert_int_equal(auth_work(f->server), 0);
	assert_int_equal(verify_bytes(f->server, "global", password, AUTH_PASSWORD_MAX), AUTH_OK);
}

static void nothing_is_cut(void **state)
{
	struct fixture *f = *state;
	char one[100], two[100];
	memset(one, 'p', sizeof(one));
	memcpy(two, one, sizeof(two));
	two[72] = 'q';
	char *copy = malloc(sizeof(one));
	memcpy(copy, one, sizeof(one));
	assert_int_equal(auth_account_set(f->admin, "global", copy, sizeof(one), true), AUTH_OK);
	free(copy);
	assert_int_equal(verify_bytes(f->server, "global", two, sizeof(two)), AUTH_DENIED);
	assert_int_equal(verify_bytes(f->server, "global", one, sizeof(one) - 1), AUTH_DENIED);
	assert_int_equal(verify_bytes(f->server, "global", one, sizeof(one)), AUTH_OK);
}

static void bad_names_and_passwords_are_explained(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *name, *password, *why;
	} cases[] = {{"", "good password", "name"},
		     {"a\nb", "good password", "control"},
		     {"global", "short", "shorter"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[512];
		assert_int_equal(set(f->admin, cases[i].name, cases[i].password), AUTH_INVALID);
		auth_errmsg(f->admin, why, sizeof(why));
		assert_non_null(strstr(why, cases[i].why));
	}
}

static void setting_wipes(void **state)
{
	struct fixture *f = *state;
	char good[] = "a password", bad[] = "short";
	assert_int_equal(auth_account_set(f->admin, "global", good, strlen(good), true), AUTH_OK);
	assert_int_equal(auth_account_set(f->admin, "global", bad, strlen(bad), true), AUTH_INVALID);
	static const char zeros[sizeof(good)] = {0};
	assert_memory_equal(good, zeros, sizeof(good));
	assert_memory_equal(bad, zeros, sizeof(bad));
}

/* A hash that would take 4 GiB, another algorithm, junk: never computed. */
static void stored_costs_are_bounded(void **state)
{
	struct fixture *f = *state;
	static const char *const hashes[] = {
		"$argon2id$v=19$m=4194304,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$"
		"aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"$argon2i$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$"
		"aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"junk",
		"",
	};
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		char sql[400], why[512] = "";
		snprintf(sql, sizeof(sql),
			 "REPLACE INTO account(name, hash, changed) VALUES('global', '%s', 0)", hashes[i]);
		execute(f, sql);
		assert_int_equal(verify(f->server, "global", "a password"), AUTH_UNAVAILABLE);
		assert_int_equal(auth_work(f->server), 0);
		struct auth *none = NULL;
		assert_int_equal(auth_open(f->file, AUTH_READ, &none, why, sizeof(why)), AUTH_UNAVAILABLE);
		assert_non_null(strstr(why, "'global'"));
	}
	/* The administrator can still put it right. */
	struct auth *admin = open_auth(f, AUTH_WRITE);
	assert_int_equal(set(admin, "global", "a password"), AUTH_OK);
	assert_int_equal(verify(f->server, "global", "a password"), AUTH_OK);
	auth_close(admin);
}

static void lists_by_name(void **state)
{
	struct fixture *f = *state;
	struct auth_account *list = NULL;
	size_t count = 9;
	assert_int_equal(auth_account_list(f->admin, &list, &count), AUTH_OK);
	assert_int_equal(count, 0);
	free(list);
	assert_int_equal(set(f->admin, "second", "a password"), AUTH_OK);
	assert_int_equal(set(f->admin, "first", "a password"), AUTH_OK);
	assert_int_equal(set(f->admin, "second", "another password"), AUTH_OK);
	assert_int_equal(auth_account_list(f->server, &list, &count), AUTH_OK);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].name, "first");
	assert_string_equal(list[1].name, "second");
	assert_true(list[1].changed > 1600000000);
	free(list);
}

static void the_file_is_closed_to_others(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	assert_int_equal(set(f->admin, "global", "a password"), AUTH_OK);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(chmod(f->file, 0644), 0);
	assert_int_equal(verify(f->server, "global", "a password"), AUTH_UNAVAILABLE);
	char why[512];
	struct auth *none = NULL;
	assert_int_equal(auth_open(f->file, AUTH_READ, &none, why, sizeof(why)), AUTH_UNAVAILABLE);
	assert_non_null(strstr(why, "chmod"));
}

static void what_is_no_accounts_file(void **state)
{
	struct fixture *f = *state;
	char why[512];
	struct auth *none = NULL;
	execute(f, "PRAGMA user_version=2");
	assert_int_equal(auth_open(f->file, AUTH_READ, &none, why, sizeof(why)), AUTH_UNAVAILABLE);
	assert_non_null(strstr(why, "newer"));
	int fd = open(f->file, O_WRONLY | O_TRUNC);
	static const char text[4096] = "this is no database";
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	assert_int_equal(auth_open(f->file, AUTH_WRITE, &none, why, sizeof(why)), AUTH_UNAVAILABLE);
	assert_int_equal(auth_open(f->folder, AUTH_READ, &none, why, sizeof(why)), AUTH_UNAVAILABLE);
	assert_int_equal(auth_open(f->file, AUTH_READ, &none, NULL, 0), AUTH_UNAVAILABLE);
	assert_null(none);
}

static void *verify_often(void *context)
{
	struct fixture *f = context;
	size_t wrong = 0;
	for (int i = 0; i < 20; i++)
		wrong += verify(f->server, "global", "a password") != AUTH_OK;
	wrong += verify(f->server, "global", "another password") != AUTH_DENIED;
	return (void *)wrong;
}

/* One handle for all threads, while the administrator changes another account. */
static void threads_share_a_handle(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[4];
	assert_int_equal(set(f->admin, "global", "a password"), AUTH_OK);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, verify_often, f), 0);
	assert_int_equal(set(f->admin, "other", "a password"), AUTH_OK);
	for (size_t i = 0; i < 4; i++) {
		void *wrong;
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_in_range(auth_work(f->server), 5, 8);
}

static void texts_exist(void **state)
{
	(void)state;
	for (int status = AUTH_INVALID; status <= AUTH_OK; status++)
		assert_string_not_equal(auth_strerror(status), auth_strerror(1));
	auth_close(NULL);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static int scram_first(struct auth *a, const char *name, char out[SCRAM_MESSAGE_MAX])
{
	char message[300];
	struct scram s = {.header = ""};
	snprintf(message, sizeof(message), "n,,n=%s,r=abc", name);
	return auth_scram_first(a, &s, message, strlen(message), out);
}

/* The salt of an answer. */
static const char *salt_of(const char *out)
{
	return strstr(out, ",s=");
}

static void scram_needs_keys_for_all(void **state)
{
	struct fixture *f = *state;
	char one[SCRAM_MESSAGE_MAX], two[SCRAM_MESSAGE_MAX];
	assert_false(auth_scram_offered(f->server));
	assert_int_equal(set(f->admin, "global", "correct horse"), AUTH_OK);
	assert_true(auth_scram_offered(f->server));
	assert_int_equal(set(f->admin, "other", "gr\xc3\xbc\xc3\x9f dich"), AUTH_OK);
	assert_false(auth_scram_offered(f->server));
	assert_int_equal(auth_account_remove(f->admin, "other"), AUTH_OK);
	assert_true(auth_scram_offered(f->server));
	/* the salt of an unknown name is its own, and stays */
	assert_int_equal(scram_first(f->server, "nobody", one), AUTH_OK);
	assert_int_equal(scram_first(f->admin, "nobody", two), AUTH_OK);
	assert_string_equal(salt_of(one), salt_of(two));
	assert_string_not_equal(one, two);
	assert_int_equal(scram_first(f->server, "global", two), AUTH_OK);
	assert_string_not_equal(salt_of(one), salt_of(two));
	assert_int_equal(scram_first(f->server, "nobody2", two), AUTH_OK);
	assert_string_not_equal(salt_of(one), salt_of(two));
	assert_int_equal(scram_first(f->server, "", two), AUTH_DENIED);
	/* a new password has a new salt */
	assert_int_equal(scram_first(f->server, "global", one), AUTH_OK);
	assert_int_equal(set(f->admin, "global", "correct horse"), AUTH_OK);
	assert_int_equal(scram_first(f->server, "global", two), AUTH_OK);
	assert_string_not_equal(salt_of(one), salt_of(two));
}

static void without_scram_no_keys_are_kept(void **state)
{
	struct fixture *f = *state;
	struct auth_account *list;
	char password[] = "correct horse";
	size_t count;
	assert_int_equal(set(f->admin, "global", "correct horse"), AUTH_OK);
	assert_int_equal(auth_account_set(f->admin, "global", password, strlen(password), false), AUTH_OK);
	assert_false(auth_scram_offered(f->server));
	assert_int_equal(auth_account_list(f->server, &list, &count), AUTH_OK);
	assert_false(list[0].scram);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(a_reader_sees_changes),
		WITH_FILE(a_reader_may_come_first),
		WITH_FILE(a_reader_changes_nothing),
		WITH_FILE(good_logins_cost_one_hash),
		WITH_FILE(unknown_names_cost_the_same),
		WITH_FILE(what_is_denied_without_work),
		WITH_FILE(nothing_is_cut),
		WITH_FILE(bad_names_and_passwords_are_explained),
		WITH_FILE(setting_wipes),
		WITH_FILE(stored_costs_are_bounded),
		WITH_FILE(lists_by_name),
		WITH_FILE(threads_share_a_handle),
		WITH_FILE(the_file_is_closed_to_others),
		WITH_FILE(what_is_no_accounts_file),
		WITH_FILE(scram_needs_keys_for_all),
		WITH_FILE(without_scram_no_keys_are_kept),
		cmocka_unit_test(texts_exist),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
