/* SPDX-License-Identifier: ISC */
#include "../../../store/mime/msgid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* The identifiers in their order, a bar after each. */
static const struct {
	const char *value;
	const char *ids;
} cases[] = {
	{"", ""},
	{"no id", ""},
	{"<a@b>", "a@b|"},
	{" <a@b>\r\n <c@d>\t<e@f>", "a@b|c@d|e@f|"},
	{"<a@b><c@d>", "a@b|c@d|"},
	{"text <a@b> (comment) <c@d>", "a@b|c@d|"},
	{"<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>", "01KF8JCEOCBS0045PS@xxx.yyy.com|"},
	{"<\"a b\\\"c\"@d>", "a b\"c@d|"},
	{"<a\r\n b@c>", "ab@c|"},
	{"<noat> <a@b>", "a@b|"},
	{"<@b> <a@> <> <a@b>", "a@b|"},
	{"<open <a@b>", "a@b|"},
	{"<a@b", ""},
	{"<\"a@b>", ""},
	{"<a@b@c>", "a@b@c|"},
	{"<A@b>", "A@b|"},
};

static void test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice value = slice_str(cases[i].value);
		struct buf id = {0}, all = {0};

		while (mime_msgid_next(&value, &id)) {
			buf_add_slice(&all, buf_slice(&id));
			buf_add_char(&all, '|');
		}
		if (!slice_eq(buf_slice(&all), slice_str(cases[i].ids)))
			fail_msg("%s: %.*s", cases[i].value, (int)all.len, all.data ? all.data : "");
		buf_finish(&id);
		buf_finish(&all);
	}
}

static void test_long_values_take_linear_time(void **state)
{
	enum { LENGTH = 4 * 1024 * 1024 };
	static const char *const pieces[] = {"<", "<\"", "<a", "<a@b", "\\", "<\"\\"};
	char *text = malloc(LENGTH);
	struct buf id = {0};

	(void)state;
	assert_non_null(text);
	for (size_t k = 0; k < ARRAY_SIZE(pieces); k++) {
		struct slice value = slice_of(text, LENGTH);
		size_t step = strlen(pieces[k]);
		clock_t start = clock();

		for (size_t i = 0; i < LENGTH; i++)
			text[i] = pieces[k][i % step];
		assert_false(mime_msgid_next(&value, &id));
		assert_true(clock() - start < 3 * CLOCKS_PER_SEC);
	}
	buf_finish(&id);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_long_values_take_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
