/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/sort_order.h"

#include "tester.h"

static const struct {
	struct slice text;
	const char *order; /* digits of enum sort_by, "-" for REVERSE; NULL: refused */
} cases[] = {
	{SLICE("(DATE)"), "2"},
	{SLICE("(reverse Date)"), "-2"},
	{SLICE("(SUBJECT REVERSE DATE ARRIVAL)"), "7-20"},
	{SLICE("(ARRIVAL CC DATE DISPLAYFROM DISPLAYTO FROM SIZE SUBJECT TO)"), "012345678"},
	{SLICE("(DATE REVERSE DATE DATE SIZE)"), "26"},
	{SLICE("()"), NULL},
	{SLICE("(REVERSE)"), NULL},
	{SLICE("(REVERSE REVERSE DATE)"), NULL},
	{SLICE("(DATES)"), NULL},
	{SLICE("(DATE"), NULL},
	{SLICE("(DATE )"), NULL},
	{SLICE("(DATE,SIZE)"), NULL},
	{SLICE("DATE"), NULL},
	{SLICE(""), NULL},
};

static void test_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sort_order order;
		struct buf got = {0};
		struct tester t;
		struct parser *p = tester_start(&t, cases[i].text);
		bool ok = sort_order_parse(p, &order);

		if (ok != (cases[i].order != NULL))
			fail_msg("%s: %d", cases[i].text.data, ok);
		for (size_t k = 0; ok && k < order.count; k++) {
			if (order.list[k].reverse)
				buf_add_char(&got, '-');
			buf_add_uint(&got, order.list[k].by);
		}
		if (ok) {
			assert_slice(buf_slice(&got), slice_str(cases[i].order));
			assert_int_equal(p->at, p->in.len);
		} else {
			assert_non_null(p->error);
		}
		buf_finish(&got);
		tester_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_orders)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
