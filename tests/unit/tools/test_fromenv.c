/* SPDX-License-Identifier: ISC
 *
 * Where the facts of a delivery come from: command line, environment, and what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../tools/deliver/envelope.h"
#include "../../../tools/deliver/fromenv.h"
#include "../../../tools/deliver/options.h"

static void set(const char *name, const char *value)
{
	if (value)
		assert_int_equal(setenv(name, value, 1), 0);
	else
		assert_int_equal(unsetenv(name), 0);
}

static const char *const names[] = {"SENDER",    "RECIPIENT",   "AUTH_USER", "AUTH_DOMAIN", "IDENTITY",
				    "CLIENT_IP", "CLIENT_NAME", "HELO",      "QUEUE_ID",    "CLASS",
				    "SUBCLASS",  "SCORE",       "EVIDENCE",  "ACTION"};

static int clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		set(names[i], NULL);
	return 0;
}

static void test_every_variable(void **state)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		set(names[i], names[i]);
	set("SCORE", "-1.5e1");
	assert_true(fromenv_fill(&env, &arena));
	assert_string_equal(env.sender, "SENDER");
	assert_int_equal(env.recipient_count, 1);
	assert_string_equal(env.recipients[0], "RECIPIENT");
	assert_string_equal(env.auth_user, "AUTH_USER");
	assert_string_equal(env.auth_domain, "AUTH_DOMAIN");
	assert_string_equal(env.identity, "IDENTITY");
	assert_string_equal(env.client_address, "CLIENT_IP");
	assert_string_equal(env.client_name, "CLIENT_NAME");
	assert_string_equal(env.helo, "HELO");
	assert_string_equal(env.queue_id, "QUEUE_ID");
	assert_string_equal(env.class_name, "CLASS");
	assert_string_equal(env.sub_class, "SUBCLASS");
	assert_string_equal(env.evidence, "EVIDENCE");
	assert_string_equal(env.action, "ACTION");
	assert_non_null(env.score);
	assert_true(*env.score < -14.99 && *env.score > -15.01);
	arena_finish(&arena);
}

static void test_empty_is_absent(void **state)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct arena arena = {0};

	(void)state;
	assert_true(fromenv_fill(&env, &arena));
	assert_null(env.sender);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		set(names[i], "");
	assert_true(fromenv_fill(&env, &arena));
	assert_string_equal(env.sender, "");
	assert_int_equal(env.recipient_count, 0);
	assert_null(env.auth_user);
	assert_null(env.class_name);
	assert_null(env.score);
	arena_finish(&arena);
}

static void test_given_wins(void **state)
{
	const char *recipient = "given@x";
	double score = 1;
	struct quarantine_envelope env = {.size = sizeof(env),
					  .sender = "",
					  .recipients = &recipient,
					  .recipient_count = 1,
					  .auth_user = "given",
					  .score = &score};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		set(names[i], "9");
	assert_true(fromenv_fill(&env, &arena));
	assert_string_equal(env.sender, "");
	assert_int_equal(env.recipient_count, 1);
	assert_string_equal(env.recipients[0], "given@x");
	assert_string_equal(env.auth_user, "given");
	assert_ptr_equal(env.score, &score);
	assert_string_equal(env.helo, "9");
	arena_finish(&arena);
}

static void test_score(void **state)
{
	static const char *const good[] = {"0", "12.3", "-4", "1e3", "1001.6"};
	static const char *const bad[] = {"", "x", "1x", "nan", "inf", "-inf", "1e999", "5 ", "1,5"};
	double score = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(score_read(good[i], &score));
	score = 7;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(score_read(bad[i], &score));
	assert_true(score > 6.9 && score < 7.1);
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* 0: malformed */
	} cases[] = {
		{"1700000000", 1700000000},
		{"2023-11-14T22:13:20Z", 1700000000},
		{"2023-11-14t22:13:20z", 1700000000},
		{"2023-11-14 22:13:20.987654321Z", 1700000000},
		{"2023-11-15T00:13:20+02:00", 1700000000},
		{"2023-11-14T16:43:20-05:30", 1700000000},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"", 0},
		{"0", 0},
		{"-5", 0},
		{"99999999999999999999", 0},
		{"2023-11-14", 0},
		{"2023-11-14T22:13:20", 0},
		{"2023-11-14T22:13:20ZZ", 0},
		{"2023-11-14T22:13:20+2:00", 0},
		{"2023-11-14T22:13:20+02:00x", 0},
		{"2023-13-14T22:13:20Z", 0},
		{"2023-11-14T24:13:20Z", 0},
		{"now", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t seconds = 0;

		assert_int_equal(time_read(cases[i].text, &seconds), cases[i].seconds != 0);
		assert_int_equal(seconds, cases[i].seconds);
	}
	/* No cut of a good time is one, but for its year, which is a number. */
	for (size_t len = 0; len < strlen(cases[3].text); len++) {
		char cut[40] = "";
		int64_t seconds;

		memcpy(cut, cases[3].text, len);
		assert_int_equal(time_read(cut, &seconds), len >= 1 && len <= 4);
	}
}

static void test_options(void **state)
{
	char *argv[] = {(char *)"quarantine-deliver",
			(char *)"--store=/s",
			(char *)"--direction",
			(char *)"incoming",
			(char *)"-f",
			(char *)"",
			(char *)"--auth-user",
			(char *)"",
			(char *)"--helo",
			(char *)"-f",
			(char *)"--score",
			(char *)"",
			(char *)"--received",
			(char *)"1700000000",
			(char *)"--spool",
			(char *)"",
			(char *)"--key",
			(char *)"k",
			(char *)"--evidence",
			(char *)"--x",
			(char *)"--",
			(char *)"-not@an.option",
			(char *)"b@c",
			NULL};
	struct options o;

	(void)state;
	options_read((int)ARRAY_SIZE(argv) - 1, argv, &o);
	assert_string_equal(o.store, "/s");
	assert_null(o.spool);
	assert_int_equal(o.envelope.direction, QUARANTINE_INCOMING);
	assert_string_equal(o.envelope.sender, "");
	assert_null(o.envelope.auth_user);
	assert_null(o.envelope.score);
	assert_string_equal(o.envelope.helo, "-f");
	assert_string_equal(o.envelope.evidence, "--x");
	assert_string_equal(o.envelope.delivery_key, "k");
	assert_int_equal(o.envelope.received, 1700000000);
	assert_int_equal(o.envelope.recipient_count, 2);
	assert_string_equal(o.envelope.recipients[0], "-not@an.option");
	assert_string_equal(o.envelope.recipients[1], "b@c");
}

static void test_text_options(void **state)
{
	static const struct {
		const char *option;
		size_t offset;
	} cases[] = {
		{"--class=v", offsetof(struct quarantine_envelope, class_name)},
		{"--sub-class=v", offsetof(struct quarantine_envelope, sub_class)},
		{"--evidence=v", offsetof(struct quarantine_envelope, evidence)},
		{"--action=v", offsetof(struct quarantine_envelope, action)},
		{"--auth-user=v", offsetof(struct quarantine_envelope, auth_user)},
		{"--auth-domain=v", offsetof(struct quarantine_envelope, auth_domain)},
		{"--identity=v", offsetof(struct quarantine_envelope, identity)},
		{"--client-ip=v", offsetof(struct quarantine_envelope, client_address)},
		{"--client-name=v", offsetof(struct quarantine_envelope, client_name)},
		{"--helo=v", offsetof(struct quarantine_envelope, helo)},
		{"--queue-id=v", offsetof(struct quarantine_envelope, queue_id)},
		{"--key=v", offsetof(struct quarantine_envelope, delivery_key)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *argv[] = {(char *)"quarantine-deliver", (char *)"--store=/s",
				(char *)"--direction=outgoing", (char *)cases[i].option, NULL};
		struct options o;

		options_read(4, argv, &o);
		for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
			const char *text = *(const char **)((char *)&o.envelope + cases[j].offset);

			assert_true(i == j ? text && strcmp(text, "v") == 0 : !text);
		}
	}
}

static void test_tidy(void **state)
{
	const char *recipients[] = {"<a@b>", "", "c@d", "<>", "<"};
	struct quarantine_envelope env = {.size = sizeof(env),
					  .sender = "<x@y>",
					  .recipients = recipients,
					  .recipient_count = ARRAY_SIZE(recipients),
					  .client_name = "unknown",
					  .helo = "unknown.example",
					  .class_name = "unknown"};
	static const struct {
		const char *given, *wanted;
	} senders[] = {{"<>", ""}, {"", ""}, {"MAILER-DAEMON", ""}, {"MAILER-DAEMON@x", "MAILER-DAEMON@x"}};
	struct arena arena = {0};

	(void)state;
	assert_true(envelope_tidy(&env, &arena));
	assert_string_equal(env.sender, "x@y");
	assert_int_equal(env.recipient_count, 3);
	assert_string_equal(env.recipients[0], "a@b");
	assert_string_equal(env.recipients[1], "c@d");
	assert_string_equal(env.recipients[2], "<");
	assert_null(env.client_name);
	assert_string_equal(env.helo, "unknown.example");
	assert_string_equal(env.class_name, "unknown");
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		env.sender = senders[i].given;
		assert_true(envelope_tidy(&env, &arena));
		assert_string_equal(env.sender, senders[i].wanted);
	}
	arena_finish(&arena);
}

/* A retry has the same key; another batch, message, direction or queue id has another. */
static void test_key(void **state)
{
	const char *two[] = {"a@b", "c@d"}, *turned[] = {"c@d", "a@b"};
	struct quarantine_envelope env = {.size = sizeof(env),
					  .direction = QUARANTINE_OUTGOING,
					  .sender = "s",
					  .queue_id = "4bQ3x7",
					  .recipients = two,
					  .recipient_count = 2};
	struct arena arena = {0};
	const char *first = envelope_key(&env, SLICE("message"), &arena);
	char long_id[5000];

	(void)state;
	assert_non_null(first);
	assert_non_null(strstr(first, "4bQ3x7-outgoing-"));
	env.recipients = turned;
	assert_string_equal(envelope_key(&env, SLICE("message"), &arena), first);
	assert_string_not_equal(envelope_key(&env, SLICE("Message"), &arena), first);
	env.recipient_count = 1;
	assert_string_not_equal(envelope_key(&env, SLICE("message"), &arena), first);
	env.recipient_count = 2;
	env.direction = QUARANTINE_INCOMING;
	assert_string_not_equal(envelope_key(&env, SLICE("message"), &arena), first);
	memset(long_id, 'q', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	env.queue_id = long_id;
	assert_in_range(strlen(envelope_key(&env, SLICE("message"), &arena)), 1, 200);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_variable, clear),
		cmocka_unit_test_setup(test_empty_is_absent, clear),
		cmocka_unit_test_setup(test_given_wins, clear),
		cmocka_unit_test(test_score),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_text_options),
		cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
