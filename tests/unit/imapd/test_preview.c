/* SPDX-License-Identifier: ISC
 *
 * PREVIEW: how far a message is looked into. */
#include "kit.h"

#include <stdlib.h>

#include "../../../imapd/fetch/fetch_preview.h"

#define FOUND "* 1 FETCH (PREVIEW \"found\")\r\na OK FETCH completed\r\n"
#define NOTHING "* 1 FETCH (PREVIEW \"\")\r\na OK FETCH completed\r\n"

static void expect_preview(struct buf *message, const char *answer)
{
	struct kit k;

	buf_add_char(message, '\0');
	kit_open(&k);
	kit_deliver(&k, message->data);
	kit_run(&k, "EXAMINE Outgoing");
	kit_expect(&k, "FETCH 1 PREVIEW", answer);
	kit_expect(&k, "FETCH 1 PREVIEW (LAZY)", answer);
	kit_close(&k);
	buf_finish(message);
}

static void so_many_parts(void **context)
{
	(void)context;
	for (unsigned empty = PREVIEW_PARTS_MAX - 2; empty <= PREVIEW_PARTS_MAX; empty++) {
		struct buf message = {0};

		buf_add_str(&message, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
		for (unsigned i = 0; i < empty; i++)
			buf_add_str(&message, "--b\r\n\r\n \r\n");
		buf_add_str(&message, "--b\r\n\r\nfound\r\n--b--\r\n");
		expect_preview(&message, empty < PREVIEW_PARTS_MAX ? FOUND : NOTHING);
	}
}

static void so_much_of_their_contents(void **context)
{
	(void)context;
	for (unsigned blanks = PREVIEW_CONTENT_MAX - 6; blanks <= PREVIEW_CONTENT_MAX - 4; blanks++) {
		struct buf message = {0};
		char *room;

		buf_add_str(&message, "Subject: x\r\n\r\n");
		room = buf_reserve(&message, blanks);
		assert_non_null(room);
		memset(room, ' ', blanks);
		message.len += blanks;
		buf_add_str(&message, "found");
		expect_preview(&message,
			       blanks <= PREVIEW_CONTENT_MAX - 5
				       ? FOUND
				       : "* 1 FETCH (PREVIEW \"foun\")\r\na OK FETCH completed\r\n");
	}
}

/* The type stands behind so much else, and is read as far as that goes. */
static void so_much_of_a_header(void **context)
{
	static const char type[] = "Content-Type: image/png\r\n";

	(void)context;
	for (size_t end = PREVIEW_HEADER_MAX - 1; end <= PREVIEW_HEADER_MAX + 1; end++) {
		const size_t known = strlen("Content-Type: image/p");
		struct buf message = {0};

		while (message.len + 100 < end)
			buf_add_str(&message, "X-Filling: ...................................\r\n");
		buf_add_str(&message, "X:");
		while (message.len + 2 + known < end)
			buf_add_char(&message, '.');
		buf_add_str(&message, "\r\n");
		buf_add_str(&message, type);
		buf_add_str(&message, "\r\nfound");
		expect_preview(&message, end <= PREVIEW_HEADER_MAX ? NOTHING : FOUND);
	}
}

/* Work for one item at a time: the step ends between two. */
static void asked_for_again_and_again(void **context)
{
	struct buf command = {0};
	struct kit k;
	const char *at;
	unsigned count = 0;

	(void)context;
	kit_open(&k);
	kit_deliver(&k, "Subject: x\r\n\r\nfound");
	kit_run(&k, "EXAMINE Outgoing");
	buf_add_str(&command, "FETCH 1 (UID");
	for (unsigned i = 1; i < 100; i++)
		buf_add_str(&command, " PREVIEW");
	buf_add(&command, ")", 2);
	for (at = kit_run(&k, command.data); (at = strstr(at, " PREVIEW \"found\"")); at++)
		count++;
	assert_int_equal(count, 99);
	buf_finish(&command);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_parts),
		cmocka_unit_test(so_much_of_their_contents),
		cmocka_unit_test(so_much_of_a_header),
		cmocka_unit_test(asked_for_again_and_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
