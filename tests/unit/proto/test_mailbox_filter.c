/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/mailbox_filter.h"

#include "tester.h"

static const struct {
	struct slice text;
	const char *names; /* a bar after each; NULL: refused */
	enum mailbox_filter_kind kind;
} cases[] = {
	{SLICE("selected"), "", MAILBOX_FILTER_SELECTED},
	{SLICE("Inboxes"), "", MAILBOX_FILTER_INBOXES},
	{SLICE("PERSONAL"), "", MAILBOX_FILTER_PERSONAL},
	{SLICE("subscribed"), "", MAILBOX_FILTER_SUBSCRIBED},
	{SLICE("subtree a"), "a|", MAILBOX_FILTER_SUBTREE},
	{SLICE("subtree-one (\"a b\" inbox)"), "a b|INBOX|", MAILBOX_FILTER_SUBTREE_ONE},
	{SLICE("mailboxes (Entw&APw-rfe b c)"), "Entw\xc3\xbcrfe|b|c|", MAILBOX_FILTER_MAILBOXES},
	{SLICE("selected-delayed"), "", MAILBOX_FILTER_SELECTED_DELAYED},
	{SLICE("subtree"), NULL, MAILBOX_FILTER_SELECTED},
	{SLICE("mailboxes ()"), NULL, MAILBOX_FILTER_SELECTED},
	{SLICE("mailboxes (a"), NULL, MAILBOX_FILTER_SELECTED},
	{SLICE("mailboxes (a )"), NULL, MAILBOX_FILTER_SELECTED},
	{SLICE("other"), NULL, MAILBOX_FILTER_SELECTED},
	{SLICE(""), NULL, MAILBOX_FILTER_SELECTED},
};

static void test_filters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mailbox_filter filter;
		struct buf names = {0};
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].text);
		bool ok = mailbox_filter_parse(p, &filter);

		if (ok != (cases[i].names != NULL))
			fail_msg("%s: %d", cases[i].text.data, ok);
		for (size_t k = 0; ok && k < filter.count; k++) {
			buf_add_slice(&names, filter.names[k]);
			buf_add_char(&names, '|');
		}
		if (ok) {
			assert_int_equal(filter.kind, cases[i].kind);
			assert_slice(buf_slice(&names), slice_str(cases[i].names));
		} else {
			assert_non_null(p->error);
		}
		buf_finish(&names);
		tester_end(&t);
	}
}

static void test_names_are_bounded(void **state)
{
	static const unsigned counts[] = {MAILBOX_FILTER_NAMES_MAX - 1, MAILBOX_FILTER_NAMES_MAX,
					  MAILBOX_FILTER_NAMES_MAX + 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct mailbox_filter filter;
		struct buf text = {0};
		struct tester t;
		struct parser *p;

		buf_add_str(&text, "mailboxes (a");
		for (unsigned n = 1; n < counts[i]; n++)
			buf_add_str(&text, " a");
		buf_add_char(&text, ')');
		p = tester_start(&t, buf_slice(&text));
		assert_int_equal(mailbox_filter_parse(p, &filter), counts[i] <= MAILBOX_FILTER_NAMES_MAX);
		buf_finish(&text);
		tester_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_names_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
