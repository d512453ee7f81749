/* SPDX-License-Identifier: ISC */
#include "../../../store/mime/subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* By the rules of RFC 5256 sections 2.1 and 5. */
static const struct {
	const char *subject;
	const char *base;
	bool reply;
} cases[] = {
	{"", "", false},
	{"   ", "", false},
	{"blah", "blah", false},
	{" \tblah  ", "blah", false},
	{"Re: blah", "blah", true},
	{"RE:blah", "blah", true},
	{"re : blah", "blah", true},
	{"Fw: blah", "blah", true},
	{"FWD: blah", "blah", true},
	{"Re: Fwd: re: blah", "blah", true},
	{"Re[2]: blah", "blah", true},
	{"Re [list] : blah", "blah", true},
	{"[list] blah", "blah", false},
	{"[list]blah", "blah", false},
	{"[a] [b] blah", "blah", false},
	{"[list] Re: blah", "blah", true},
	{"Re: [list] blah", "blah", true},
	{"[a] Re: [b] Fwd: [c] blah", "blah", true},
	{"[a][b]Re:[c]", "[c]", true},
	{"[list]", "[list]", false},
	{"[a] [b]", "[b]", false},
	{"blah (fwd)", "blah", true},
	{"blah (FWD) (fwd) ", "blah", true},
	{"(fwd)", "", true},
	{"Re: ", "", true},
	{"Re:", "", true},
	{"[fwd: blah]", "blah", true},
	{"[Fwd: [fwd: blah]]", "blah", true},
	{"[fwd: Re: blah (fwd)]", "blah", true},
	{"Re: [fwd: blah] (fwd)", "blah", true},
	{"[fwd:]", "", true},
	{"[list] [fwd: blah]", "blah", true},
	{"Re", "Re", false},
	{"Real estate: blah", "Real estate: blah", false},
	{"Reblah: x", "Reblah: x", false},
	{"Fwdx: blah", "Fwdx: blah", false},
	{"blah Re: blah", "blah Re: blah", false},
	{"[unclosed blah", "[unclosed blah", false},
	{"[[nested] blah", "[[nested] blah", false},
	{"Re: [a[b]: blah", "[a[b]: blah", true},
	{"Aw: blah", "Aw: blah", false},
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool reply;
		struct slice base = mime_base_subject(slice_str(cases[i].subject), &reply);

		if (!slice_eq(base, slice_str(cases[i].base)) || reply != cases[i].reply)
			fail_msg("\"%s\": \"%.*s\" %d", cases[i].subject, (int)base.len,
				 base.data ? base.data : "", reply);
	}
}

/* What makes a plain reading of the rules quadratic. */
static void test_long_subjects_take_linear_time(void **state)
{
	enum { LENGTH = 4 * 1024 * 1024 };
	static const char *const pieces[] = {"[a]", "re:", "[", "]", "(fwd)", "[fwd:", " ", "re[", "re [a]"};
	char *text = malloc(LENGTH);

	(void)state;
	assert_non_null(text);
	for (size_t k = 0; k < ARRAY_SIZE(pieces); k++) {
		size_t step = strlen(pieces[k]);
		clock_t start = clock();
		bool reply;

		for (size_t i = 0; i < LENGTH; i++)
			text[i] = pieces[k][i % step];
		mime_base_subject(slice_of(text, LENGTH), &reply);
		for (size_t i = 0; i < LENGTH / 2; i++)
			text[LENGTH - 1 - i] = ']';
		mime_base_subject(slice_of(text, LENGTH), &reply);
		assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_long_subjects_take_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
