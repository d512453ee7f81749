/* SPDX-License-Identifier: ISC
 *
 * What a client expunges and appends again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recall.h"
#include "tmpstore.h"

#define FIELDS "Message-ID: <1@a>\r\nSubject: x\r\n"
#define BODY "\r\nbody\r\n"

static const char LETTER[] = FIELDS BODY;
static const char TOUCHED[] = FIELDS "X-TUID: abc\r\n" BODY;

static void expunge(struct tmpstore *t, const char *by, uint32_t uid)
{
	struct quarantine_expunge_request request = {.size = sizeof(request), .by = by, .max = 1};
	struct quarantine_range range = {uid, uid};
	size_t done = 0;

	request.reason = QUARANTINE_REMOVED;
	assert_int_equal(quarantine_expunge(t->q, t->outgoing, &range, 1, &request, &done), QUARANTINE_OK);
	assert_int_equal(done, 1);
}

static struct quarantine_addition append(struct tmpstore *t, const char *by, const char *text)
{
	struct quarantine_addition one = {.size = sizeof(one), .bytes = text, .len = strlen(text), .by = by};

	one.flags = QUARANTINE_SEEN;
	assert_int_equal(quarantine_append(t->q, mailbox_of(t->q, "Trash").id, &one, 1), QUARANTINE_OK);
	check_sound(t);
	return one;
}

/* Back to Outgoing, as after a move. */
static int go_home(struct tmpstore *t, uint32_t uid)
{
	struct quarantine_copy_request request = {.size = sizeof(request), .how = QUARANTINE_MOVE, .max = 1};
	struct quarantine_range range = {uid, uid};
	struct quarantine_copied done;
	size_t count = 0;

	request.from = mailbox_of(t->q, "Trash").id;
	request.to = t->outgoing;
	return quarantine_copy(t->q, &request, &range, 1, &done, &count);
}

static void the_stored_one_comes_back(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER);
	struct quarantine_addition one;

	tamper(t, "UPDATE fact SET auth_user = 'shop', received = 1000; UPDATE entry SET received = 1000");
	expunge(t, "global", 1);
	one = append(t, "global", LETTER);
	assert_int_equal(one.message, message);
	assert_int_equal(one.uid, 1);
	assert_int_equal(mailbox_of(t->q, "Trash").messages, 1);
	assert_int_equal(mailbox_of(t->q, "Trash").unseen, 0);
	assert_int_equal(mailbox_of(t->q, "Trash").bytes, strlen(LETTER));
	assert_int_equal(ask(t, "SELECT received FROM entry WHERE gone = 0"), 1000);
	assert_int_equal(ask(t, "SELECT saved > 1000 FROM entry WHERE gone = 0"), 1);
	assert_int_equal(ask(t, "SELECT gone FROM entry WHERE gone > 0"), QUARANTINE_MOVED);
	assert_int_equal(go_home(t, 1), QUARANTINE_OK);
}

static void an_added_field_is_left_out(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER);
	struct quarantine_addition one;
	size_t len;
	char *bytes;

	expunge(t, "global", 1);
	one = append(t, "global", TOUCHED);
	assert_int_equal(one.message, message);
	bytes = get(t->q, one.message, &len);
	assert_int_equal(len, strlen(LETTER));
	assert_memory_equal(bytes, LETTER, len);
	free(bytes);
}

static void others_get_their_own(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER);

	assert_true(append(t, "global", FIELDS "\r\nother\r\n").message > message);
	expunge(t, "global", 1);
	assert_true(append(t, "global", "Message-ID: <2@a>\r\nSubject: x\r\n" BODY).message > message);
	assert_true(append(t, "other", "Message-ID: <1@a>\r\nX-Own: 1\r\n" BODY).message > message);
}

static void only_the_same_login(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER);

	expunge(t, "global", 1);
	assert_true(append(t, NULL, TOUCHED).message > message);
	assert_int_equal(append(t, "global", LETTER).message, message);
}

static void a_purge_forgets(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER);
	size_t n;

	expunge(t, "global", 1);
	assert_int_equal(quarantine_purge(t->q, INT64_MAX, 10, &n), QUARANTINE_OK);
	assert_int_equal(n, 1);
	assert_true(append(t, "global", LETTER).message > message);
}

static void no_longer_than_a_day(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER);
	char sql[100];

	expunge(t, "global", 1);
	snprintf(sql, sizeof(sql), "UPDATE entry SET gone_at = gone_at - %d", QUARANTINE_RECALL_SECONDS - 60);
	tamper(t, sql);
	assert_int_equal(append(t, "global", LETTER).message, message);
	tamper(t, "UPDATE entry SET gone_at = gone_at - 61 WHERE gone > 0");
	assert_true(append(t, "global", LETTER).message > message);
}

static void without_message_id_by_its_bytes(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, "Subject: x\r\n" BODY);

	expunge(t, "global", 1);
	assert_int_equal(append(t, "global", "Subject: x\r\n" BODY).message, message);
	assert_true(append(t, "global", "Subject: x\r\nX-TUID: abc\r\n" BODY).message > message);
}

/* Of equal ones nobody knows which; of those with one Message-ID the bytes tell. */
static void in_a_run_only_where_it_is_certain(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER), other;

	other = put_text(t->q, "Delivered-To: b\r\n" FIELDS BODY);
	expunge(t, "global", 1);
	expunge(t, "global", 2);
	assert_true(append(t, "global", TOUCHED).message > other);
	assert_int_equal(append(t, "global", LETTER).message, message);
	other = put_text(t->q, LETTER);
	assert_true(append(t, "global", LETTER).message > other);
}

static void a_large_run_is_not_searched(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_delivery list[RECALL_ALIKE_MAX] = {0};
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	char text[RECALL_ALIKE_MAX][60];
	int64_t message = put_text(t->q, LETTER);

	env.direction = QUARANTINE_OUTGOING;
	for (size_t i = 0; i < RECALL_ALIKE_MAX; i++) {
		list[i].envelope = &env;
		list[i].len = (size_t)snprintf(text[i], sizeof(text[i]), "N: %zu\r\n" FIELDS BODY, i);
		list[i].bytes = text[i];
	}
	expunge(t, "global", 1);
	assert_int_equal(quarantine_deliver_group(t->q, list, RECALL_ALIKE_MAX - 1), QUARANTINE_OK);
	assert_int_equal(append(t, "global", LETTER).message, message);
	assert_int_equal(quarantine_deliver_group(t->q, list + RECALL_ALIKE_MAX - 1, 1), QUARANTINE_OK);
	assert_true(append(t, "global", LETTER).message > message);
}

/* Two copies of one message: both are it, but one of them has a home. */
static void home_only_once(void **state)
{
	struct tmpstore *t = *state;
	int64_t message = put_text(t->q, LETTER);

	expunge(t, "global", 1);
	assert_int_equal(append(t, "global", LETTER).message, message);
	assert_int_equal(append(t, "global", LETTER).message, message);
	assert_int_equal(go_home(t, 1), QUARANTINE_OK);
	assert_int_equal(go_home(t, 2), QUARANTINE_INVALID);
	check_sound(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(the_stored_one_comes_back),
		store_test(an_added_field_is_left_out),
		store_test(others_get_their_own),
		store_test(only_the_same_login),
		store_test(a_purge_forgets),
		store_test(no_longer_than_a_day),
		store_test(without_message_id_by_its_bytes),
		store_test(in_a_run_only_where_it_is_certain),
		store_test(a_large_run_is_not_searched),
		store_test(home_only_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
