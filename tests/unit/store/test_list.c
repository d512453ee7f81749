/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mime/structure.h"
#include "tmpstore.h"

static const char sample[] =
	"From: =?utf-8?q?M=C3=BCller?= <shop@customer.example>\r\nTo: victim@example.net\r\n"
	"Subject: Your Parcel\r\nDate: Mon, 1 Jan 2024 23:30:00 -0500\r\n"
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
	"--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n";

static void rows_have_what_was_asked_for(void **state)
{
	struct tmpstore *t = *state;
	size_t header_length = (size_t)(strstr(sample, "\r\n\r\n") - sample) + 4;
	int64_t message = put_text(t->q, sample);

	for (unsigned fields = 0; fields < 16; fields++) {
		struct quarantine_cursor *c;
		struct quarantine_entry e;

		assert_int_equal(quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, fields, false, &c),
				 QUARANTINE_OK);
		assert_int_equal(quarantine_next(c, &e), 1);
		assert_int_equal(e.uid, 1);
		assert_int_equal(e.message, message);
		assert_int_equal(e.length, sizeof(sample) - 1);
		assert_int_equal(e.header_length, header_length);
		assert_false(e.gone);
		assert_int_equal(e.envelope.data != NULL, (fields & QUARANTINE_FIELD_ENVELOPE) != 0);
		assert_int_equal(e.structure.data != NULL, (fields & QUARANTINE_FIELD_STRUCTURE) != 0);
		assert_int_equal(e.parts.data != NULL, (fields & QUARANTINE_FIELD_PARTS) != 0);
		assert_int_equal(e.subject.data != NULL, (fields & QUARANTINE_FIELD_SEARCH) != 0);
		assert_null(e.cc.data);
		if (fields & QUARANTINE_FIELD_SEARCH) {
			assert_int_equal(e.sent, 19723);
			assert_int_equal(e.subject.len, strlen("your parcel"));
			assert_memory_equal(e.subject.data, "your parcel", e.subject.len);
		} else {
			assert_int_equal(e.sent, INT64_MIN);
		}
		assert_int_equal(quarantine_next(c, &e), 0);
		quarantine_cursor_close(c);
	}
	quarantine_cursor_close(NULL);
}

static bool is(struct quarantine_bytes bytes, const char *text)
{
	return text ? bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0 : !bytes.data;
}

static void rows_have_one_text_of_the_search(void **state)
{
	static const struct {
		unsigned field;
		const char *from, *to, *cc, *bcc, *subject;
	} cases[] = {
		{QUARANTINE_FIELD_SEARCH_FROM, .from = "shop@a.example"},
		{QUARANTINE_FIELD_SEARCH_TO, .to = "victim@b.example"},
		{QUARANTINE_FIELD_SEARCH_CC, .cc = "other@c.example"},
		{QUARANTINE_FIELD_SEARCH_BCC, .bcc = "third@d.example"},
		{QUARANTINE_FIELD_SEARCH_SUBJECT, .subject = "offer"},
	};
	struct tmpstore *t = *state;
	struct quarantine_flag_request request = {
		.size = sizeof(request), .change = QUARANTINE_FLAGS_ADD, .flags = QUARANTINE_SEEN};
	uint64_t modseq;

	put_text(t->q, "From: shop@a.example\r\nTo: victim@b.example\r\nCc: other@c.example\r\n"
		       "Bcc: third@d.example\r\nSubject: Offer\r\n\r\n");
	request.unchanged_since = UINT64_MAX;
	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &(struct quarantine_range){1, 1}, 1,
						 &request, &modseq),
			 QUARANTINE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct quarantine_cursor *c;
		struct quarantine_entry e;

		assert_int_equal(quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, cases[i].field, true, &c),
				 QUARANTINE_OK);
		assert_int_equal(quarantine_next(c, &e), 1);
		assert_int_equal(e.uid, 1);
		assert_int_equal(e.flags, QUARANTINE_SEEN);
		assert_int_equal(e.modseq, modseq);
		assert_true(is(e.from, cases[i].from));
		assert_true(is(e.to, cases[i].to));
		assert_true(is(e.cc, cases[i].cc));
		assert_true(is(e.bcc, cases[i].bcc));
		assert_true(is(e.subject, cases[i].subject));
		assert_int_equal(quarantine_next(c, &e), 0);
		quarantine_cursor_close(c);
	}
}

/* Takes the header block of the only message by each way. */
static struct slice header_of(struct tmpstore *t, unsigned fields, struct buf *room)
{
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	struct slice header = {NULL, 0};

	buf_reset(room);
	assert_int_equal(
		quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, fields | QUARANTINE_FIELD_HEADER, true, &c),
		QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(e.envelope.data != NULL, (fields & QUARANTINE_FIELD_ENVELOPE) != 0);
	assert_int_equal(e.structure.data != NULL, (fields & QUARANTINE_FIELD_STRUCTURE) != 0);
	assert_int_equal(e.parts.data != NULL, (fields & QUARANTINE_FIELD_PARTS) != 0);
	assert_null(e.subject.data);
	if (e.header.data) {
		assert_int_equal(e.header.len, e.header_length);
		buf_add(room, e.header.data, e.header.len);
		header = slice_of(room->data ? room->data : "", room->len);
	}
	assert_int_equal(quarantine_next(c, &e), 0);
	quarantine_cursor_close(c);
	return header;
}

static void rows_have_their_header(void **state)
{
	struct tmpstore *t = *state;
	size_t length = (size_t)(strstr(sample, "\r\n\r\n") - sample) + 4;
	struct buf room = {0};

	put_text(t->q, sample);
	for (unsigned fields = 0; fields < 8; fields++)
		assert_true(slice_eq(header_of(t, fields, &room), slice_of(sample, length)));
	tamper(t, "UPDATE entry SET header_length = header_length - 1");
	assert_null(header_of(t, 0, &room).data);
	tamper(t, "UPDATE entry SET header_length = header_length + 1");
	tamper(t, "UPDATE blob SET data = x'00' WHERE once = 0");
	assert_null(header_of(t, 0, &room).data);
	tamper(t, "DELETE FROM blob WHERE once = 0");
	assert_null(header_of(t, 0, &room).data);
	tamper(t, "DELETE FROM message");
	assert_null(header_of(t, 0, &room).data);
	buf_finish(&room);
}

/* A run leans on its first message; all headers come out as they came in, by rows and by reading. */
static void headers_of_a_run_are_whole(void **state)
{
	enum { COUNT = 60 };
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	struct buf text = {0};
	char read[4096];
	size_t got;

	for (int i = 0; i < COUNT; i++) {
		buf_reset(&text);
		for (int k = 0; k < 12 + i % 3; k++)
			buf_addf(&text, "X-Field-%d: a run of messages whose headers are much alike, %d\r\n",
				 k, k == 5 ? i : 0);
		buf_addf(&text, "\r\nbody %d\r\n%c", i % 7, '\0');
		put_text(t->q, text.data);
	}
	assert_int_equal(
		quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, QUARANTINE_FIELD_HEADER, false, &c),
		QUARANTINE_OK);
	for (uint32_t uid = 1; uid <= COUNT; uid++) {
		assert_int_equal(quarantine_next(c, &e), 1);
		assert_int_equal(e.uid, uid);
		assert_non_null(e.header.data);
		assert_int_equal(quarantine_content_read(t->q, e.message, 0, read, sizeof(read), &got),
				 QUARANTINE_OK);
		assert_true(got > e.header.len);
		assert_int_equal(e.header.len, e.header_length);
		assert_memory_equal(e.header.data, read, e.header.len);
	}
	assert_int_equal(quarantine_next(c, &e), 0);
	quarantine_cursor_close(c);
	buf_finish(&text);
}

static void long_and_missing_headers(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	struct buf text = {0};

	put_text(t->q, "\r\nno field\r\n");
	for (size_t more = 0; more < 2; more++) {
		buf_reset(&text);
		buf_add_str(&text, "X: ");
		while (text.len < QUARANTINE_ROW_HEADER_MAX - 4 + more)
			buf_add_char(&text, 'x');
		buf_add(&text, "\r\n\r\n", 5);
		put_text(t->q, text.data);
	}
	assert_int_equal(
		quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, QUARANTINE_FIELD_HEADER, false, &c),
		QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(e.header.len, 2);
	assert_memory_equal(e.header.data, "\r\n", 2);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(e.header.len, QUARANTINE_ROW_HEADER_MAX);
	assert_memory_equal(e.header.data, text.data, 1000);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(e.header_length, QUARANTINE_ROW_HEADER_MAX + 1);
	assert_null(e.header.data);
	quarantine_cursor_close(c);
	buf_finish(&text);
	tamper(t, "UPDATE message SET head = NULL, header_length = 0");
	tamper(t, "UPDATE entry SET header_length = 0");
	assert_int_equal(quarantine_list(t->q, t->outgoing, 1, 1, QUARANTINE_FIELD_HEADER, false, &c),
			 QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_non_null(e.header.data);
	assert_int_equal(e.header.len, 0);
	quarantine_cursor_close(c);
}

static void flags_come_alone(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	struct quarantine_range second = {2, 2};
	struct quarantine_expunge_request gone = {
		.size = sizeof(gone), .reason = QUARANTINE_REMOVED, .max = 10};
	size_t done;

	for (int i = 0; i < 3; i++)
		put_text(t->q, sample);
	assert_int_equal(quarantine_expunge(t->q, t->outgoing, &second, 1, &gone, &done), QUARANTINE_OK);
	for (int with_gone = 0; with_gone < 2; with_gone++) {
		assert_int_equal(quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, QUARANTINE_FIELD_FLAGS,
						 with_gone, &c),
				 QUARANTINE_OK);
		for (uint32_t uid = 1; uid <= 3; uid++) {
			if (uid == 2 && !with_gone)
				continue;
			assert_int_equal(quarantine_next(c, &e), 1);
			assert_int_equal(e.uid, uid);
			assert_int_equal(e.gone, uid == 2);
			assert_int_equal(e.modseq, uid == 2 ? 5 : uid + 1);
			assert_int_equal(e.flags | e.length, 0);
		}
		assert_int_equal(quarantine_next(c, &e), 0);
		quarantine_cursor_close(c);
	}
}

static void assert_bytes(struct quarantine_bytes got, const char *want)
{
	if (got.len != strlen(want) || (got.len > 0 && memcmp(got.data, want, got.len) != 0))
		fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, got.data ? got.data : "", want);
}

static uint64_t ancestor(const struct quarantine_entry *e, size_t n)
{
	uint64_t hash;

	assert_true((n + 1) * sizeof(hash) <= e->sort.ancestors.len);
	memcpy(&hash, e->sort.ancestors.data + n * sizeof(hash), sizeof(hash));
	return hash;
}

static void sort_keys_are_collated(void **state)
{
	static const char first[] =
		"From: =?utf-8?q?M=C3=BCller=2C_Jo?= <Jo.Mueller@customer.example>, b@c\r\n"
		"To: undisclosed: a@b.example;\r\nCc: no address\r\nMessage-ID: <\"one\"@x>\r\n"
		"Subject: [list]  =?utf-8?q?Re=3A?= Your\t Parcel (fwd)\r\n"
		"Date: Mon, 1 Jan 2024 23:30:00 -0500\r\n\r\n";
	static const char second[] =
		"From: shop@a.example\r\nMessage-ID: broken\r\nIn-Reply-To: <one@x> <z@z>\r\n\r\n";
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	uint64_t one;

	put_text(t->q, first);
	put_text(t->q, second);
	assert_int_equal(
		quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, QUARANTINE_FIELD_SORT_ALL, false, &c),
		QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_bytes(e.sort.subject, "YOUR PARCEL");
	assert_bytes(e.sort.from, "JO.MUELLER");
	assert_bytes(e.sort.display_from, "MU\xcc\x88LLER, JO");
	assert_bytes(e.sort.to, "UNDISCLOSED");
	assert_bytes(e.sort.display_to, "UNDISCLOSED");
	assert_bytes(e.sort.cc, "");
	assert_true(e.sort.reply);
	assert_int_equal(e.sort.sent, 1704169800);
	assert_int_equal(e.sort.ancestors.len, 0);
	one = e.sort.message_id;
	assert_int_not_equal(one, 0);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_bytes(e.sort.subject, "");
	assert_bytes(e.sort.display_from, "SHOP@A.EXAMPLE");
	assert_false(e.sort.reply);
	assert_int_equal(e.sort.sent, INT64_MIN);
	assert_int_equal(e.sort.message_id, 0);
	assert_int_equal(e.sort.ancestors.len, 8);
	assert_int_equal(ancestor(&e, 0), one);
	quarantine_cursor_close(c);
}

static void expect_sort_text(const struct tmpstore *t, unsigned fields, const char expected[6])
{
	struct quarantine_cursor *c;
	struct quarantine_entry e;

	assert_int_equal(quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, fields, false, &c), QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(e.uid, 1);
	assert_true(e.received > 0);
	assert_true(e.length > 100);
	assert_false(e.gone);
	assert_int_equal(e.sort.sent, fields & QUARANTINE_FIELD_SORT ? 1704169800 : INT64_MIN);
	for (size_t i = 0; i < 6; i++) {
		struct quarantine_bytes texts[] = {e.sort.subject, e.sort.from,         e.sort.to,
						   e.sort.cc,      e.sort.display_from, e.sort.display_to};
		bool asked = fields & QUARANTINE_FIELD_SORT && (fields >> (6 + i) & 1);
		char one[2] = {expected[i], '\0'};

		assert_bytes(texts[i], asked ? one : "");
		assert_int_equal(texts[i].len, asked ? 1 : 0);
	}
	assert_int_equal(e.sort.reply, (fields & QUARANTINE_FIELD_SORT_LINKS) == QUARANTINE_FIELD_SORT_LINKS);
	assert_int_equal(quarantine_next(c, &e), 0);
	quarantine_cursor_close(c);
}

/* Each set of columns, by whatever query. */
static void sort_keys_come_as_asked_for(void **state)
{
	struct tmpstore *t = *state;

	put_text(t->q, "From: D <f@x.example>\r\nTo: E <t@x.example>\r\nCc: c@x.example\r\nSubject: Re: s\r\n"
		       "Date: Mon, 1 Jan 2024 23:30:00 -0500\r\n\r\n");
	for (unsigned bits = 0; bits < 128; bits++)
		expect_sort_text(t, QUARANTINE_FIELD_SORT | bits << 6, "SFTCDE");
	expect_sort_text(t, QUARANTINE_FIELD_ARRIVAL, "SFTCDE");
}

/* Of 64, 65 and many ancestors the nearest 64 are known; of a text the first 255 bytes. */
static void sort_keys_are_bounded(void **state)
{
	static const unsigned counts[] = {63, 64, 65, 500};
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	uint64_t nearest = 0;

	for (size_t i = 0; i < 4; i++) {
		char text[20000] = "References:";
		size_t len = strlen(text);

		for (unsigned k = counts[i]; k > 0; k--)
			len += (size_t)sprintf(text + len, " <%u@x>\r\n", k);
		len += (size_t)sprintf(text + len, "Subject: ");
		memset(text + len, 'x', counts[i] * 4);
		strcpy(text + len + counts[i] * 4, "\r\n\r\n");
		put_text(t->q, text);
	}
	assert_int_equal(
		quarantine_list(t->q, t->outgoing, 1, UINT32_MAX, QUARANTINE_FIELD_SORT_ALL, false, &c),
		QUARANTINE_OK);
	for (size_t i = 0; i < 4; i++) {
		size_t known = counts[i] < 64 ? counts[i] : 64;

		assert_int_equal(quarantine_next(c, &e), 1);
		assert_int_equal(e.sort.ancestors.len, known * 8);
		assert_int_equal(e.sort.subject.len, counts[i] < 64 ? counts[i] * 4 : 255);
		if (i == 0)
			nearest = ancestor(&e, known - 1);
		assert_int_equal(ancestor(&e, known - 1), nearest);
	}
	quarantine_cursor_close(c);
}

/* Heads of different lengths share one part map; each message sees its own offsets. */
static void part_maps_point_into_their_message(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	char longer[1000] = "X-More: in the head\r\n";

	strcat(longer, sample);
	put_text(t->q, sample);
	put_text(t->q, longer);
	assert_int_equal(ask(t, "SELECT count(*) FROM structure"), 1);
	assert_int_equal(quarantine_list(t->q, t->outgoing, 1, 2, QUARANTINE_FIELD_PARTS, false, &c),
			 QUARANTINE_OK);
	for (int n = 0; n < 2; n++) {
		const char *text = n == 0 ? sample : longer;
		struct quarantine_bytes alone;
		struct mime_structure s;

		assert_int_equal(quarantine_next(c, &e), 1);
		assert_int_equal(quarantine_parts_read(t->q, e.message, &alone), QUARANTINE_OK);
		assert_int_equal(alone.len, e.parts.len);
		assert_memory_equal(alone.data, e.parts.data, alone.len);
		assert_true(mime_structure_decode(slice_of(e.parts.data, e.parts.len), e.length, &s));
		assert_int_equal(s.count, 3);
		assert_int_equal(s.parts[0].header_length, e.header_length);
		assert_memory_equal(text + s.parts[1].body, "one", 3);
		assert_memory_equal(text + s.parts[2].body, "two", 3);
		mime_structure_finish(&s);
	}
	quarantine_cursor_close(c);
}

static void a_damaged_part_map_is_said_to_be_one(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	struct quarantine_bytes alone;

	put_text(t->q, sample);
	tamper(t, "UPDATE structure SET parts = x'ffffffffffffffffffff'");
	assert_int_equal(quarantine_list(t->q, t->outgoing, 1, 2, QUARANTINE_FIELD_PARTS, false, &c),
			 QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), QUARANTINE_CORRUPT);
	quarantine_cursor_close(c);
	assert_int_equal(quarantine_parts_read(t->q, ask(t, "SELECT id FROM message"), &alone),
			 QUARANTINE_CORRUPT);
	assert_int_equal(quarantine_parts_read(t->q, 77, &alone), QUARANTINE_NOT_FOUND);
}

static void cursors_may_stand_side_by_side(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine_cursor *a, *b;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_entry e;
	char byte;
	size_t got;

	env.direction = QUARANTINE_OUTGOING;
	for (int i = 0; i < 3; i++)
		put_text(t->q, sample);
	assert_int_equal(quarantine_list(t->q, t->outgoing, 1, 3, 0, false, &a), QUARANTINE_OK);
	assert_int_equal(quarantine_next(a, &e), 1);
	assert_int_equal(quarantine_list(t->q, t->outgoing, 2, 3, 0, false, &b), QUARANTINE_OK);
	assert_int_equal(quarantine_next(b, &e), 1);
	assert_int_equal(e.uid, 2);
	assert_int_equal(quarantine_content_read(t->q, e.message, 0, &byte, 1, &got), QUARANTINE_OK);
	assert_int_equal(byte, 'F');
	assert_int_equal(quarantine_next(a, &e), 1);
	assert_int_equal(e.uid, 2);
	/* A handle with an open cursor does not write. */
	assert_int_equal(quarantine_deliver(t->q, &env, "x", 1, NULL), QUARANTINE_INVALID);
	quarantine_cursor_close(a);
	assert_int_equal(quarantine_next(b, &e), 1);
	assert_int_equal(e.uid, 3);
	quarantine_cursor_close(b);
	assert_int_equal(quarantine_deliver(t->q, &env, "x", 1, NULL), QUARANTINE_OK);
}

static void changes_come_by_uid(void **state)
{
	const struct quarantine_expunge_request gone = {
		.size = sizeof(gone), .reason = QUARANTINE_REMOVED, .max = 1};
	struct tmpstore *t = *state;
	struct quarantine_flag_request request = {sizeof(request), QUARANTINE_FLAGS_ADD, QUARANTINE_SEEN,
						  UINT64_MAX};
	struct quarantine_range one = {1, 1}, two = {2, 2};
	struct quarantine_cursor *c;
	struct quarantine_entry e;
	uint64_t since;
	size_t done;

	for (int i = 0; i < 4; i++)
		put_text(t->q, "x");
	since = mailbox_of(t->q, "Outgoing").highest_modseq;
	assert_int_equal(quarantine_expunge(t->q, t->outgoing, &two, 1, &gone, &done), QUARANTINE_OK);
	assert_int_equal(quarantine_flags_change(t->q, t->outgoing, &one, 1, &request, NULL), QUARANTINE_OK);
	put_text(t->q, "x");
	assert_int_equal(quarantine_changes(t->q, t->outgoing, 1, UINT32_MAX, since, &c), QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_true(e.uid == 1 && e.flags == QUARANTINE_SEEN && !e.gone);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_true(e.uid == 2 && e.gone);
	assert_int_equal(quarantine_next(c, &e), 1);
	assert_int_equal(e.uid, 5);
	assert_int_equal(quarantine_next(c, &e), 0);
	quarantine_cursor_close(c);
	assert_int_equal(quarantine_changes(t->q, t->outgoing, 1, UINT32_MAX, UINT64_MAX, &c), QUARANTINE_OK);
	assert_int_equal(quarantine_next(c, &e), 0);
	quarantine_cursor_close(c);
}

static void uids_are_ranges(void **state)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 9};
	struct tmpstore *t = *state;
	struct quarantine_range gone[] = {{2, 2}, {5, 6}}, *ranges = NULL;
	struct quarantine_mailbox info;
	size_t count = 99, done;

	assert_int_equal(quarantine_uids(t->q, t->outgoing, &info, &ranges, &count), QUARANTINE_OK);
	assert_int_equal(count, 0);
	free(ranges);
	for (int i = 0; i < 7; i++)
		put_text(t->q, "x");
	assert_int_equal(quarantine_expunge(t->q, t->outgoing, gone, 2, &request, &done), QUARANTINE_OK);
	assert_int_equal(done, 3);
	assert_int_equal(quarantine_uids(t->q, t->outgoing, &info, &ranges, &count), QUARANTINE_OK);
	assert_int_equal(count, 3);
	assert_int_equal(info.messages, 4);
	assert_true(ranges[0].first == 1 && ranges[0].last == 1);
	assert_true(ranges[1].first == 3 && ranges[1].last == 4);
	assert_true(ranges[2].first == 7 && ranges[2].last == 7);
	free(ranges);
	assert_int_equal(quarantine_uids(t->q, 99, &info, &ranges, &count), QUARANTINE_NOT_FOUND);
}

static void what_is_read_together_is_of_one_moment(void **state)
{
	struct tmpstore *t = *state;
	struct quarantine *other = tmpstore_open(t, QUARANTINE_WRITE);
	struct quarantine_range *ranges;
	struct quarantine_mailbox info;
	int64_t message = put_text(t->q, sample);
	size_t count, len;

	quarantine_read_end(t->q);
	assert_int_equal(quarantine_read_begin(t->q), QUARANTINE_OK);
	assert_int_equal(quarantine_read_begin(t->q), QUARANTINE_INVALID);
	free(get(t->q, message, &len));
	assert_int_equal(len, sizeof(sample) - 1);
	put_text(other, sample);
	assert_int_equal(quarantine_uids(t->q, t->outgoing, &info, &ranges, &count), QUARANTINE_OK);
	assert_int_equal(info.messages, 1);
	free(ranges);
	assert_int_equal(quarantine_notice(t->q, sample, sizeof(sample) - 1, NULL), QUARANTINE_INVALID);
	quarantine_read_end(t->q);
	assert_int_equal(mailbox_of(t->q, "Outgoing").messages, 2);
	put_text(t->q, sample);
	quarantine_close(other);
}

static void mailboxes_are_there_from_the_start(void **state)
{
	static const char *const names[] = {"INBOX", "Incoming", "Outgoing", "Trash"};
	static const enum quarantine_mailbox_kind kinds[] = {QUARANTINE_KIND_INBOX, QUARANTINE_KIND_LOG,
							     QUARANTINE_KIND_LOG, QUARANTINE_KIND_TRASH};
	struct tmpstore *t = *state;
	struct quarantine_mailbox *list, info;
	size_t count;

	assert_int_equal(quarantine_mailbox_list(t->q, &list, &count), QUARANTINE_OK);
	assert_int_equal(count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(list[i].name, names[i]);
		assert_true(list[i].subscribed && list[i].uidvalidity > 1000000000 && list[i].uidnext == 1);
		assert_int_equal(list[i].kind, kinds[i]);
		assert_int_equal(list[i].use, i == 3 ? QUARANTINE_USE_TRASH : 0);
		assert_int_equal(list[i].highest_modseq, 1);
	}
	assert_int_equal(quarantine_mailbox_subscribe(t->q, "INBOX", false), QUARANTINE_OK);
	assert_int_equal(quarantine_mailbox_get(t->q, list[0].id, &info), QUARANTINE_OK);
	assert_false(info.subscribed);
	assert_int_equal(quarantine_mailbox_subscribe(t->q, "nosuch", true), QUARANTINE_NOT_FOUND);
	assert_int_equal(quarantine_mailbox_find(t->q, "inbox", &info), QUARANTINE_NOT_FOUND);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(rows_have_what_was_asked_for),
		store_test(rows_have_one_text_of_the_search),
		store_test(rows_have_their_header),
		store_test(headers_of_a_run_are_whole),
		store_test(long_and_missing_headers),
		store_test(flags_come_alone),
		store_test(sort_keys_are_collated),
		store_test(sort_keys_come_as_asked_for),
		store_test(sort_keys_are_bounded),
		store_test(part_maps_point_into_their_message),
		store_test(a_damaged_part_map_is_said_to_be_one),
		store_test(cursors_may_stand_side_by_side),
		store_test(changes_come_by_uid),
		store_test(uids_are_ranges),
		store_test(what_is_read_together_is_of_one_moment),
		store_test(mailboxes_are_there_from_the_start),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
