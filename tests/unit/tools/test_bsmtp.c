/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../tools/deliver/bsmtp.h"
#include "../../../tools/deliver/input.h"

struct parsed {
	char *bytes; /* exactly as long as the batch, so that sanitizers see each step beyond it */
	struct arena arena;
	struct quarantine_envelope env;
	struct slice message;
	const char *wrong;
};

static void parse(struct parsed *p, struct slice batch)
{
	int status;

	*p = (struct parsed){.bytes = malloc(batch.len + (batch.len == 0)), .env = QUARANTINE_ENVELOPE_INIT};
	assert_non_null(p->bytes);
	if (batch.len > 0)
		memcpy(p->bytes, batch.data, batch.len);
	status = bsmtp_read(p->bytes, batch.len, &p->arena, &p->env, &p->message, &p->wrong);
	assert_int_equal(status, p->wrong ? QUARANTINE_INVALID : QUARANTINE_OK);
}

static void finish(struct parsed *p)
{
	arena_finish(&p->arena);
	free(p->bytes);
}

static void assert_message(const struct parsed *p, struct slice wanted)
{
	assert_null(p->wrong);
	assert_int_equal(p->message.len, wanted.len);
	if (wanted.len > 0)
		assert_memory_equal(p->message.data, wanted.data, wanted.len);
}

#define HEAD "MAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n"
#define HEAD_CRLF "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"

static void test_messages(void **state)
{
	static const struct {
		struct slice batch, message;
	} cases[] = {
		{SLICE(HEAD ".\n"), SLICE("")},
		{SLICE(HEAD "x\n.\n"), SLICE("x\n")},
		{SLICE(HEAD "..\n...x\n..\n.\n"), SLICE(".\n..x\n.\n")},
		{SLICE(HEAD "a\n\n.\nQUIT\n"), SLICE("a\n\n")},
		{SLICE(HEAD "a\0b\xff\r\n.\n"), SLICE("a\0b\xff\r\n")},
		{SLICE(HEAD "a\r..\n..\r\nb\n.\n"), SLICE("a\r..\n.\r\nb\n")},
		{SLICE(HEAD "From here\n.\n\n"), SLICE("From here\n")},
		{SLICE(HEAD_CRLF ".\r\n"), SLICE("")},
		{SLICE(HEAD_CRLF "..a\r\nb\n..\nc\r\n.\r\nquit\r\n"), SLICE(".a\r\nb\n.\nc\r\n")},
		{SLICE(HEAD_CRLF ".\na\r\n.\r\n"), SLICE("\na\r\n")},
		{SLICE("HELO mx.example\nEHLO x\n" HEAD "x\n.\n"), SLICE("x\n")},
		{SLICE("mail from: <a@b> SIZE=2 BODY=8BITMIME\nrcpt to: <c@d> NOTIFY=NEVER\ndata\nx\n.\n"),
		 SLICE("x\n")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parsed p;

		parse(&p, cases[i].batch);
		assert_message(&p, cases[i].message);
		assert_string_equal(p.env.sender, "a@b");
		assert_int_equal(p.env.recipient_count, 1);
		assert_string_equal(p.env.recipients[0], "c@d");
		finish(&p);
	}
}

static void test_addresses(void **state)
{
	static const char batch[] =
		"MAIL FROM:<>\nRCPT TO:<\"a>b\\\"c\"@d>\nRCPT TO:<@x,@y:z@w>\nRCPT TO:<postmaster>\n"
		"RCPT TO:<j\xc3\xa4ger@d>\nDATA\n.\n";
	static const char *const wanted[] = {"\"a>b\\\"c\"@d", "@x,@y:z@w", "postmaster", "j\xc3\xa4ger@d"};
	struct parsed p;

	(void)state;
	parse(&p, slice_str(batch));
	assert_null(p.wrong);
	assert_string_equal(p.env.sender, "");
	assert_int_equal(p.env.recipient_count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_string_equal(p.env.recipients[i], wanted[i]);
	finish(&p);
}

static void test_malformed(void **state)
{
	static const struct {
		struct slice batch;
		const char *word; /* that the text holds */
	} cases[] = {
		{SLICE(""), "empty"},
		{SLICE("\n"), "MAIL FROM"},
		{SLICE("From: a\n\nplain mail\n"), "MAIL FROM"},
		{SLICE("RCPT TO:<c@d>\nDATA\n.\n"), "MAIL FROM"},
		{SLICE("MAIL FROM:<a@b>\nDATA\n.\n"), "RCPT TO"},
		{SLICE("MAIL FROM:<a@b>\nMAIL FROM:<a@b>\n"), "RCPT TO"},
		{SLICE("MAIL FROM:<a@b>\nRCPT TO:<c@d>\nHELO x\n"), "DATA"},
		{SLICE("MAIL FROM:<a@b>\nRCPT TO:<c@d>\n"), "DATA"},
		{SLICE("MAIL FROM:a@b\n"), "brackets"},
		{SLICE("MAIL FROM:<a@b\n"), "brackets"},
		{SLICE("MAIL FROM:<a@b>SIZE=3\n"), "brackets"},
		{SLICE("MAIL FROM:<a\0b>\n"), "brackets"},
		{SLICE("MAIL FROM:<\"a@b>\n"), "brackets"},
		{SLICE("MAIL FROM:<\"a\\\n"), "brackets"},
		{SLICE("MAIL FROM:\n"), "brackets"},
		{SLICE("MAIL FROM:<a@b>\nRCPT TO:<>\n"), "RCPT TO"},
		{SLICE(HEAD "x\n"), "dot"},
		{SLICE(HEAD "x\n."), "dot"},
		{SLICE(HEAD "x\n.\r\n"), "dot"},
		{SLICE(HEAD_CRLF "x\r\n.\n"), "dot"},
		{SLICE(HEAD "x\n.\nMAIL FROM:<a@b>\n"), "follows"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parsed p;

		parse(&p, cases[i].batch);
		assert_non_null(p.wrong);
		assert_non_null(strstr(p.wrong, cases[i].word));
		finish(&p);
	}
}

/* What ends too early is never taken for a message. */
static void test_cut(void **state)
{
	static const char batch[] = "HELO x\n" HEAD "Subject: x\n\n..a\nb\n.\n";

	(void)state;
	for (size_t len = 0; len < sizeof(batch) - 1; len++) {
		struct parsed p;

		parse(&p, slice_of(batch, len));
		assert_non_null(p.wrong);
		finish(&p);
	}
}

static void test_no_memory(void **state)
{
	static const char batch[] = "MAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n.\n";
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct slice message;
	const char *wrong;
	int status = QUARANTINE_NO_MEMORY;

	(void)state;
	for (size_t limit = 1; status == QUARANTINE_NO_MEMORY; limit++) {
		struct arena arena = {.limit = limit};
		char bytes[sizeof(batch)];

		memcpy(bytes, batch, sizeof(batch));
		status = bsmtp_read(bytes, sizeof(batch) - 1, &arena, &env, &message, &wrong);
		assert_true(limit > 1 || status == QUARANTINE_NO_MEMORY);
		arena_finish(&arena);
	}
	assert_int_equal(status, QUARANTINE_OK);
}

static void test_many_recipients(void **state)
{
	struct buf batch = {0};
	struct parsed p;

	(void)state;
	for (int more = 0; more < 2; more++) {
		buf_reset(&batch);
		buf_add_str(&batch, "MAIL FROM:<a@b>\n");
		for (int i = 0; i < BSMTP_RECIPIENTS_MAX + more; i++)
			buf_addf(&batch, "RCPT TO:<r%d@d>\n", i);
		buf_add_str(&batch, "DATA\n.\n");
		parse(&p, buf_slice(&batch));
		if (more) {
			assert_string_equal(p.wrong, "batch SMTP: too many recipients");
		} else {
			assert_null(p.wrong);
			assert_int_equal(p.env.recipient_count, BSMTP_RECIPIENTS_MAX);
			assert_string_equal(p.env.recipients[BSMTP_RECIPIENTS_MAX - 1], "r99999@d");
		}
		finish(&p);
	}
	buf_finish(&batch);
}

static void test_mbox_from(void **state)
{
	static const struct {
		struct slice given, kept;
	} cases[] = {
		{SLICE("From a@b Mon Jan  5\nSubject: x\n"), SLICE("Subject: x\n")},
		{SLICE("From a@b\r\nSubject: x\n"), SLICE("Subject: x\n")},
		{SLICE("From: a@b\nFrom x\n"), SLICE("From: a@b\nFrom x\n")},
		{SLICE(">From a\nx\n"), SLICE(">From a\nx\n")},
		{SLICE("From a"), SLICE("From a")},
		{SLICE("From a\n"), SLICE("")},
		{SLICE(""), SLICE("")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_true(slice_eq(input_strip_mbox_from(cases[i].given), cases[i].kept));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),  cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_malformed), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_no_memory), cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_mbox_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
