/* SPDX-License-Identifier: ISC */
#include "sort_key.h"

#include <sodium.h>

#include "mime/address.h"
#include "mime/date.h"
#include "mime/fields.h"
#include "mime/msgid.h"
#include "mime/subject.h"
#include "mime/word.h"
#include "stmt.h"

/* Appends in the order of i;unicode-casemap (RFC 5051): letters compare as capitals. */
static void add_collated(struct slice utf8, struct buf *out)
{
	mime_fold(utf8, true, out);
	if (out->len > SORT_TEXT_MAX)
		out->len = SORT_TEXT_MAX;
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] >= 'a' && out->data[i] <= 'z')
			out->data[i] = (char)(out->data[i] - 'a' + 'A');
}

static void take_subject(const struct mime_field_list *fields, struct sort_draft *out)
{
	const struct mime_field *field = mime_field_list_find(fields, SLICE("Subject"), NULL);
	struct buf decoded = {0};

	if (!field)
		return;
	mime_decode_words(field->value, &decoded);
	add_collated(mime_base_subject(buf_slice(&decoded), &out->reply), &out->text[SORT_SUBJECT]);
	out->text[SORT_SUBJECT].failed |= decoded.failed;
	buf_finish(&decoded);
}

/* RFC 5957 section 3 */
static void add_display(const struct mime_address *address, struct buf *out)
{
	struct buf text = {0};

	mime_decode_words(address->name, &text);
	if (text.len == 0 && address->mailbox.data) {
		buf_add_slice(&text, address->mailbox);
		if (address->host.data) {
			buf_add_char(&text, '@');
			buf_add_slice(&text, address->host);
		}
	}
	add_collated(buf_slice(&text), out);
	out->failed |= text.failed;
	buf_finish(&text);
}

/* The first address of all fields of that name. */
static void take_address(const struct mime_field_list *fields, struct slice name, struct buf *mailbox,
			 struct buf *display)
{
	struct mime_addresses list = {0};
	const struct mime_field *field = NULL;
	struct arena arena = {0};

	while (list.count == 0 && (field = mime_field_list_find(fields, name, field)))
		mime_addresses_parse(field->value, &arena, &list);
	if (list.count > 0) {
		add_collated(list.list[0].mailbox, mailbox);
		if (display)
			add_display(&list.list[0], display);
	}
	arena_finish(&arena);
}

static uint64_t hash_of(struct slice id)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	uint64_t word;

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)id.data, id.len, NULL, 0);
	memcpy(&word, hash, sizeof(word));
	return word != 0 ? word : 1;
}

/* Appends the hashes of the identifiers in the field, `most` at most from its start. */
static void add_ids(const struct mime_field_list *fields, struct slice name, size_t most, struct buf *out)
{
	const struct mime_field *field = mime_field_list_find(fields, name, NULL);
	struct buf id = {0};
	struct slice value;

	if (!field)
		return;
	for (value = field->value; most > 0 && mime_msgid_next(&value, &id); most--) {
		uint64_t hash = hash_of(buf_slice(&id));

		buf_add(out, &hash, sizeof(hash));
	}
	out->failed |= id.failed;
	buf_finish(&id);
}

static void take_ids(const struct mime_field_list *fields, struct sort_draft *out)
{
	const size_t most = SORT_REFERENCES_MAX * sizeof(uint64_t);
	struct buf own = {0};

	add_ids(fields, SLICE("Message-ID"), 1, &own);
	if (own.len > 0)
		memcpy(&out->message_id, own.data, sizeof(out->message_id));
	add_ids(fields, SLICE("References"), SIZE_MAX, &out->references);
	if (out->references.len == 0)
		add_ids(fields, SLICE("In-Reply-To"), 1, &out->references);
	out->thread = out->message_id;
	if (out->references.len > 0)
		memcpy(&out->thread, out->references.data, sizeof(out->thread));
	if (out->references.len > most)
		buf_consume(&out->references, out->references.len - most);
	out->references.failed |= own.failed;
	buf_finish(&own);
}

bool sort_draft_prepare(const struct mime_field_list *fields, struct sort_draft *out)
{
	const struct mime_field *field = mime_field_list_find(fields, SLICE("Date"), NULL);
	struct mime_date date;
	bool failed;

	out->sent = INT64_MIN;
	if (field && mime_date_parse(field->value, &date))
		out->sent = date.utc;
	take_subject(fields, out);
	take_address(fields, SLICE("From"), &out->text[SORT_FROM], &out->text[SORT_DISPLAY_FROM]);
	take_address(fields, SLICE("To"), &out->text[SORT_TO], &out->text[SORT_DISPLAY_TO]);
	take_address(fields, SLICE("Cc"), &out->text[SORT_CC], NULL);
	take_ids(fields, out);
	failed = out->references.failed;
	for (size_t i = 0; i < SORT_TEXT_COUNT; i++)
		failed |= out->text[i].failed;
	return !failed;
}

void sort_draft_finish(struct sort_draft *draft)
{
	for (size_t i = 0; i < SORT_TEXT_COUNT; i++)
		buf_finish(&draft->text[i]);
	buf_finish(&draft->references);
}

/* An empty text is NULL. */
static struct slice stored(const struct buf *text)
{
	return text->len > 0 ? buf_slice(text) : slice_of(NULL, 0);
}

int sort_draft_insert(struct quarantine *q, const struct sort_draft *draft, int64_t message)
{
	const struct buf *text = draft->text;
	int64_t message_id;
	sqlite3_stmt *stmt;
	int status;

	memcpy(&message_id, &draft->message_id, sizeof(message_id));
	status = stmt_bind(q, QUERY_SORT_KEY_INSERT, &stmt, "llilbbbbbbb", message, draft->sent,
			   (int)draft->reply, message_id, stored(&draft->references),
			   stored(&text[SORT_SUBJECT]), stored(&text[SORT_FROM]), stored(&text[SORT_TO]),
			   stored(&text[SORT_CC]), stored(&text[SORT_DISPLAY_FROM]),
			   stored(&text[SORT_DISPLAY_TO]));
	if (status != QUARANTINE_OK)
		return status;
	if (draft->sent == INT64_MIN)
		sqlite3_bind_null(stmt, 2);
	status = stmt_step(q, stmt);
	stmt_done(stmt);
	return status;
}
