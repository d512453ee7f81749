/* SPDX-License-Identifier: ISC */
#include "../../../imapd/commands.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../imapd/command.h"

static void test_sorted_and_unique(void **state)
{
	size_t count;
	const struct command_def *const *all = commands_all(&count);

	(void)state;
	assert_true(count > 20);
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(all[i - 1]->name, all[i]->name) < 0);
}

/* A command has a state in which it is legal, and more than an answer OK only where it says so. */
static void test_definitions(void **state)
{
	size_t count;
	const struct command_def *const *all = commands_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct command_def *def = all[i];

		assert_true(def->states != 0 && (def->states & ~(unsigned)STATE_ANY) == 0);
		assert_true(!(def->flags & COMMAND_HAS_UID_FORM) || (def->states & STATE_SELECTED));
		assert_true(!(def->flags & COMMAND_HAS_UID_FORM) || !(def->states & STATE_NOT_AUTHENTICATED));
		assert_true(!(def->flags & COMMAND_PASSWORD) || def->states == STATE_NOT_AUTHENTICATED);
		assert_true(def->step || !def->parse);
		for (const char *c = def->name; *c != '\0'; c++)
			assert_true(isupper((unsigned char)*c));
	}
}

static void test_find(void **state)
{
	static const struct slice unknown[] = {SLICE(""),       SLICE("A"),     SLICE("FETC"),
					       SLICE("FETCHX"), SLICE("ZZZ"),   SLICE("UID"),
					       SLICE("NO\0OP"), SLICE("YLIST"), SLICE("*"),
					       SLICE("\xff"),   SLICE("IDL"),   SLICE("UNSUBSCRIBEX")};
	size_t count;
	const struct command_def *const *all = commands_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		char name[32];
		size_t len = strlen(all[i]->name);

		for (size_t k = 0; k < len; k++)
			name[k] =
				k % 2 == 0 ? (char)tolower((unsigned char)all[i]->name[k]) : all[i]->name[k];
		assert_ptr_equal(commands_find(slice_of(name, len)), all[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_null(commands_find(unknown[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted_and_unique),
		cmocka_unit_test(test_definitions),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
