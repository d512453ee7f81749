/* SPDX-License-Identifier: ISC */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#define DONE "a OK FETCH completed\r\n"

static const char nested[] = "From: Ann <ann@a.example>\r\n"
			     "To: bob@b.example\r\n"
			     "Subject: outer\r\n"
			     "MIME-Version: 1.0\r\n"
			     "Content-Type: multipart/mixed; boundary=b\r\n"
			     "\r\n"
			     "--b\r\n"
			     "\r\n"
			     "first\r\n"
			     "\r\n"
			     "--b\r\n"
			     "Content-Type: message/rfc822\r\n"
			     "\r\n"
			     "Subject: inner\r\n"
			     "From: eve@e.example\r\n"
			     "\r\n"
			     "inner text\r\n"
			     "\r\n"
			     "--b--\r\n";

#define OUTER_HEADER                                                                                \
	"From: Ann <ann@a.example>\r\nTo: bob@b.example\r\nSubject: outer\r\nMIME-Version: 1.0\r\n" \
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define INNER_HEADER "Subject: inner\r\nFrom: eve@e.example\r\n\r\n"

/* What stands between "* 1 FETCH (" and ")" for one item. */
static const struct {
	const char *item;
	const char *answer;
} items[] = {
	{"UID", "UID 1"},
	{"flags", "FLAGS (\\Recent)"},
	{"INTERNALDATE", "INTERNALDATE \"14-Nov-2023 22:13:20 +0000\""},
	{"RFC822.SIZE", "RFC822.SIZE 239"},
	{"FAST", "FLAGS (\\Recent) INTERNALDATE \"14-Nov-2023 22:13:20 +0000\" RFC822.SIZE 239"},
	{"(FLAGS UID)", "UID 1 FLAGS (\\Recent)"},
	{"BODY.PEEK[HEADER]", "BODY[HEADER] {126}\r\n" OUTER_HEADER},
	{"RFC822.HEADER", "RFC822.HEADER {126}\r\n" OUTER_HEADER},
	{"BODY.PEEK[HEADER.FIELDS (subject X-None)]",
	 "BODY[HEADER.FIELDS (subject X-None)] {18}\r\nSubject: outer\r\n\r\n"},
	{"BODY.PEEK[HEADER.FIELDS(SUBJECT)]<2.4>", "BODY[HEADER.FIELDS (SUBJECT)]<2> {4}\r\nbjec"},
	{"BODY.PEEK[HEADER.FIELDS (X)]", "BODY[HEADER.FIELDS (X)] {2}\r\n\r\n"},
	{"BODY.PEEK[HEADER.FIELDS.NOT (From To MIME-Version Content-Type)]",
	 "BODY[HEADER.FIELDS.NOT (From To MIME-Version Content-Type)] {18}\r\nSubject: outer\r\n\r\n"},
	{"BODY.PEEK[1]", "BODY[1] {7}\r\nfirst\r\n"},
	{"BODY.PEEK[1.MIME]", "BODY[1.MIME] {2}\r\n\r\n"},
	{"BODY.PEEK[2.HEADER]", "BODY[2.HEADER] {39}\r\n" INNER_HEADER},
	{"BODY.PEEK[2.HEADER.FIELDS (From)]",
	 "BODY[2.HEADER.FIELDS (From)] {23}\r\nFrom: eve@e.example\r\n\r\n"},
	{"BODY.PEEK[2.TEXT]", "BODY[2.TEXT] {12}\r\ninner text\r\n"},
	{"BODY.PEEK[2.1]", "BODY[2.1] {12}\r\ninner text\r\n"},
	{"BODY.PEEK[2]", "BODY[2] {51}\r\n" INNER_HEADER "inner text\r\n"},
	{"BODY.PEEK[2]<0.8>", "BODY[2]<0> {8}\r\nSubject:"},
	{"BODY.PEEK[1]<0.393216>", "BODY[1]<0> {7}\r\nfirst\r\n"},
	{"BODY.PEEK[1]<3.9223372036854775807>", "BODY[1]<3> {4}\r\nst\r\n"},
	{"BODY.PEEK[1]<7.1>", "BODY[1]<7> \"\""},
	{"BODY.PEEK[1]<9223372036854775807.1>", "BODY[1]<9223372036854775807> \"\""},
	{"BODY.PEEK[9]", "BODY[9] \"\""},
	{"BODY.PEEK[1.2.3.TEXT]", "BODY[1.2.3.TEXT] \"\""},
	{"BODY.PEEK[1.HEADER.FIELDS (To)]", "BODY[1.HEADER.FIELDS (To)] \"\""},
	{"(BODY.PEEK[1] RFC822.SIZE BODY.PEEK[2.1])",
	 "RFC822.SIZE 239 BODY[1] {7}\r\nfirst\r\n BODY[2.1] {12}\r\ninner text\r\n"},
	{"BODY",
	 "BODY ((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 7 1)"
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 51 (NIL \"inner\" ((NIL NIL \"eve\" \"e.example\")) "
	 "((NIL NIL \"eve\" \"e.example\")) ((NIL NIL \"eve\" \"e.example\")) NIL NIL NIL NIL NIL) "
	 "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 12 1) 4) \"mixed\")"},
	{"RFC822.PEEK", NULL},
};

static void test_items(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver(&k, nested);
	kit_run(&k, "SELECT Outgoing");
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		char command[200], expected[1200];

		snprintf(command, sizeof(command), "FETCH 1 %s", items[i].item);
		if (items[i].answer)
			snprintf(expected, sizeof(expected), "* 1 FETCH (%s)\r\n" DONE, items[i].answer);
		else
			snprintf(expected, sizeof(expected), "* 1 FETCH (RFC822 {%zu}\r\n%s)\r\n" DONE,
				 sizeof(nested) - 1, nested);
		kit_expect(&k, command, expected);
	}
	kit_close(&k);
}

static void test_seen(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 4);
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "FETCH 1 BODY[TEXT]<0.4>",
		   "* 1 FETCH (FLAGS (\\Recent \\Seen) BODY[TEXT]<0> {4}\r\nbody)\r\n" DONE);
	kit_expect(&k, "FETCH 1 BODY[TEXT]<0.4>", "* 1 FETCH (BODY[TEXT]<0> {4}\r\nbody)\r\n" DONE);
	kit_expect(&k, "UID FETCH 2 (RFC822.TEXT FLAGS)",
		   "* 2 FETCH (UID 2 FLAGS (\\Recent \\Seen) RFC822.TEXT {8}\r\nbody 2\r\n)\r\n" DONE);
	kit_expect(&k, "FETCH 3 RFC822.HEADER",
		   "* 3 FETCH (RFC822.HEADER {38}\r\nFrom: a@b.example\r\nSubject: many 3\r\n\r\n)\r\n" DONE);
	kit_expect(&k, "SEARCH UNSEEN", "* SEARCH 3 4\r\na OK SEARCH completed\r\n");
	kit_close(&k);
}

static unsigned count_texts(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* \Seen is written in groups, and each message is told once. */
static void test_many_bodies(void **context)
{
	struct kit k;
	struct quarantine_mailbox before, after;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 300);
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 100:150 +FLAGS.SILENT \\Seen");
	assert_int_equal(quarantine_mailbox_find(k.q, "Outgoing", &before), QUARANTINE_OK);
	assert_int_equal(count_texts(kit_run(&k, "FETCH 1:300 BODY[]"), "\\Seen"), 249);
	assert_int_equal(count_texts(k.answer.data, "FETCH"), 301);
	assert_int_equal(count_texts(k.answer.data, "\r\nbody "), 300);
	assert_int_equal(quarantine_mailbox_find(k.q, "Outgoing", &after), QUARANTINE_OK);
	assert_int_equal(after.unseen, 0);
	assert_in_range(after.highest_modseq - before.highest_modseq, 1, 6);
	kit_close(&k);
}

/* The same where rows have all that is asked for. */
static void test_many_headers(void **context)
{
	struct kit k;
	struct quarantine_mailbox box;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 300);
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 100:150 +FLAGS.SILENT \\Seen");
	assert_int_equal(count_texts(kit_run(&k, "FETCH 1:300 BODY[HEADER.FIELDS (Subject)]"), "\\Seen"),
			 249);
	assert_int_equal(count_texts(k.answer.data, "\r\nSubject: many "), 300);
	assert_int_equal(quarantine_mailbox_find(k.q, "Outgoing", &box), QUARANTINE_OK);
	assert_int_equal(box.unseen, 0);
	kit_close(&k);
}

/* Headers of many kinds: alike, empty, none, longer than a row has them. */
static void deliver_headers(struct kit *k)
{
	static const char *const texts[] = {"", "\r\nbody", "From: a@b\r\n\r\n", "no header",
					    "To: x\r\n y\r\n"};
	struct buf text = {0};

	for (size_t i = 0; i < 60; i++) {
		size_t length = i % 10 == 7 ? QUARANTINE_ROW_HEADER_MAX + i : 300;

		buf_reset(&text);
		buf_addf(&text, "From: shop%zu@b.example\r\nX-Long: ", i % 9);
		while (text.len < length)
			buf_addf(&text, "%zu\r\n more ", i % 4);
		buf_addf(&text, "\r\nTo: %zu\r\n\r\nbody", i);
		buf_add(&text, "", 1);
		kit_deliver(k, i % 6 == 5 ? texts[i % ARRAY_SIZE(texts)] : text.data);
	}
	buf_finish(&text);
}

static void drop_each(struct slice text, const char *what, struct buf *out)
{
	const char *found;

	buf_reset(out);
	while ((found = memmem(text.data, text.len, what, strlen(what)))) {
		buf_add(out, text.data, (size_t)(found - text.data));
		text = slice_skip(text, (size_t)(found - text.data) + strlen(what));
	}
	buf_add_slice(out, text);
}

/* Beside another item that needs content, headers are not taken from the rows, and the answer is the same. */
static void test_headers_both_ways(void **context)
{
	static const char *const wishes[] = {
		"BODY.PEEK[HEADER]",
		"RFC822.SIZE BODY.PEEK[HEADER]<3.70000> UID",
		"FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (to FROM)]",
		"BODY.PEEK[HEADER.FIELDS (To)] BODY.PEEK[HEADER.FIELDS.NOT (To)]<2.100> THREADID",
		"BODY.PEEK[HEADER.FIELDS.NOT (X-Long)] INTERNALDATE BODY.PEEK[HEADER]",
	};
	struct buf plain = {0};
	struct kit k;
	char command[256];

	(void)context;
	kit_open(&k);
	deliver_headers(&k);
	kit_run(&k, "SELECT Outgoing");
	kit_run(&k, "STORE 9:11,20 +FLAGS.SILENT \\Deleted");
	kit_run(&k, "EXPUNGE");
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		snprintf(command, sizeof(command), "FETCH 1:* (%s BODY.PEEK[TEXT]<99999.1>)", wishes[i]);
		kit_run(&k, command);
		assert_int_equal(count_texts(k.answer.data, "BODY[TEXT]"), 56);
		drop_each(buf_slice(&k.answer), " BODY[TEXT]<99999> \"\"", &plain);
		snprintf(command, sizeof(command), "FETCH 1:* (%s)", wishes[i]);
		kit_run(&k, command);
		assert_true(slice_eq(buf_slice(&k.answer), buf_slice(&plain)));
		assert_true(k.response.out.cap <= 4 * RESPONSE_STEP);
	}
	buf_finish(&plain);
	kit_close(&k);
}

/* A literal goes on over many steps, byte for byte, and the memory of a step is bounded. */
static void test_large_message(void **context)
{
	enum { LENGTH = 3 * 1024 * 1024 };
	static const char head[] = "* 1 FETCH (UID 1 BODY[] {3145728}\r\n";
	char *message = malloc(LENGTH + 1);
	struct kit k;
	const char *answer;

	(void)context;
	assert_non_null(message);
	memset(message, 'x', LENGTH);
	message[LENGTH] = '\0';
	memcpy(message, "A: b\r\n\r\n", 8);
	for (size_t i = 8; i + 80 < LENGTH; i += 80) {
		snprintf(message + i, 20, "%zu", i);
		message[i + strlen(message + i)] = '(';
		memcpy(message + i + 78, "\r\n", 2);
	}
	kit_open(&k);
	kit_deliver(&k, message);
	kit_run(&k, "SELECT Outgoing");
	answer = kit_run(&k, "FETCH 1 (BODY.PEEK[] BODY.PEEK[]<100.10> UID)");
	assert_true(k.steps >= LENGTH / (2 * RESPONSE_STEP));
	assert_true(k.response.out.cap < 4 * RESPONSE_STEP);
	assert_true(strncmp(answer, head, sizeof(head) - 1) == 0);
	assert_memory_equal(answer + sizeof(head) - 1, message, LENGTH);
	assert_true(strncmp(answer + sizeof(head) - 1 + LENGTH, " BODY[]<100> {10}\r\n", 19) == 0);
	free(message);
	kit_close(&k);
}

static void test_sets(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 3);
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "FETCH 99 UID", "a BAD No message of that number\r\n");
	kit_expect(&k, "FETCH 2:4 UID", "a BAD No message of that number\r\n");
	kit_expect(&k, "UID FETCH 99 UID", DONE);
	kit_expect(&k, "UID FETCH 99:* UID", "* 3 FETCH (UID 3)\r\n" DONE);
	kit_expect(&k, "UID FETCH 1:4294967295 UID",
		   "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3)\r\n" DONE);
	kit_expect(&k, "FETCH *:1 UID",
		   "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3)\r\n" DONE);
	kit_expect(&k, "FETCH 3,1,3,1 UID", "* 1 FETCH (UID 1)\r\n* 3 FETCH (UID 3)\r\n" DONE);
	kit_close(&k);
}

/* V-11: a set of many ranges costs by what it finds. */
static void test_many_ranges(void **context)
{
	struct buf command = {0};
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 3);
	kit_run(&k, "SELECT Outgoing");
	buf_add_str(&command, "UID FETCH 1:4294967295");
	for (unsigned i = 0; i < 10001; i++)
		buf_addf(&command, ",%u", 4294967294u - 2 * i);
	buf_add(&command, " UID", sizeof(" UID"));
	kit_expect(&k, command.data, "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3)\r\n" DONE);
	buf_reset(&command);
	buf_add_str(&command, "UID FETCH 3");
	for (unsigned i = 0; i < 10001; i++)
		buf_addf(&command, ",%u", 4294967294u - 2 * i);
	buf_add(&command, " UID", sizeof(" UID"));
	kit_expect(&k, command.data, "* 3 FETCH (UID 3)\r\n" DONE);
	assert_int_equal(k.steps, 1);
	buf_finish(&command);
	kit_close(&k);
}

static void test_bad_arguments(void **context)
{
	static const char *const commands[] = {
		"FETCH",
		"FETCH 1",
		"FETCH 1,",
		"FETCH ,1 UID",
		"FETCH 1: UID",
		"FETCH 0 UID",
		"FETCH 1 ()",
		"FETCH 1 (UID",
		"FETCH 1 UIDX",
		"FETCH 1 BODY[MIME]",
		"FETCH 1 BODY[0]",
		"FETCH 1 BODY[1.",
		"FETCH 1 BODY[]<0.0>",
		"FETCH 4294967296 UID",
		"FETCH 1 (ALL)",
	};
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 1);
	kit_run(&k, "SELECT Outgoing");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strncmp(kit_run(&k, commands[i]), "a BAD ", 6) != 0)
			fail_msg("%s: %s", commands[i], k.answer.data);
	kit_close(&k);
}

/* Others expunge while this session still names the message: it is answered until it is purged. */
static void test_expunged_by_others(void **context)
{
	struct kit one, two;
	size_t done;

	(void)context;
	kit_open(&one);
	kit_deliver_many(&one, 3);
	kit_join(&two, &one);
	kit_run(&one, "SELECT Outgoing");
	kit_run(&two, "SELECT Outgoing");
	kit_run(&one, "STORE 2 FLAGS.SILENT \\Deleted");
	kit_run(&one, "EXPUNGE");
	kit_expect(&two, "FETCH 2 BODY.PEEK[TEXT]",
		   "* 2 FETCH (BODY[TEXT] {8}\r\nbody 2\r\n)\r\n"
		   "* 2 FETCH (FLAGS (\\Deleted))\r\n" DONE);
	kit_expect(&two, "FETCH 2 BODY[TEXT]", "* 2 FETCH (BODY[TEXT] {8}\r\nbody 2\r\n)\r\n" DONE);
	kit_expect(&two, "STORE 1:2 +FLAGS \\Flagged",
		   "* 1 FETCH (FLAGS (\\Flagged))\r\na NO [EXPUNGEISSUED] Some messages were expunged\r\n");
	assert_int_equal(quarantine_purge(one.q, INT64_MAX, 100, &done), QUARANTINE_OK);
	kit_expect(&two, "FETCH 1:3 BODY.PEEK[TEXT]<0.6>",
		   "* 1 FETCH (BODY[TEXT]<0> {6}\r\nbody 1)\r\n* 3 FETCH (BODY[TEXT]<0> {6}\r\nbody 3)\r\n"
		   "a NO [EXPUNGEISSUED] Some messages were expunged\r\n");
	kit_expect(&two, "FETCH 3 UID", "* 3 FETCH (UID 3)\r\n" DONE);
	kit_expect(&two, "UID FETCH 2 UID", "* 2 EXPUNGE\r\n" DONE);
	kit_close(&two);
	kit_close(&one);
}

static void test_empty_message(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver(&k, "");
	kit_run(&k, "SELECT Outgoing");
	kit_expect(&k, "FETCH 1 (RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[1])",
		   "* 1 FETCH (RFC822.SIZE 0 BODY[] \"\" BODY[HEADER] \"\" BODY[TEXT] \"\" BODY[1] "
		   "\"\")\r\n" DONE);
	assert_non_null(strstr(kit_run(&k, "FETCH 1 FULL"), "BODY (\"text\" \"plain\""));
	kit_close(&k);
}

/* Rows of a large mailbox come in steps of bounded size. */
static void test_many_rows(void **context)
{
	struct kit k;

	(void)context;
	kit_open(&k);
	kit_deliver_many(&k, 5000);
	kit_run(&k, "SELECT Outgoing");
	assert_int_equal(count_texts(kit_run(&k, "UID FETCH 1:* FAST"), "FLAGS (\\Recent)"), 5000);
	assert_true(k.steps > 1);
	assert_true(k.response.out.cap <= 2 * RESPONSE_STEP);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),         cmocka_unit_test(test_seen),
		cmocka_unit_test(test_many_bodies),   cmocka_unit_test(test_large_message),
		cmocka_unit_test(test_sets),          cmocka_unit_test(test_many_ranges),
		cmocka_unit_test(test_bad_arguments), cmocka_unit_test(test_expunged_by_others),
		cmocka_unit_test(test_empty_message), cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_many_headers),  cmocka_unit_test(test_headers_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
