/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"
#include "tmpstore.h"

enum { DAY = 86400, NOW = 1700000000 };

static void reads_periods(void **state)
{
	static const struct {
		const char *text;
		struct quarantine_keep keep;
	} good[] = {
		{"14d", {0, "", 14 * DAY}},
		{"0d", {0, "", 0}},
		{"36h", {0, "", 36 * 3600}},
		{"5m", {0, "", 300}},
		{"never", {0, "", QUARANTINE_KEEP_FOREVER}},
		{"outgoing=1d", {QUARANTINE_OUTGOING, "", DAY}},
		{"incoming/virus=never", {QUARANTINE_INCOMING, "virus", QUARANTINE_KEEP_FOREVER}},
		{"spam=100000d", {0, "spam", (int64_t)100000 * DAY}},
	};
	static const char *const bad[] = {"",       "14",   "d",       "-1d",      "14dd",
					  "=14d",   "spam", "spam=",   "spam/=1d", "outgoing/=1d",
					  "a/b=1d", "1e5d", "100001d", " 1d",      "99999999999999999999d"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct quarantine_keep keep;

		assert_true(quarantine_keep_read(good[i].text, &keep));
		assert_int_equal(keep.direction, good[i].keep.direction);
		assert_string_equal(keep.class_name, good[i].keep.class_name);
		assert_true(keep.seconds == good[i].keep.seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct quarantine_keep keep;

		assert_false(quarantine_keep_read(bad[i], &keep));
	}
}

static void classes_have_a_greatest_length(void **state)
{
	char text[80];
	struct quarantine_keep keep;

	(void)state;
	for (int len = QUARANTINE_CLASS_MAX - 1; len <= QUARANTINE_CLASS_MAX + 1; len++) {
		memset(text, 'x', (size_t)len);
		strcpy(text + len, "=1d");
		assert_int_equal(quarantine_keep_read(text, &keep), len <= QUARANTINE_CLASS_MAX);
	}
}

static void put_aged(struct tmpstore *t, enum quarantine_direction direction, const char *class_name,
		     int64_t age)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	env.direction = direction;
	env.class_name = class_name;
	env.received = NOW - age;
	assert_int_equal(quarantine_deliver(t->q, &env, "Subject: x\r\n\r\n", 14, NULL), QUARANTINE_OK);
}

static size_t expire(struct tmpstore *t, const char *const *periods)
{
	struct quarantine_keep keep[8];
	struct quarantine_expiry pass = {.keep = keep, .now = NOW};
	size_t total = 0;

	for (; periods[pass.count]; pass.count++)
		assert_true(quarantine_keep_read(periods[pass.count], &keep[pass.count]));
	while (!pass.finished) {
		size_t done = 1000;

		assert_int_equal(quarantine_expire(t->q, &pass, &done), QUARANTINE_OK);
		total += done;
	}
	return total;
}

static void two_weeks_are_the_default(void **state)
{
	struct tmpstore *t = *state;
	int64_t notice;

	put_aged(t, QUARANTINE_OUTGOING, "spam", 14 * DAY + 1);
	put_aged(t, QUARANTINE_OUTGOING, "spam", 14 * DAY);
	put_aged(t, QUARANTINE_OUTGOING, NULL, 15 * DAY);
	put_aged(t, QUARANTINE_INCOMING, "virus", 15 * DAY);
	put_aged(t, QUARANTINE_INCOMING, "virus", 13 * DAY);
	put_aged(t, QUARANTINE_INCOMING, "virus", -DAY);
	assert_int_equal(quarantine_notice(t->q, "Subject: n\r\n\r\n", 14, &notice), QUARANTINE_OK);
	assert_int_equal(expire(t, (const char *[]){NULL}), 3);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 1);
	assert_int_equal(mailbox_of(t->q, "Incoming").messages, 2);
	assert_int_equal(expire(t, (const char *[]){"0m", NULL}), 2);
	assert_int_equal(mailbox_of(t->q, "INBOX").messages, 1);
	check_sound(t);
}

static void what_says_more_wins(void **state)
{
	struct tmpstore *t = *state;

	for (int age = 1; age <= 40; age++) {
		put_aged(t, QUARANTINE_OUTGOING, "spam", age * DAY + 1);
		put_aged(t, QUARANTINE_OUTGOING, "virus", age * DAY + 1);
		put_aged(t, QUARANTINE_INCOMING, "spam", age * DAY + 1);
		put_aged(t, QUARANTINE_INCOMING, NULL, age * DAY + 1);
	}
	/* 10 spam out, 20 virus, 30 spam in, none of the rest of incoming. */
	assert_int_equal(expire(t, (const char *[]){"outgoing/spam=30d", "virus=20d", "spam=10d",
						    "incoming=never", "outgoing=5d", NULL}),
			 11 + 21 + 31);
	assert_int_equal(expire(t, (const char *[]){"never", "never", "incoming=35d", NULL}), 6);
	check_sound(t);
}

static void old_mail_is_found_at_any_uid(void **state)
{
	struct tmpstore *t = *state;

	for (int i = 0; i < 450; i++)
		put_aged(t, QUARANTINE_OUTGOING, "spam", i % 3 == 0 ? 20 * DAY : DAY);
	assert_int_equal(expire(t, (const char *[]){NULL}), 150);
	assert_int_equal(expire(t, (const char *[]){NULL}), 0);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 300);
	assert_int_equal(ask(t, "SELECT count(*) FROM entry WHERE gone = 3"), 150);
	check_sound(t);
}

/* A store that has run for years: the messages of two weeks stand at the end of very many UIDs. */
static void what_is_gone_costs_nothing(void **state)
{
	struct quarantine_expiry pass = {.now = NOW};
	struct tmpstore *t = *state;
	unsigned calls = 0;
	size_t done, total = 0;
	int64_t at = 0;

	put_aged(t, QUARANTINE_OUTGOING, "spam", 20 * DAY);
	assert_int_equal(sqlite3_exec(t->q->db, "UPDATE mailbox SET uidnext = 4000000000 WHERE id = 2", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	put_aged(t, QUARANTINE_OUTGOING, "spam", 20 * DAY);
	for (; !pass.finished; calls++, total += done)
		assert_int_equal(quarantine_expire(t->q, &pass, &done), QUARANTINE_OK);
	assert_int_equal(total, 2);
	assert_in_range(calls, 1, 8);
	assert_int_equal(quarantine_expired_at(t->q, &at), QUARANTINE_OK);
	assert_int_equal(at, pass.now);
	check_sound(t);
}

static void tombstones_say_expired(void **state)
{
	struct tmpstore *t = *state;
	size_t done = 0;

	for (int i = 0; i < 5; i++)
		put_aged(t, QUARANTINE_OUTGOING, "spam", 20 * DAY);
	assert_int_equal(expire(t, (const char *[]){NULL}), 5);
	assert_int_equal(quarantine_purge(t->q, (int64_t)time(NULL) + 1, 100, &done), QUARANTINE_OK);
	assert_int_equal(done, 5);
	assert_int_equal(ask(t, "SELECT last_uid FROM tombstone WHERE first_uid = 1 AND reason = 3"), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_periods),          cmocka_unit_test(classes_have_a_greatest_length),
		store_test(two_weeks_are_the_default),    store_test(what_says_more_wins),
		store_test(old_mail_is_found_at_any_uid), store_test(what_is_gone_costs_nothing),
		store_test(tombstones_say_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
