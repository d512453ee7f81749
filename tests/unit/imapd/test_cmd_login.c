/* SPDX-License-Identifier: ISC
 *
 * LOGIN and AUTHENTICATE. Passwords are judged by this file instead of auth/. */
#include <stdio.h>

#include "../../../auth/auth.h"
#include "../../../auth/scram.h"
#include "capabilities.h"
#include "talk.h"

static struct {
	int status;
	unsigned calls;
	char name[300];
	char password[1100];
	size_t len;
} judged;

int auth_verify(struct auth *a, const char *name, char *password, size_t len)
{
	(void)a;
	assert_true(strlen(name) < sizeof(judged.name) && len < sizeof(judged.password));
	judged.calls++;
	strcpy(judged.name, name);
	memcpy(judged.password, password, len);
	judged.len = len;
	memset(password, 0, len);
	return judged.status;
}

bool auth_scram_offered(struct auth *a)
{
	return a != NULL;
}

int auth_scram_first(struct auth *a, struct scram *s, const char *message, size_t len, char *out)
{
	(void)a;
	judged.calls++;
	if (len < 6)
		return AUTH_DENIED;
	snprintf(s->name, sizeof(s->name), "%.*s", (int)len, message);
	strcpy(out, "first");
	return judged.status == AUTH_UNAVAILABLE ? AUTH_UNAVAILABLE : AUTH_OK;
}

int auth_scram_final(struct scram *s, const char *message, size_t len, char *out)
{
	assert_string_equal(s->name, "global");
	judged.calls++;
	strcpy(out, "v=");
	return len == 5 && memcmp(message, "proof", 5) == 0 ? judged.status : AUTH_DENIED;
}

static void start(struct talk *t, int status)
{
	memset(&judged, 0, sizeof(judged));
	judged.status = status;
	talk_start(t);
	t->services.tls_available = false;
}

static void assert_judged(const char *name, struct slice password)
{
	assert_int_equal(judged.calls, 1);
	assert_string_equal(judged.name, name);
	assert_true(slice_eq(slice_of(judged.password, judged.len), password));
}

#define WELCOME                                                                                       \
	"a OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE" CAPABILITIES_LOGGED_IN \
	"] Logged "                                                                                   \
	"in\r\n"
#define DENIED "a NO [AUTHENTICATIONFAILED] Wrong name or password\r\n"
#define NOT_PLAIN "a NO [AUTHENTICATIONFAILED] This is no PLAIN response\r\n"

static void test_login(void **state)
{
	static const struct {
		struct slice said;
		const char *name;
		struct slice password;
		const char *before; /* what is answered before the end */
	} cases[] = {
		{SLICE("a LOGIN global secret\r\n"), "global", SLICE("secret"), ""},
		{SLICE("a login \"global\" \"pass \\\"word\\\\\"\r\n"), "global", SLICE("pass \"word\\"), ""},
		{SLICE("a LOGIN {6}\r\nglobal {3+}\r\n\xff\r\n\r\n"), "global", SLICE("\xff\r\n"),
		 "+ OK\r\n"},
		{SLICE("a LOGIN global \"\"\r\n"), "global", SLICE(""), ""},
		{SLICE("a LOGIN \"\xc3(\xed\xa0\x80\" x\r\n"), "\xc3(\xed\xa0\x80", SLICE("x"), ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char want[2000] = "";
		struct talk t;

		start(&t, AUTH_OK);
		strcat(strcpy(want, cases[i].before), WELCOME);
		talk_say(&t, cases[i].said, want);
		assert_judged(cases[i].name, cases[i].password);
		assert_string_equal(t.x.state.user, cases[i].name);
		assert_int_equal(t.x.state.login, LOGIN_ACCEPTED);
		assert_int_equal(state_now(&t.x.state), STATE_AUTHENTICATED);
		talk_end(&t);
	}
}

static void test_login_fails(void **state)
{
	struct talk t;

	(void)state;
	start(&t, AUTH_DENIED);
	SAY(&t, "a LOGIN global wrong\r\n", DENIED);
	assert_int_equal(t.x.state.login, LOGIN_DENIED);
	assert_null(t.x.state.user);
	assert_string_equal(t.x.state.attempted_user, "global");
	SAY(&t, "a LOGIN other wrong\r\n", DENIED);
	assert_string_equal(t.x.state.attempted_user, "other");
	judged.status = AUTH_UNAVAILABLE;
	SAY(&t, "a LOGIN global x\r\n",
	    "a NO [UNAVAILABLE] Passwords cannot be checked just now, try again\r\n");
	assert_int_equal(t.x.state.login, LOGIN_BUSY);
	judged.status = AUTH_OK;
	SAY(&t, "a LOGIN global x\r\n", WELCOME);
	talk_end(&t);
}

static void test_login_needs_privacy(void **state)
{
	struct talk t;

	(void)state;
	start(&t, AUTH_OK);
	t.x.state.login_allowed = false;
	SAY(&t, "a LOGIN global secret\r\n", "a NO [PRIVACYREQUIRED] Start TLS before you log in\r\n");
	SAY(&t, "a AUTHENTICATE PLAIN\r\n", "a NO [PRIVACYREQUIRED] Start TLS before you log in\r\n");
	SAY(&t, "a AUTHENTICATE PLAIN AGEAYg==\r\n",
	    "a NO [PRIVACYREQUIRED] Start TLS before you log in\r\n");
	assert_int_equal(judged.calls, 0);
	assert_int_equal(t.x.state.login, LOGIN_NONE);
	talk_end(&t);
}

static void test_malformed(void **state)
{
	static const struct {
		struct slice said;
		const char *answer;
	} cases[] = {
		{SLICE("a LOGIN\r\n"), "a BAD Expected a string\r\n"},
		{SLICE("a LOGIN global\r\n"), "a BAD Expected a space\r\n"},
		{SLICE("a LOGIN global \r\n"), "a BAD Expected a string\r\n"},
		{SLICE("a LOGIN global a b\r\n"), "a BAD Unexpected argument at the end\r\n"},
		{SLICE("a LOGIN global (a)\r\n"), "a BAD Expected a string\r\n"},
		{SLICE("a LOGIN \"global\r\n"), "a BAD Line end or NUL in a quoted string\r\n"},
		{SLICE("a LOGIN global \"x\0\"\r\n"), "a BAD NUL is not allowed in a command\r\n"},
		{SLICE("a LOGIN global {3+}\r\nx\0y\r\n"), "a BAD NUL in a literal\r\n"},
		{SLICE("a LOGIN global {1025}\r\n"),
		 "a BAD [TOOBIG] Literal too large, or too many of them\r\n"},
		{SLICE("a LOGIN global {20+}\r\nb LOGIN global x\r\nzz\r\n"), DENIED},
		{SLICE("a AUTHENTICATE\r\n"), "a BAD Expected an atom\r\n"},
		{SLICE("a AUTHENTICATE \"PLAIN\"\r\n"), "a BAD Expected an atom\r\n"},
		{SLICE("a AUTHENTICATE PLAIN {8+}\r\nAGEAYg==\r\n"), "a BAD Expected an atom\r\n"},
		{SLICE("a AUTHENTICATE PLAIN AGEAYg== x\r\n"), "a BAD Unexpected argument at the end\r\n"},
		{SLICE("a AUTHENTICATE EXTERNAL\r\n"),
		 "a NO [CANNOT] Unsupported authentication mechanism\r\n"},
		{SLICE("a AUTHENTICATE EXTERNAL =\r\n"),
		 "a NO [CANNOT] Unsupported authentication mechanism\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct talk t;

		start(&t, AUTH_DENIED);
		talk_say(&t, cases[i].said, cases[i].answer);
		assert_int_equal(judged.calls, strcmp(cases[i].answer, DENIED) == 0 ? 1 : 0);
		SAY(&t, "b NOOP\r\n", "b OK NOOP completed\r\n");
		talk_end(&t);
	}
}

/* "\0global\0secret", "global\0global\0secret", "admin\0global\0secret" */
#define PLAIN "AGdsb2JhbABzZWNyZXQ="
#define PLAIN_OWN "Z2xvYmFsAGdsb2JhbABzZWNyZXQ="
#define PLAIN_OTHER "YWRtaW4AZ2xvYmFsAHNlY3JldA=="

static void test_authenticate(void **state)
{
	struct talk t;

	(void)state;
	start(&t, AUTH_OK);
	SAY(&t, "a authenticate plain\r\n", "+ \r\n");
	assert_int_equal(t.status, COMMAND_WAIT);
	SAY(&t, PLAIN, "");
	SAY(&t, "\r\n", WELCOME);
	assert_judged("global", SLICE("secret"));
	assert_string_equal(t.x.state.user, "global");
	talk_end(&t);

	start(&t, AUTH_OK);
	SAY(&t, "a AUTHENTICATE PLAIN " PLAIN_OWN "\r\nb CHECK\r\n",
	    WELCOME "b BAD Not allowed in this state\r\n");
	assert_judged("global", SLICE("secret"));
	talk_end(&t);

	start(&t, AUTH_DENIED);
	SAY(&t, "a AUTHENTICATE PLAIN " PLAIN "\r\n", DENIED);
	assert_int_equal(t.x.state.login, LOGIN_DENIED);
	talk_end(&t);
}

static void test_authenticate_is_not_plain(void **state)
{
	static const struct slice lines[] = {
		SLICE(""),        SLICE("A2 LOGOUT"), SLICE("AGdsb2JhbABzZWNyZXQ"),
		SLICE("===="),    SLICE("Z2xvYmFs"),  SLICE("AAAA"),
		SLICE("AABh"),    SLICE("AGEAYgBj"),  SLICE("**"),
		SLICE(" " PLAIN), SLICE("\xff\xfe"),  SLICE("A\0=="),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct talk t;

		start(&t, AUTH_OK);
		SAY(&t, "a AUTHENTICATE PLAIN\r\n", "+ \r\n");
		buf_add_slice(&t.in, lines[i]);
		SAY(&t, "\r\n", NOT_PLAIN);
		assert_int_equal(judged.calls, 0);
		assert_int_equal(t.x.state.login, LOGIN_NONE);
		SAY(&t, "b NOOP\r\n", "b OK NOOP completed\r\n");
		talk_end(&t);
	}
}

static void test_authenticate_ends_otherwise(void **state)
{
	struct talk t;

	(void)state;
	start(&t, AUTH_OK);
	SAY(&t, "a AUTHENTICATE PLAIN\r\n", "+ \r\n");
	SAY(&t, "*\r\nb NOOP\r\n", "a BAD Authentication cancelled\r\nb OK NOOP completed\r\n");
	SAY(&t, "a AUTHENTICATE PLAIN =\r\n", NOT_PLAIN);
	SAY(&t, "a AUTHENTICATE PLAIN " PLAIN_OTHER "\r\n",
	    "a NO [AUTHORIZATIONFAILED] Only for the own account\r\n");
	assert_int_equal(t.x.state.login, LOGIN_DENIED);
	assert_int_equal(judged.calls, 0);
	/* the client goes away amid it */
	SAY(&t, "a AUTHENTICATE PLAIN\r\n", "+ \r\n");
	talk_step(&t);
	assert_int_equal(t.status, COMMAND_WAIT);
	t.x.command.hangup = true;
	talk_step(&t);
	assert_int_equal(t.status, COMMAND_DONE);
	talk_end(&t);
}

#define NOT_SCRAM "a NO [AUTHENTICATIONFAILED] This is no SCRAM message\r\n"

static void scram(struct talk *t, int status)
{
	start(t, status);
	t->services.auth = (struct auth *)t;
}

static void test_scram(void **state)
{
	struct talk t;

	(void)state;
	scram(&t, AUTH_OK);
	SAY(&t, "a authenticate scram-sha-256\r\n", "+ \r\n");
	SAY(&t, "Z2xvYmFs\r\n", "+ Zmlyc3Q=\r\n");
	SAY(&t, "cHJvb2Y=\r\n", "+ dj0=\r\n");
	assert_null(t.x.state.user);
	SAY(&t, "\r\n", WELCOME);
	assert_string_equal(t.x.state.user, "global");
	assert_int_equal(t.x.state.login, LOGIN_ACCEPTED);
	talk_end(&t);

	scram(&t, AUTH_OK);
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n", "+ Zmlyc3Q=\r\n");
	SAY(&t, "*\r\nb NOOP\r\n", "a BAD Authentication cancelled\r\nb OK NOOP completed\r\n");
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n", "+ Zmlyc3Q=\r\n");
	SAY(&t, "cHJvb2Y\r\n", NOT_SCRAM);
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 =\r\n", NOT_SCRAM);
	assert_int_equal(t.x.state.login, LOGIN_NONE);
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n", "+ Zmlyc3Q=\r\n");
	SAY(&t, "AAAA\r\n", DENIED);
	assert_int_equal(t.x.state.login, LOGIN_DENIED);
	/* after the proof nothing more may be said */
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n", "+ Zmlyc3Q=\r\n");
	SAY(&t, "cHJvb2Y=\r\n", "+ dj0=\r\n");
	SAY(&t, "AAAA\r\n", DENIED);
	assert_null(t.x.state.user);
	talk_end(&t);

	scram(&t, AUTH_UNAVAILABLE);
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n",
	    "a NO [UNAVAILABLE] Passwords cannot be checked just now, try again\r\n");
	talk_end(&t);
}

static void test_scram_is_not_offered(void **state)
{
	static const char *const hidden[] = {"AUTH=SCRAM-SHA-256", NULL};
	char offered[1024];
	struct talk t;

	(void)state;
	scram(&t, AUTH_OK);
	state_capabilities(&t.x.state, offered, sizeof(offered));
	assert_non_null(strstr(offered, " AUTH=SCRAM-SHA-256"));
	t.services.hidden_capabilities = hidden;
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n",
	    "a NO [CANNOT] Unsupported authentication mechanism\r\n");
	t.services.hidden_capabilities = NULL;
	t.x.state.login_allowed = false;
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n",
	    "a NO [PRIVACYREQUIRED] Start TLS before you log in\r\n");
	t.services.auth = NULL;
	SAY(&t, "a AUTHENTICATE SCRAM-SHA-256 Z2xvYmFs\r\n",
	    "a NO [CANNOT] Unsupported authentication mechanism\r\n");
	assert_int_equal(judged.calls, 0);
	talk_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_login_fails),
		cmocka_unit_test(test_login_needs_privacy),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_authenticate),
		cmocka_unit_test(test_authenticate_is_not_plain),
		cmocka_unit_test(test_authenticate_ends_otherwise),
		cmocka_unit_test(test_scram),
		cmocka_unit_test(test_scram_is_not_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
