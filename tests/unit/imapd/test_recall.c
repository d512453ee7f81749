/* SPDX-License-Identifier: ISC
 *
 * Commands that are answered from memory, while the store is known to be as it was read. */
#include <stdio.h>

#include "kit.h"
#include "talk.h"

struct fixture {
	struct kit kit;
	struct talk talk;
	uint64_t version;
};

static void begin(struct fixture *f, unsigned messages)
{
	kit_open(&f->kit);
	kit_deliver_many(&f->kit, messages);
	talk_start(&f->talk);
	f->talk.services.feeds = f->kit.services.feeds;
	f->talk.store = f->kit.q;
	f->talk.x.state.user = strdup("global");
	f->version = 1;
	feeds_see(f->kit.services.feeds, f->version);
}

static void end(struct fixture *f)
{
	talk_end(&f->talk);
	kit_close(&f->kit);
}

/* Somebody else has committed, and the loop has seen it. */
static void changed(struct fixture *f)
{
	feeds_see(f->kit.services.feeds, ++f->version);
}

static bool recall_at(struct fixture *f, const char *command, uint64_t version, struct buf *answer)
{
	struct exchange *x = &f->talk.x;
	struct buf in = {0};
	bool done;

	buf_addf(&in, "a %s\r\n", command);
	assert_int_equal(exchange_read(x, &in), EXCHANGE_STEP);
	buf_finish(&in);
	done = exchange_may_recall(x) && exchange_recall(x, version);
	if (!done)
		assert_int_equal(x->response.out.len, 0);
	buf_reset(answer);
	buf_add_slice(answer, buf_slice(&x->response.out));
	buf_add_char(answer, '\0');
	buf_reset(&x->response.out);
	exchange_end(x);
	return done;
}

static bool is_recalled(struct fixture *f, const char *command)
{
	struct buf answer = {0};
	bool done = recall_at(f, command, f->version, &answer);

	buf_finish(&answer);
	return done;
}

static void expect_recalled(struct fixture *f, const char *command, const char *expected)
{
	struct buf answer = {0};

	assert_true(recall_at(f, command, f->version, &answer));
	assert_string_equal(answer.data, expected);
	buf_finish(&answer);
}

/* On a worker. */
static void step(struct fixture *f, const char *command)
{
	struct buf in = {0};

	buf_addf(&in, "a %s\r\n", command);
	assert_int_equal(exchange_read(&f->talk.x, &in), EXCHANGE_STEP);
	buf_finish(&in);
	talk_step(&f->talk);
	buf_reset(&f->talk.x.response.out);
}

/* What memory says is what the store says. */
static void expect_same(struct fixture *f, const char *command)
{
	struct exchange *x = &f->talk.x;
	struct buf recalled = {0}, in = {0};

	step(f, command);
	assert_true(recall_at(f, command, f->version, &recalled));
	buf_addf(&in, "a %s\r\n", command);
	assert_int_equal(exchange_read(x, &in), EXCHANGE_STEP);
	talk_step(&f->talk);
	talk_expect(&f->talk, recalled.data);
	buf_finish(&recalled);
	buf_finish(&in);
}

static void test_noop(void **state)
{
	struct fixture f;
	struct buf answer = {0};

	(void)state;
	begin(&f, 3);
	step(&f, "SELECT Outgoing");
	expect_recalled(&f, "NOOP", "a OK NOOP completed\r\n");
	expect_recalled(&f, "CHECK", "a OK CHECK completed\r\n");
	assert_false(recall_at(&f, "NOOP", 0, &answer));
	assert_false(is_recalled(&f, "FETCH 1 FLAGS"));

	kit_deliver_many(&f.kit, 1);
	changed(&f);
	assert_false(is_recalled(&f, "NOOP"));
	SAY(&f.talk, "a NOOP\r\n", "* 4 EXISTS\r\n* 4 RECENT\r\na OK NOOP completed\r\n");
	expect_recalled(&f, "NOOP", "a OK NOOP completed\r\n");
	buf_finish(&answer);
	end(&f);
}

/* Another session has read what is new: it is known, and yet this one has to be told. */
static void test_others_read(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 3);
	step(&f, "SELECT Outgoing");
	kit_deliver_many(&f.kit, 1);
	changed(&f);
	assert_int_equal(feeds_refresh(f.kit.services.feeds, f.kit.q), QUARANTINE_OK);
	assert_false(is_recalled(&f, "NOOP"));
	step(&f, "NOOP");
	assert_true(is_recalled(&f, "NOOP"));
	end(&f);
}

/* An EXPUNGE that had to wait is told by the next command that may. */
static void test_held_expunge(void **state)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 10};
	struct quarantine_range range = {2, 2};
	struct fixture f;
	size_t done;

	(void)state;
	begin(&f, 3);
	step(&f, "SELECT Outgoing");
	assert_int_equal(quarantine_expunge(f.kit.q, f.talk.x.state.view->box.id, &range, 1, &request, &done),
			 QUARANTINE_OK);
	changed(&f);
	step(&f, "FETCH 1 FLAGS");
	assert_false(is_recalled(&f, "NOOP"));
	SAY(&f.talk, "a NOOP\r\n", "* 2 EXPUNGE\r\na OK NOOP completed\r\n");
	assert_true(is_recalled(&f, "NOOP"));
	end(&f);
}

static void test_status(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 3);
	assert_false(is_recalled(&f, "STATUS Outgoing (MESSAGES)"));
	expect_same(&f,
		    "STATUS Outgoing (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN SIZE DELETED MAILBOXID)");
	expect_same(&f, "STATUS inbox (MESSAGES)");
	kit_deliver_many(&f.kit, 2);
	changed(&f);
	assert_false(is_recalled(&f, "STATUS Outgoing (MESSAGES)"));
	step(&f, "STATUS Outgoing (MESSAGES)");
	expect_recalled(&f, "STATUS Outgoing (MESSAGES UIDNEXT)",
			"* STATUS Outgoing (MESSAGES 5 UIDNEXT 6)\r\na OK STATUS completed\r\n");
	assert_false(is_recalled(&f, "STATUS Elsewhere (MESSAGES)"));
	end(&f);
}

/* More mailboxes than are remembered: the last ones are. */
static void test_many_rows(void **state)
{
	struct fixture f;
	char command[80];

	(void)state;
	begin(&f, 1);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(command, sizeof(command), "Box%u", i);
		assert_int_equal(quarantine_mailbox_create(f.kit.q, command, 0), QUARANTINE_OK);
		snprintf(command, sizeof(command), "STATUS Box%u (MESSAGES)", i);
		step(&f, command);
	}
	assert_true(is_recalled(&f, "STATUS Box39 (MESSAGES)"));
	assert_true(is_recalled(&f, "STATUS Box8 (MESSAGES)"));
	assert_false(is_recalled(&f, "STATUS Box7 (MESSAGES)"));
	end(&f);
}

static void see(struct fixture *f, uint32_t first, uint32_t last)
{
	struct quarantine_flag_request r = {.size = sizeof(r),
					    .change = QUARANTINE_FLAGS_ADD,
					    .flags = QUARANTINE_SEEN,
					    .unchanged_since = UINT64_MAX};
	struct quarantine_range range = {first, last};
	uint64_t highest;

	assert_int_equal(
		quarantine_flags_change(f->kit.q, f->talk.x.state.view->box.id, &range, 1, &r, &highest),
		QUARANTINE_OK);
	changed(f);
}

static void test_select(void **state)
{
	struct fixture f;
	uint64_t bit;

	(void)state;
	begin(&f, 5);
	assert_false(is_recalled(&f, "SELECT Outgoing"));
	expect_same(&f, "SELECT Outgoing");
	expect_same(&f, "EXAMINE Outgoing");
	see(&f, 1, 2);
	assert_false(is_recalled(&f, "SELECT Outgoing"));
	expect_same(&f, "SELECT Outgoing");
	expect_same(&f, "SELECT \"Caught (Outgoing)\"");
	see(&f, 1, 5);
	expect_same(&f, "SELECT Outgoing (CONDSTORE)");

	assert_int_equal(quarantine_keyword_make(f.kit.q, f.talk.x.state.view->box.id, "$Other", &bit),
			 QUARANTINE_OK);
	changed(&f);
	expect_same(&f, "SELECT Outgoing");
	assert_true(feed_keyword_count(f.talk.x.state.view->feed) == 1);
	expect_same(&f, "NOOP");
	end(&f);
}

/* A SELECT that is not known leaves the mailbox selected, until its step. */
static void test_select_unknown(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 5);
	step(&f, "SELECT Outgoing");
	assert_false(is_recalled(&f, "SELECT INBOX"));
	assert_false(is_recalled(&f, "SELECT Elsewhere"));
	assert_string_equal(f.talk.x.state.view->name, "Outgoing");
	step(&f, "SELECT INBOX");
	assert_true(is_recalled(&f, "SELECT Outgoing"));
	assert_true(is_recalled(&f, "SELECT INBOX"));
	assert_string_equal(f.talk.x.state.view->name, "INBOX");
	end(&f);
}

/* Where more than these is told, the store is asked. */
static void test_needs_the_store(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 2);
	step(&f, "SELECT Outgoing");
	step(&f, "ENABLE METADATA");
	assert_false(is_recalled(&f, "NOOP"));
	step(&f,
	     "NOTIFY SET (selected (messagenew messageexpunge)) (subtree \"\" (messagenew messageexpunge))");
	assert_false(is_recalled(&f, "NOOP"));
	step(&f, "NOTIFY NONE");
	assert_true(is_recalled(&f, "NOOP"));
	step(&f, "ENABLE QRESYNC");
	assert_true(is_recalled(&f, "SELECT Outgoing"));
	assert_false(is_recalled(&f, "SELECT Outgoing (QRESYNC (1 1))"));
	end(&f);
}

/* Feeds that nobody uses are kept, but not many, and none that is large. */
static void test_kept_feeds(void **state)
{
	struct fixture f;
	struct feed *feed;
	struct quarantine_mailbox box;
	char name[16];

	(void)state;
	begin(&f, 1);
	for (unsigned i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "Box%u", i);
		assert_int_equal(quarantine_mailbox_create(f.kit.q, name, 0), QUARANTINE_OK);
		assert_int_equal(quarantine_mailbox_find(f.kit.q, name, &box), QUARANTINE_OK);
		assert_int_equal(feed_join(f.kit.services.feeds, f.kit.q, box.id, &feed), QUARANTINE_OK);
		feed_leave(feed);
	}
	for (unsigned i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "Box%u", i);
		assert_int_equal(quarantine_mailbox_find(f.kit.q, name, &box), QUARANTINE_OK);
		feed = feed_recall(f.kit.services.feeds, box.id, f.version);
		assert_true((feed != NULL) == (i >= 2));
		feed_leave(feed);
	}
	end(&f);
}

static void news_read(struct fixture *f)
{
	changed(f);
	assert_int_equal(feeds_refresh(f->kit.services.feeds, f->kit.q), QUARANTINE_OK);
}

static void remove_range(struct fixture *f, uint32_t first, uint32_t last)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 1000};
	struct quarantine_range range = {first, last};
	size_t done;

	assert_int_equal(
		quarantine_expunge(f->kit.q, f->talk.x.state.view->box.id, &range, 1, &request, &done),
		QUARANTINE_OK);
}

static void begin_idle(struct fixture *f, unsigned messages)
{
	begin(f, messages);
	step(f, "SELECT Outgoing");
	SAY(&f->talk, "a IDLE\r\n", "+ idling\r\n");
	assert_true(exchange_may_hear(&f->talk.x));
}

/* What a client in IDLE is told without the store, once the feed has it. */
static void test_hear(void **state)
{
	struct fixture f;
	struct exchange *x = &f.talk.x;

	(void)state;
	begin_idle(&f, 3);
	assert_int_equal(exchange_hear(x), COMMAND_WAIT);
	talk_expect(&f.talk, "");
	kit_deliver_many(&f.kit, 2);
	assert_int_equal(exchange_hear(x), COMMAND_WAIT);
	talk_expect(&f.talk, "");
	news_read(&f);
	assert_int_equal(exchange_hear(x), COMMAND_WAIT);
	talk_expect(&f.talk, "* 5 EXISTS\r\n* 5 RECENT\r\n");
	remove_range(&f, 2, 3);
	see(&f, 1, 1);
	news_read(&f);
	assert_int_equal(exchange_hear(x), COMMAND_WAIT);
	talk_expect(&f.talk, "* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n* 1 FETCH (FLAGS (\\Recent \\Seen))\r\n");
	SAY(&f.talk, "DONE\r\n", "a OK IDLE completed\r\n");
	end(&f);
}

/* More than is told in moments: a worker's step tells it, or the rest of it. */
static void test_hear_much(void **state)
{
	struct fixture f;
	struct exchange *x = &f.talk.x;

	(void)state;
	begin_idle(&f, 400);
	remove_range(&f, 102, 400);
	news_read(&f);
	assert_int_equal(exchange_hear(x), COMMAND_MORE);
	talk_expect(&f.talk, "");
	assert_int_equal(exchange_step(x, f.kit.q), COMMAND_WAIT);
	buf_add_char(&x->response.out, '\0');
	assert_non_null(strstr(x->response.out.data, "* 400 EXPUNGE\r\n"));
	assert_non_null(strstr(x->response.out.data, "* 102 EXPUNGE\r\n"));
	buf_reset(&x->response.out);

	kit_deliver_many(&f.kit, 1);
	see(&f, 1, 101);
	news_read(&f);
	assert_int_equal(exchange_hear(x), COMMAND_MORE);
	talk_expect(&f.talk, "* 102 EXISTS\r\n* 102 RECENT\r\n");
	assert_int_equal(exchange_step(x, f.kit.q), COMMAND_WAIT);
	buf_add_char(&x->response.out, '\0');
	assert_non_null(strstr(x->response.out.data, "* 101 FETCH "));
	assert_null(strstr(x->response.out.data, "EXISTS"));
	buf_reset(&x->response.out);
	assert_int_equal(exchange_hear(x), COMMAND_WAIT);
	talk_expect(&f.talk, "");
	end(&f);
}

/* What the feed has heard since the telling began is not told amid it: its MODSEQ is above that of an EXPUNGE
 * which the client does not know. */
static void test_hear_in_order(void **state)
{
	struct fixture f;
	struct exchange *x = &f.talk.x;

	(void)state;
	begin(&f, 300);
	step(&f, "ENABLE CONDSTORE");
	step(&f, "SELECT Outgoing");
	SAY(&f.talk, "a IDLE\r\n", "+ idling\r\n");
	see(&f, 1, 101);
	news_read(&f);
	assert_int_equal(exchange_hear(x), COMMAND_MORE);
	remove_range(&f, 5, 5);
	see(&f, 200, 200);
	news_read(&f);
	assert_int_equal(exchange_step(x, f.kit.q), COMMAND_WAIT);
	buf_add_char(&x->response.out, '\0');
	assert_non_null(strstr(x->response.out.data, "* 101 FETCH "));
	assert_null(strstr(x->response.out.data, "EXPUNGE"));
	assert_null(strstr(x->response.out.data, "* 200 FETCH "));
	buf_reset(&x->response.out);
	assert_int_equal(exchange_hear(x), COMMAND_WAIT);
	buf_add_char(&x->response.out, '\0');
	assert_true(strncmp(x->response.out.data, "* 5 EXPUNGE\r\n* 199 FETCH (UID 200 ", 34) == 0);
	buf_reset(&x->response.out);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noop),           cmocka_unit_test(test_others_read),
		cmocka_unit_test(test_held_expunge),   cmocka_unit_test(test_status),
		cmocka_unit_test(test_many_rows),      cmocka_unit_test(test_select),
		cmocka_unit_test(test_select_unknown), cmocka_unit_test(test_needs_the_store),
		cmocka_unit_test(test_kept_feeds),     cmocka_unit_test(test_hear),
		cmocka_unit_test(test_hear_much),      cmocka_unit_test(test_hear_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
