/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "facts_take.h"
#include "tmpstore.h"

static struct quarantine_facts *facts_of(struct tmpstore *t, struct quarantine_envelope env,
					 const char *header)
{
	struct quarantine_facts *facts;
	char text[8192];
	int64_t message;

	snprintf(text, sizeof(text), "%s\r\nX-AuthUser: in-the-body@example.net\r\n", header);
	if (env.direction == 0)
		env.direction = QUARANTINE_OUTGOING;
	env.size = sizeof(env);
	assert_int_equal(quarantine_deliver(t->q, &env, text, strlen(text), &message), QUARANTINE_OK);
	assert_int_equal(quarantine_facts_get(t->q, message, &facts), QUARANTINE_OK);
	return facts;
}

static void check_text(const char *header, const char *found, const char *want)
{
	if ((found == NULL) != (want == NULL) || (found && strcmp(found, want) != 0))
		fail_msg("%s: found %s, want %s", header, found ? found : "nothing", want ? want : "nothing");
}

/* One fact by header; the text is what is found, NULL for nothing. */
static const struct {
	const char *header, *class_name, *evidence, *auth_user, *auth_domain, *identity, *client_address;
} cases[] = {
	{"Subject: x\r\n", .class_name = NULL},
	{"X-SpamExperts-Outgoing-Class: spam\r\nX-SpamExperts-Outgoing-Evidence: GTUBE - see\r\n "
	 "http://x.example/\r\n",
	 .class_name = "spam", .evidence = "GTUBE - see http://x.example/"},
	{"X-Acme-Outgoing-Class: phish\r\nX-Acme-Domain: out.example.nl\r\nX-Acme-Username: out-03\r\n"
	 "X-Other-Domain: wrong.example\r\nX-Other-Username: wrong\r\n",
	 .class_name = "phish", .auth_domain = "out.example.nl", .identity = "out-03"},
	{"X-Forged-Outgoing-Class: ham\r\nX-Acme-Outgoing-Class: spam\r\n", .class_name = "spam"},
	{"X-Acme-Outgoing-Class: ham\r\nX-Acme-Outgoing-Class: spam\r\n", .class_name = "spam"},
	{"X-Acme-Outgoing-Class: no such class\r\n", .class_name = NULL},
	{"X-Acme-Class: spam\r\n", .class_name = NULL},
	{"X--Outgoing-Class: spam\r\n", .class_name = NULL},
	{"X-Spam-Flag: YES\r\n", .class_name = "spam"},
	{"X-Spam-Flag: NO\r\n", .class_name = NULL},
	{"x-spam-status: Yes, score=12.5 required=5.0 tests=BAYES_99,\r\n\tHTML_MESSAGE autolearn=no\r\n",
	 .class_name = "spam", .evidence = "BAYES_99, HTML_MESSAGE"},
	{"X-Spam-Status: No, score=0.1 tests=none\r\n", .class_name = NULL},
	{"X-Spam: Yes\r\n", .class_name = "spam"},
	{"X-AuthUser: a@example.net\r\nX-AuthUser: b@example.net\r\n", .auth_user = "b@example.net"},
	{"X-AuthUser: \r\nX-Authenticated-User: c@example.net\r\n", .auth_user = "c@example.net"},
	{"X-AuthUser: unknown\r\n", .auth_user = NULL},
	{"X-Auth-User: bob, whoson: (null)\r\n", .auth_user = "bob"},
	{"Authentication-Results: filter.example;\r\n auth=pass (login) smtp.auth=shop@customer.example\r\n",
	 .auth_user = "shop@customer.example", .auth_domain = "customer.example"},
	{"Authentication-Results: filter.example; auth=pass smtp.auth=@customer.example\r\n",
	 .auth_domain = "customer.example"},
	{"X-Authority-Analysis: v=2.4\r\nX-Authentication-Warning: x\r\n", .auth_user = NULL},
	{"Received: from a by b (Postfix)\r\n\t(Authenticated sender: top)\r\n\tid 1; Mon\r\n"
	 "Received: from c by d (Authenticated sender: low) id 2; Mon\r\n",
	 .auth_user = "top"},
	{"Received: from a by b id 1; Mon\r\nReceived: from c by d (Authenticated sender:93342@x.example) id "
	 "2\r\n",
	 .auth_user = "93342@x.example"},
	{"X-Authenticated-Sender: host.example:\r\n user@example.net\r\n", .auth_user = "user@example.net"},
	{"X-Authenticated-Sender: host.example:\r\n", .auth_user = NULL},
	{"X-Get-Message-Sender-Via: host: authenticated_id: acct/from_h\r\n", .auth_user = "acct"},
	{"X-PHP-Script: host.example/~u/mail.php for\r\n 192.0.2.1\r\n",
	 .identity = "host.example/~u/mail.php"},
	{"X-PHP-Originating-Script: 1004:class.phpmailer.php\r\n", .identity = "1004:class.phpmailer.php"},
	{"X-PHP-Filename: /home/u/index.php REMOTE_ADDR: 192.0.2.1\r\n", .identity = "/home/u/index.php"},
	{"X-Originating-IP: [192.0.2.9]\r\n", .client_address = "192.0.2.9"},
	{"X-Originating-IP: 2001:db8::1\r\n", .client_address = "2001:db8::1"},
};

static void headers_state_facts(void **state)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct quarantine_facts *f = facts_of(*state, env, cases[i].header);

		check_text(cases[i].header, f->envelope.class_name, cases[i].class_name);
		check_text(cases[i].header, f->envelope.evidence, cases[i].evidence);
		check_text(cases[i].header, f->envelope.auth_user, cases[i].auth_user);
		check_text(cases[i].header, f->envelope.auth_domain, cases[i].auth_domain);
		check_text(cases[i].header, f->envelope.identity, cases[i].identity);
		check_text(cases[i].header, f->envelope.client_address, cases[i].client_address);
		free(f);
	}
}

static void incoming_mail_has_a_class_of_its_own(void **state)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_facts *f;

	env.direction = QUARANTINE_INCOMING;
	f = facts_of(
		*state, env,
		"X-Acme-Class: virus\r\nX-Acme-Evidence: Eicar\r\n"
		"X-Acme-Outgoing-Class: ham\r\nX-Acme-Outgoing-Evidence: no\r\nX-Priority-Class: high\r\n");
	assert_string_equal(f->envelope.class_name, "virus");
	assert_string_equal(f->envelope.evidence, "Eicar");
	free(f);
}

static void what_the_caller_gives_wins(void **state)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	const char *const recipients[] = {"victim@example.net", ""};
	const double score = -1.5;
	struct quarantine_facts *f;

	env = (struct quarantine_envelope){
		.class_name = "locked",
		.evidence = "",
		.auth_user = "real",
		.score = &score,
		.sender = "",
		.recipients = recipients,
		.recipient_count = 2,
		.sub_class = "dnsbl",
		.action = "rejected",
		.client_name = "pc",
		.helo = "he",
		.queue_id = "Q1",
		.received = 1000000000,
	};
	f = facts_of(*state, env,
		     "Return-Path: <forged@example.net>\r\nX-Envelope-To: "
		     "<forged@example.net>\r\nX-Spam-Flag: YES\r\n"
		     "X-Spam-Score: 99\r\nX-AuthUser: forged\r\nX-Acme-Outgoing-Class: ham\r\n"
		     "X-Acme-Outgoing-Evidence: forged\r\n");
	assert_string_equal(f->envelope.class_name, "locked");
	assert_string_equal(f->envelope.evidence, "");
	assert_string_equal(f->envelope.auth_user, "real");
	assert_string_equal(f->envelope.sender, "");
	assert_true(*f->envelope.score < -1.4 && *f->envelope.score > -1.6);
	assert_int_equal(f->envelope.recipient_count, 2);
	assert_string_equal(f->envelope.recipients[0], "victim@example.net");
	assert_string_equal(f->envelope.recipients[1], "");
	assert_string_equal(f->envelope.sub_class, "dnsbl");
	assert_string_equal(f->envelope.action, "rejected");
	assert_string_equal(f->envelope.client_name, "pc");
	assert_string_equal(f->envelope.helo, "he");
	assert_string_equal(f->envelope.queue_id, "Q1");
	assert_int_equal(f->envelope.received, 1000000000);
	free(f);
}

static void envelope_and_score_are_found_too(void **state)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_facts *f = facts_of(
		*state, env,
		"Return-Path: <shop@customer.example>\r\nX-Envelope-To: <a@example.net>, b@example.net,\r\n"
		"X-Spamd-Result: default: False [4.50 / 15.00]; BAYES_SPAM(4.5)[99%]\r\n"
		"Received: from a ([192.0.2.1]) by mx.example with ESMTPA (Exim) id 1abcde-000123-45\r\n"
		" for b@example.net; Mon\r\nReceived: from x by y id OLD; Mon\r\n");

	assert_string_equal(f->envelope.sender, "shop@customer.example");
	assert_int_equal(f->envelope.recipient_count, 2);
	assert_string_equal(f->envelope.recipients[1], "b@example.net");
	assert_true(*f->envelope.score > 4.4 && *f->envelope.score < 4.6);
	assert_string_equal(f->envelope.queue_id, "1abcde-000123-45");
	free(f);
	f = facts_of(*state, env, "Return-Path: <>\r\n");
	assert_string_equal(f->envelope.sender, "");
	assert_null(f->envelope.score);
	assert_null(f->envelope.queue_id);
	free(f);
}

static void scores_are_read(void **state)
{
	static const struct {
		const char *header;
		double score;
	} scores[] = {
		{"X-Spam-Score: 5\r\n", 5},
		{"X-Spam-Score: -0.25\r\n", -0.25},
		{"X-Spam-Score: +12.5 (++++)\r\n", 12.5},
		{"X-Spam-Score: 1.5.9\r\n", 1.5},
		{"X-Spam-Status: Yes, score=20.125 required=5\r\n", 20.125},
		{"X-Spam-Score: nan\r\nX-Spam-Status: No, score=.5\r\n", 0.5},
	};
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(scores); i++) {
		struct quarantine_facts *f = facts_of(*state, env, scores[i].header);

		assert_non_null(f->envelope.score);
		if (*f->envelope.score < scores[i].score || *f->envelope.score > scores[i].score)
			fail_msg("%s: %f", scores[i].header, *f->envelope.score);
		free(f);
	}
}

static void long_texts_are_cut(void **state)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_facts *f;
	char *text = malloc(100001);

	assert_non_null(text);
	memset(text, 'x', 100000);
	text[100000] = '\0';
	env.evidence = text;
	f = facts_of(*state, env, "");
	assert_int_equal(strlen(f->envelope.evidence), 4096);
	free(f);
	free(text);
}

static void numbers_are_numbers(void **state)
{
	static const struct {
		struct slice in, out;
	} numbers[] = {
		{{"5.3", 3}, {"5.3", 3}}, {{"-1", 2}, {"-1", 2}},   {{"5.3/15", 6}, {"5.3", 3}},
		{{"nan", 3}, {NULL, 0}},  {{"0x10", 4}, {NULL, 0}}, {{".", 1}, {NULL, 0}},
		{{"", 0}, {NULL, 0}},     {{NULL, 0}, {NULL, 0}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_true(slice_eq(facts_take_number(numbers[i].in), numbers[i].out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(headers_state_facts),
		store_test(incoming_mail_has_a_class_of_its_own),
		store_test(what_the_caller_gives_wins),
		store_test(envelope_and_score_are_found_too),
		store_test(scores_are_read),
		store_test(long_texts_are_cut),
		cmocka_unit_test(numbers_are_numbers),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
