/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kit.h"
#include "talk.h"

/* The kit's store and state under an exchange. */
static void start(struct talk *t, struct kit *k)
{
	kit_open(k);
	talk_start(t);
	t->store = k->q;
	t->services.feeds = k->services.feeds;
	t->x.state.user = strdup("global");
}

static void end(struct talk *t, struct kit *k)
{
	talk_end(t);
	kit_close(k);
}

static void forget(struct talk *t)
{
	buf_reset(&t->x.response.out);
}

static void test_nothing_selected(void **state)
{
	struct talk t;
	struct kit k;

	(void)state;
	start(&t, &k);
	SAY(&t, "a IDLE\r\n", "+ idling\r\n");
	assert_int_equal(t.status, COMMAND_WAIT);
	SAY(&t, "done\r\n", "a OK IDLE completed\r\n");
	SAY(&t, "a idle\r\nDoNe \r\nb NOOP\r\n",
	    "+ idling\r\na OK IDLE completed\r\nb OK NOOP completed\r\n");
	SAY(&t, "DONE\r\nb NOOP\r\n", "DONE BAD Missing command\r\nb OK NOOP completed\r\n");
	end(&t, &k);
}

static void test_other_lines(void **state)
{
	struct talk t;
	struct kit k;

	(void)state;
	start(&t, &k);
	SAY(&t, "a IDLE\r\n", "+ idling\r\n");
	SAY(&t, "b NOOP\r\n", "a BAD Expected DONE\r\n");
	SAY(&t, "a IDLE\r\nDONE {3+}\r\n", "+ idling\r\na BAD Expected DONE\r\n");
	SAY(&t, "a IDLE x\r\n", "a BAD Unexpected argument at the end\r\n");
	SAY(&t, "a IDLE\r\n\r\n\r\nDONE\r\n", "+ idling\r\na OK IDLE completed\r\n");
	end(&t, &k);
}

static void test_news(void **state)
{
	struct talk t;
	struct kit k;

	(void)state;
	start(&t, &k);
	kit_deliver(&k, "Subject: one\r\n\r\n");
	talk_say(&t, SLICE(""), "");
	buf_add_str(&t.in, "a SELECT Outgoing\r\n");
	while (exchange_read(&t.x, &t.in) == EXCHANGE_STEP)
		talk_step(&t);
	forget(&t);
	SAY(&t, "a IDLE\r\n", "+ idling\r\n");
	talk_step(&t);
	talk_expect(&t, "");
	kit_deliver(&k, "Subject: two\r\n\r\n");
	talk_step(&t);
	assert_int_equal(t.status, COMMAND_WAIT);
	buf_add_char(&t.x.response.out, '\0');
	assert_non_null(strstr(t.x.response.out.data, "* 2 EXISTS\r\n"));
	assert_null(strstr(t.x.response.out.data, "a OK"));
	forget(&t);
	/* what came with DONE is told before the end */
	kit_deliver(&k, "Subject: three\r\n\r\n");
	buf_add_str(&t.in, "DONE\r\n");
	while (exchange_read(&t.x, &t.in) == EXCHANGE_STEP)
		talk_step(&t);
	buf_add_char(&t.x.response.out, '\0');
	assert_non_null(strstr(t.x.response.out.data, "* 3 EXISTS\r\n"));
	assert_non_null(strstr(t.x.response.out.data, "a OK IDLE completed\r\n"));
	forget(&t);
	end(&t, &k);
}

static void test_hangup(void **state)
{
	struct talk t;
	struct kit k;

	(void)state;
	start(&t, &k);
	SAY(&t, "a IDLE\r\n", "+ idling\r\n");
	t.x.command.hangup = true;
	talk_step(&t);
	assert_int_equal(t.status, COMMAND_DONE);
	end(&t, &k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_selected),
		cmocka_unit_test(test_other_lines),
		cmocka_unit_test(test_news),
		cmocka_unit_test(test_hangup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
