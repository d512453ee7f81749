/* SPDX-License-Identifier: ISC
 *
 * What a restored store gives out is not what was given out after the copy was made. */
#include <stdio.h>
#include <stdlib.h>

#include "tmpstore.h"

enum { STORES = 3 };

struct place {
	char dir[300];
	struct quarantine *q;
};

static void restore_to(struct place *place, const struct tmpstore *t, unsigned n, const char *copy)
{
	char why[256] = "";

	snprintf(place->dir, sizeof(place->dir), "%s/restored-%u", t->dir, n);
	if (quarantine_restore(place->dir, copy, why, sizeof(why)) != QUARANTINE_OK)
		fail_msg("restore: %s", why);
	assert_int_equal(quarantine_open(place->dir, QUARANTINE_WRITE, &place->q), QUARANTINE_OK);
}

static void make_copy(const struct tmpstore *t, char *file, size_t size)
{
	snprintf(file, size, "%s/copy", t->dir);
	assert_int_equal(quarantine_backup(t->q, file, NULL, NULL), QUARANTINE_OK);
}

/* Each restored store delivers one message and makes a mailbox, as the first one did after the copy. */
static void no_id_is_given_twice(void **state)
{
	const struct tmpstore *t = *state;
	int64_t kept = put_text(t->q, "Subject: kept\r\n\r\n"), ids[STORES + 1];
	struct quarantine_mailbox boxes[STORES + 1];
	struct place places[STORES];
	char copy[300];
	size_t len;
	char *text;

	make_copy(t, copy, sizeof(copy));
	ids[STORES] = put_text(t->q, "Subject: after\r\n\r\n");
	assert_int_equal(quarantine_mailbox_create(t->q, "own", 0), QUARANTINE_OK);
	boxes[STORES] = mailbox_of(t->q, "own");
	for (unsigned i = 0; i < STORES; i++) {
		struct quarantine *q;

		restore_to(&places[i], t, i, copy);
		q = places[i].q;
		ids[i] = put_text(q, "Subject: other\r\n\r\n");
		assert_int_equal(put_text(q, "Subject: next\r\n\r\n"), ids[i] + 1);
		assert_int_equal(quarantine_mailbox_create(q, "own", 0), QUARANTINE_OK);
		boxes[i] = mailbox_of(q, "own");
		text = get(q, kept, &len);
		assert_memory_equal(text, "Subject: kept", 13);
		free(text);
		quarantine_close(q);
	}
	for (size_t i = 0; i <= STORES; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(ids[i], ids[k]);
	for (size_t i = 0; i < STORES; i++)
		assert_true(boxes[i].id != boxes[STORES].id ||
			    boxes[i].uidvalidity != boxes[STORES].uidvalidity);
}

/* The counter of a table comes with its first row. */
static void of_an_empty_store_too(void **state)
{
	const struct tmpstore *t = *state;
	struct place place;
	char copy[300];
	int64_t after;

	make_copy(t, copy, sizeof(copy));
	after = put_text(t->q, "Subject: after\r\n\r\n");
	restore_to(&place, t, 0, copy);
	assert_int_not_equal(put_text(place.q, "Subject: other\r\n\r\n"), after);
	quarantine_close(place.q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(no_id_is_given_twice),
		store_test(of_an_empty_store_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
