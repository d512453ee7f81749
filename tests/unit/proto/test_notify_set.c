/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/notify_set.h"

#include <stdio.h>
#include <stdlib.h>

#include "tester.h"

enum {
	MESSAGES = NOTIFY_MESSAGE_NEW | NOTIFY_MESSAGE_EXPUNGE,
	ALL = MESSAGES | NOTIFY_FLAG_CHANGE | NOTIFY_MAILBOX_NAME | NOTIFY_SUBSCRIPTION_CHANGE,
};

static const struct {
	struct slice text;
	int groups; /* -1: refused */
	unsigned events;
	bool unknown;
} cases[] = {
	{SLICE("NONE\r\n"), 0, 0, false},
	{SLICE("set (selected none)\r\n"), 1, 0, false},
	{SLICE("SET (selected (MessageNew MessageExpunge))\r\n"), 1, MESSAGES, false},
	{SLICE("SET (selected (messagenew (UID FLAGS) messageexpunge flagchange))\r\n"), 1,
	 MESSAGES | NOTIFY_FLAG_CHANGE, false},
	{SLICE("SET STATUS (personal (MessageNew MessageExpunge FlagChange MailboxName "
	       "SubscriptionChange))\r\n"),
	 1, ALL, false},
	{SLICE("SET (subtree (a b) (MailboxName)) (mailboxes c (SubscriptionChange))\r\n"), 2,
	 NOTIFY_MAILBOX_NAME | NOTIFY_SUBSCRIPTION_CHANGE, false},
	{SLICE("SET (selected-delayed (MessageNew (UID BODY.PEEK[HEADER.FIELDS (FROM)]) MessageExpunge)) "
	       "(inboxes NONE)\r\n"),
	 2, MESSAGES, false},
	{SLICE("SET (personal (AnnotationChange))\r\n"), 1, 0, true},
	{SLICE("SET (personal (MailboxName AnnotationChange X-New))\r\n"), 1, NOTIFY_MAILBOX_NAME, true},
	{SLICE("SET (selected (MessageNew))\r\n"), -1, 0, false},
	{SLICE("SET (selected (MessageExpunge))\r\n"), -1, 0, false},
	{SLICE("SET (selected (FlagChange))\r\n"), -1, 0, false},
	{SLICE("SET (selected (MessageNew MessageExpunge MailboxName))\r\n"), -1, 0, false},
	{SLICE("SET (selected NONE) (selected-delayed NONE)\r\n"), -1, 0, false},
	{SLICE("SET (personal (MessageNew (UID) MessageExpunge))\r\n"), -1, 0, false},
	{SLICE("SET (selected (MessageNew (NOSUCH) MessageExpunge))\r\n"), -1, 0, false},
	{SLICE("SET (selected ())\r\n"), -1, 0, false},
	{SLICE("SET (selected (MessageNew MessageExpunge)\r\n"), -1, 0, false},
	{SLICE("SET (nowhere (MailboxName))\r\n"), -1, 0, false},
	{SLICE("SET STATUS\r\n"), -1, 0, false},
	{SLICE("SET\r\n"), -1, 0, false},
	{SLICE("NONE x\r\n"), -1, 0, false},
	{SLICE("\r\n"), -1, 0, false},
};

static void test_sets(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct notify_set set;
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].text);
		bool ok = notify_set_parse(p, &set);
		unsigned events = 0;

		if (ok != (cases[i].groups >= 0))
			fail_msg("%s: %d", cases[i].text.data, ok);
		for (size_t k = 0; ok && k < set.count; k++)
			events |= set.groups[k].events;
		if (ok) {
			assert_int_equal(set.count, cases[i].groups);
			assert_int_equal(events, cases[i].events);
			assert_int_equal(set.unknown_event, cases[i].unknown);
		}
		tester_end(&t);
	}
}

/* Cut at every byte none is taken. */
static void test_cut(void **state)
{
	const struct slice text = cases[6].text;

	(void)state;
	for (size_t len = 0; len < text.len; len++) {
		struct notify_set set;
		struct tester t;

		if (len == text.len - 1)
			continue; /* a line may end in CR alone no more than in nothing */
		assert_false(notify_set_parse(tester_start(&t, slice_of(text.data, len)), &set));
		tester_end(&t);
	}
}

static void test_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 3; over++) {
		size_t count = NOTIFY_GROUPS_MAX - 1 + over;
		struct buf text = {0};
		struct notify_set set;
		struct tester t;

		buf_add_str(&text, "SET");
		for (size_t i = 0; i < count; i++)
			buf_add_str(&text, " (personal (MailboxName))");
		buf_add_str(&text, "\r\n");
		assert_int_equal(notify_set_parse(tester_start(&t, buf_slice(&text)), &set),
				 count <= NOTIFY_GROUPS_MAX);
		assert_int_equal(set.limited, count > NOTIFY_GROUPS_MAX);
		tester_end(&t);
		buf_finish(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
