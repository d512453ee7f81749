/* SPDX-License-Identifier: ISC
 *
 * Commands that need neither password nor mailbox. */
#include <stdio.h>

#include "../../../imapd/commands.h"
#include "../../../imapd/log.h"
#include "../../../store/include/quarantine.h"
#include "capabilities.h"
#include "talk.h"

/* Commands that are for logged-in users run where a store is, but these ask nothing of it. */
static struct quarantine *no_store(void)
{
	static char place;

	return (struct quarantine *)(void *)&place;
}

static void log_in(struct talk *t)
{
	t->x.state.user = strdup("global");
	t->store = no_store();
}

#define BEFORE "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE"
#define AFTER BEFORE " IDLE" CAPABILITIES_LOGGED_IN

static void test_capability(void **state)
{
	static const char *const hidden[] = {"sasl-ir", "IDLE", "AUTH=PLAIN", NULL};
	struct talk t;

	(void)state;
	talk_start(&t);
	SAY(&t, "a capability\r\n",
	    "* CAPABILITY " BEFORE " STARTTLS AUTH=PLAIN\r\na OK CAPABILITY completed\r\n");
	t.x.state.login_allowed = false;
	SAY(&t, "a CAPABILITY\r\n",
	    "* CAPABILITY " BEFORE " STARTTLS LOGINDISABLED\r\na OK CAPABILITY completed\r\n");
	t.x.state.login_allowed = t.x.state.tls = true;
	SAY(&t, "a CAPABILITY\r\n", "* CAPABILITY " BEFORE " AUTH=PLAIN\r\na OK CAPABILITY completed\r\n");
	t.x.state.tls = t.services.tls_available = false;
	SAY(&t, "a CAPABILITY\r\n", "* CAPABILITY " BEFORE " AUTH=PLAIN\r\na OK CAPABILITY completed\r\n");
	SAY(&t, "a CAPABILITY x\r\n", "a BAD Unexpected argument at the end\r\n");
	t.services.hidden_capabilities = hidden;
	SAY(&t, "a CAPABILITY\r\n",
	    "* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE\r\na OK CAPABILITY completed\r\n");
	log_in(&t);
	SAY(&t, "a CAPABILITY\r\n",
	    "* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE" CAPABILITIES_LOGGED_IN
	    "\r\na OK CAPABILITY completed\r\n");
	t.services.hidden_capabilities = NULL;
	SAY(&t, "a CAPABILITY\r\n", "* CAPABILITY " AFTER "\r\na OK CAPABILITY completed\r\n");
	talk_end(&t);
}

static void test_capabilities_hidden_for_one_account(void **state)
{
	static const char *const hidden[] = {"global:sort",       "GLOBAL:MOVE", "lobal:MOVE",
					     "global:x:MOVE",     ":MOVE",       "x:g:QRESYNC",
					     "global:AUTH=PLAIN", NULL};
	struct talk t;
	char out[1024];

	(void)state;
	talk_start(&t);
	t.services.hidden_capabilities = hidden;
	state_capabilities(&t.x.state, out, sizeof(out));
	assert_non_null(strstr(out, " AUTH=PLAIN"));
	log_in(&t);
	state_capabilities(&t.x.state, out, sizeof(out));
	assert_null(strstr(out, " SORT "));
	assert_non_null(strstr(out, " SORT=DISPLAY "));
	assert_non_null(strstr(out, " MOVE "));
	free(t.x.state.user);
	t.x.state.user = strdup("x:g");
	state_capabilities(&t.x.state, out, sizeof(out));
	assert_non_null(strstr(out, " SORT "));
	assert_null(strstr(out, " QRESYNC"));
	talk_end(&t);
}

static void test_capabilities_are_cut_at_a_name(void **state)
{
	struct talk t;
	char out[64], whole[64];

	(void)state;
	talk_start(&t);
	state_capabilities(&t.x.state, whole, sizeof(whole));
	for (size_t size = 1; size <= sizeof(whole); size++) {
		memset(out, '#', sizeof(out));
		state_capabilities(&t.x.state, out, size);
		assert_true(strlen(out) < size);
	}
	assert_string_equal(out, whole);
	talk_end(&t);
}

static void test_noop_and_logout(void **state)
{
	struct talk t;

	(void)state;
	talk_start(&t);
	SAY(&t, "1.1 nOOp \r\n", "1.1 OK NOOP completed\r\n");
	SAY(&t, "a NOOP x\r\n", "a BAD Unexpected argument at the end\r\n");
	SAY(&t, "a CHECK\r\n", "a BAD Not allowed in this state\r\n");
	SAY(&t, "z LOGOUT\r\n", "* BYE Logging out\r\nz OK LOGOUT completed\r\n");
	assert_int_equal(t.status, COMMAND_CLOSE);
	talk_end(&t);
}

static void test_starttls(void **state)
{
	struct talk t;

	(void)state;
	talk_start(&t);
	SAY(&t, "a STARTTLS\r\n", "a OK Begin TLS negotiation now\r\n");
	assert_int_equal(t.status, COMMAND_STARTTLS);
	t.x.state.tls = true;
	SAY(&t, "a STARTTLS\r\n", "a BAD TLS is on already\r\n");
	assert_int_equal(t.status, COMMAND_DONE);
	t.x.state.tls = t.services.tls_available = false;
	SAY(&t, "a STARTTLS\r\n", "a BAD TLS is not available\r\n");
	log_in(&t);
	SAY(&t, "a STARTTLS\r\n", "a BAD Not allowed in this state\r\n");
	talk_end(&t);
}

static void test_enable_namespace_denied(void **state)
{
	static const char *const hidden[] = {"utf8=accept", NULL};
	struct talk t;

	(void)state;
	talk_start(&t);
	SAY(&t, "a ENABLE CONDSTORE\r\n", "a BAD Not allowed in this state\r\n");
	log_in(&t);
	t.services.hidden_capabilities = hidden;
	SAY(&t, "a ENABLE CONDSTORE X-GOOD-IDEA UTF8=ACCEPT\r\n",
	    "* ENABLED CONDSTORE\r\na OK ENABLE completed\r\n");
	assert_false(t.x.response.utf8);
	t.services.hidden_capabilities = NULL;
	SAY(&t, "a ENABLE UTF8=ACCEPT\r\n", "* ENABLED UTF8=ACCEPT\r\na OK ENABLE completed\r\n");
	assert_true(t.x.response.utf8);
	SAY(&t, "a ENABLE 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6\r\n", "* ENABLED\r\na OK ENABLE completed\r\n");
	SAY(&t, "a ENABLE 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7\r\n", "a BAD Too many capabilities\r\n");
	SAY(&t, "a ENABLE\r\n", "a BAD Expected an atom\r\n");
	SAY(&t, "a ENABLE \"x\"\r\n", "a BAD Expected an atom\r\n");
	SAY(&t, "a NAMESPACE\r\n", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\na OK NAMESPACE completed\r\n");
	SAY(&t, "a APPEND x (\\Seen) \"32-Foo-2020 ...\" {3+}\r\nabc\r\nb NOOP\r\n",
	    "a BAD Invalid date\r\nb OK NOOP completed\r\n");
	talk_end(&t);
}

#define OUR_ID                                                                                    \
	"* ID (\"name\" \"quarantine-imapd\" \"version\" \"" QUARANTINE_VERSION "\")\r\na OK ID " \
	"completed\r\n"

static void test_id(void **state)
{
	struct talk t;

	(void)state;
	talk_start(&t);
	SAY(&t, "a ID NIL\r\n", OUR_ID);
	SAY(&t, "a ID (\"name\" \"x\\\"y\" \"version\" NIL \"os\" {3+}\r\na\nb)\r\n", OUR_ID);
	assert_true(t.x.state.greeted_id);
	SAY(&t, "a ID ()\r\n", OUR_ID);
	SAY(&t, "a id nil\r\n", OUR_ID);
	SAY(&t, "a ID\r\n", "a BAD Expected a list or NIL\r\n");
	SAY(&t, "a ID (\"name\")\r\n", "a BAD Expected a space\r\n");
	SAY(&t, "a ID (\"name\" \"x\"\r\n", "a BAD Expected a space\r\n");
	SAY(&t, "a ID (name x)\r\n", "a BAD Expected a string\r\n");
	SAY(&t, "a ID (NIL \"x\")\r\n", "a BAD Expected a string\r\n");
	SAY(&t, "a ID (\"a\" \"b\") x\r\n", "a BAD Unexpected argument at the end\r\n");
	talk_end(&t);
}

static void say_pairs(unsigned count, unsigned value_len, const char *answer)
{
	struct buf text = {0};
	struct talk t;

	talk_start(&t);
	t.x.state.user = strdup("global");
	buf_add_str(&text, "a ID (");
	for (unsigned i = 0; i < count; i++) {
		buf_addf(&text, "%s\"f%u\" \"", i > 0 ? " " : "", i);
		for (unsigned k = 0; k < value_len; k++)
			buf_add_char(&text, 'v');
		buf_add_char(&text, '"');
	}
	buf_add_str(&text, ")\r\n");
	talk_say(&t, buf_slice(&text), answer);
	buf_finish(&text);
	talk_end(&t);
}

static void test_id_limits(void **state)
{
	(void)state;
	say_pairs(29, 1024, OUR_ID);
	say_pairs(30, 1024, OUR_ID);
	say_pairs(31, 1, "a BAD Too many ID fields\r\n");
	say_pairs(1, 1025, "a BAD ID field too long\r\n");
}

/* Each command in each state where it is not legal: BAD, and nothing of it runs. */
static void test_wrong_state(void **state)
{
	size_t count;
	const struct command_def *const *all = commands_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (int logged_in = 0; logged_in < 2; logged_in++) {
			struct buf text = {0};
			struct talk t;

			if (all[i]->states & (logged_in ? STATE_AUTHENTICATED : STATE_NOT_AUTHENTICATED))
				continue;
			talk_start(&t);
			if (logged_in)
				log_in(&t);
			buf_addf(&text, "a %s x y\r\n", all[i]->name);
			talk_say(&t, buf_slice(&text), "a BAD Not allowed in this state\r\n");
			buf_finish(&text);
			talk_end(&t);
		}
	}
}

/* What may not be in a command line, at every place of it: one answer, and the next command is heard. */
static void test_odd_bytes_everywhere(void **state)
{
	static const char odd[] = {'\0', '\x80', '\xff', '\r', '\x7f'};
	static const char line[] = "a ID (\"x\" \"y\")\r\n";

	(void)state;
	for (size_t at = 0; at < sizeof(line) - 3; at++) {
		for (size_t k = 0; k < sizeof(odd); k++) {
			struct buf text = {0};
			struct talk t;
			size_t lines = 0;

			talk_start(&t);
			buf_add(&t.in, line, at);
			buf_add_char(&t.in, odd[k]);
			buf_add(&t.in, line + at, sizeof(line) - 1 - at);
			buf_add_str(&t.in, "b NOOP\r\n");
			while ((t.next = exchange_read(&t.x, &t.in)) == EXCHANGE_STEP)
				talk_step(&t);
			for (size_t i = 0; i < t.x.response.out.len; i++)
				lines += t.x.response.out.data[i] == '\n';
			buf_add_char(&t.x.response.out, '\0');
			assert_non_null(strstr(t.x.response.out.data, "b OK NOOP completed\r\n"));
			assert_true(lines == 2 ||
				    (lines == 3 && strncmp(t.x.response.out.data, "* ID", 4) == 0));
			buf_finish(&text);
			talk_end(&t);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capability),
		cmocka_unit_test(test_capabilities_hidden_for_one_account),
		cmocka_unit_test(test_capabilities_are_cut_at_a_name),
		cmocka_unit_test(test_noop_and_logout),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_enable_namespace_denied),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_id_limits),
		cmocka_unit_test(test_wrong_state),
		cmocka_unit_test(test_odd_bytes_everywhere),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
