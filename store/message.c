/* SPDX-License-Identifier: ISC */
#include "message.h"

#include <sodium.h>
#include <string.h>

#include "block.h"
#include "facts.h"
#include "mime/charset.h"
#include "mime/date.h"
#include "mime/fields.h"
#include "mime/wire.h"
#include "mime/word.h"
#include "normalise.h"
#include "stmt.h"
#include "structure.h"

enum { SECONDS_A_DAY = 86400 };
static const int64_t RECEIVED_MAX = INT64_C(253402300799); /* the end of the year 9999 */

static int no_memory(struct quarantine *q)
{
	return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
}

static int invalid(struct quarantine *q, const char *why)
{
	return store_fail(q, QUARANTINE_INVALID, "%s", why);
}

/* Copies what the caller's version of the struct has, and refuses what makes no sense. */
static int take_envelope(struct quarantine *q, const struct quarantine_envelope *env,
			 struct message_draft *out)
{
	struct quarantine_envelope *facts = &out->facts;

	if (env) {
		if (env->size < offsetof(struct quarantine_envelope, sender))
			return invalid(q, "envelope: size is not set");
		memcpy(facts, env, env->size < sizeof(*facts) ? env->size : sizeof(*facts));
		if (facts->direction != QUARANTINE_OUTGOING && facts->direction != QUARANTINE_INCOMING)
			return invalid(q, "envelope: direction is not set");
	}
	facts->size = sizeof(*facts);
	if (facts->recipient_count > 0 && !facts->recipients)
		return invalid(q, "envelope: recipients are missing");
	if (facts->recipient_count > MESSAGE_RECIPIENTS_MAX)
		return invalid(q, "envelope: too many recipients");
	if (facts->delivery_key && strlen(facts->delivery_key) > MESSAGE_KEY_MAX)
		return invalid(q, "envelope: delivery_key is too long");
	if (facts->received == 0)
		facts->received = store_now();
	if (facts->received < 0 || facts->received > RECEIVED_MAX)
		return invalid(q, "envelope: received is no time of ours");
	return QUARANTINE_OK;
}

static int take_bytes(struct quarantine *q, struct slice bytes, struct message_draft *out)
{
	if (bytes.len > q->message_max)
		return store_fail(q, QUARANTINE_TOO_BIG, "message of %zu bytes, at most %llu are taken",
				  bytes.len, (unsigned long long)q->message_max);
	out->raw_length = bytes.len;
	out->bytes = bytes;
	out->line_feeds = normalise_needed(bytes);
	if (out->line_feeds) {
		normalise(bytes, &out->normal);
		if (out->normal.failed)
			return no_memory(q);
		out->bytes = buf_slice(&out->normal);
	}
	crypto_generichash(out->hash, sizeof(out->hash), (const unsigned char *)out->bytes.data,
			   out->bytes.len, NULL, 0);
	return QUARANTINE_OK;
}

/* The place of the body comes from the structure, so that the two cannot disagree. */
static int take_structure(struct quarantine *q, struct message_draft *out, struct mime_field_list *fields)
{
	struct mime_structure s = {0};

	if (!mime_structure_parse(out->bytes, &s))
		return no_memory(q);
	out->header_length = (size_t)s.parts[0].header_length;
	if (!mime_field_list_read(slice_of(out->bytes.data, out->header_length), &out->arena, fields))
		return no_memory(q);
	mime_wire_envelope_of(fields, &out->envelope);
	mime_wire_structure(out->bytes, &s, true, &out->bodystructure);
	structure_to_body(&s, out->header_length);
	mime_structure_encode(&s, &out->parts);
	mime_structure_finish(&s);
	return out->envelope.failed || out->bodystructure.failed || out->parts.failed ? no_memory(q)
										      : QUARANTINE_OK;
}

static void take_search_field(const struct mime_field *field, struct buf *out)
{
	struct buf decoded = {0};

	mime_decode_words(field->value, &decoded);
	mime_fold(buf_slice(&decoded), true, out);
	out->failed |= decoded.failed;
	buf_finish(&decoded);
}

static int64_t day_sent(const struct mime_field_list *fields)
{
	const struct mime_field *field = mime_field_list_find(fields, SLICE("Date"), NULL);
	struct mime_date date;
	int64_t local;

	if (!field || !mime_date_parse(field->value, &date))
		return INT64_MIN;
	local = date.utc + (int64_t)date.zone_minutes * 60;
	return local >= 0 ? local / SECONDS_A_DAY : -((SECONDS_A_DAY - 1 - local) / SECONDS_A_DAY);
}

static int take_search(struct quarantine *q, const struct mime_field_list *fields, struct message_draft *out)
{
	static const struct slice names[SEARCH_COUNT] = {
		[SEARCH_FROM] = {"From", 4}, [SEARCH_TO] = {"To", 2},           [SEARCH_CC] = {"Cc", 2},
		[SEARCH_BCC] = {"Bcc", 3},   [SEARCH_SUBJECT] = {"Subject", 7},
	};

	out->sent = day_sent(fields);
	for (size_t i = 0; i < SEARCH_COUNT; i++) {
		const struct mime_field *field = mime_field_list_find(fields, names[i], NULL);

		out->searched[i] = field;
		if (field)
			take_search_field(field, &out->search[i]);
		if (out->search[i].failed)
			return no_memory(q);
	}
	return sort_draft_prepare(fields, &out->sort) ? QUARANTINE_OK : no_memory(q);
}

static int take_blobs(struct quarantine *q, const struct message_group *group, struct message_draft *out)
{
	struct slice body = slice_skip(out->bytes, out->header_length);
	int status = read_begin(q);

	if (status == QUARANTINE_OK)
		status = blob_prepare(q, slice_of(out->bytes.data, out->header_length), false, group->blobs,
				      group->count, &out->head);
	if (status == QUARANTINE_OK)
		status = blob_prepare(q, body, true, group->blobs, group->count, &out->body);
	read_end(q);
	return status;
}

/* What stays the same when a client puts a field of its own into its copy. */
static void take_likeness(struct message_draft *out)
{
	crypto_generichash_state state;
	const void *name = out->sort.message_id ? (const void *)&out->sort.message_id : out->head.hash;
	size_t len = out->sort.message_id ? sizeof(out->sort.message_id) : sizeof(out->head.hash);

	crypto_generichash_init(&state, NULL, 0, sizeof(out->likeness));
	crypto_generichash_update(&state, name, len);
	crypto_generichash_update(&state, out->body.hash, sizeof(out->body.hash));
	crypto_generichash_final(&state, out->likeness, sizeof(out->likeness));
}

int message_prepare(struct quarantine *q, const struct quarantine_envelope *env, struct slice bytes,
		    const struct message_group *group, struct message_draft *out)
{
	struct mime_field_list fields;
	int status;

	*out = (struct message_draft){0};
	status = take_envelope(q, env, out);
	if (status == QUARANTINE_OK)
		status = take_bytes(q, bytes, out);
	if (status == QUARANTINE_OK)
		status = take_structure(q, out, &fields);
	if (status == QUARANTINE_OK)
		status = take_search(q, &fields, out);
	if (status != QUARANTINE_OK)
		return status;
	if (env && !facts_complete(&out->facts, &fields, &out->arena))
		return no_memory(q);
	status = take_blobs(q, group, out);
	if (status == QUARANTINE_OK)
		take_likeness(out);
	return status;
}

void message_draft_finish(struct message_draft *draft)
{
	arena_finish(&draft->arena);
	buf_finish(&draft->normal);
	blob_draft_finish(&draft->head);
	blob_draft_finish(&draft->body);
	buf_finish(&draft->envelope);
	buf_finish(&draft->bodystructure);
	buf_finish(&draft->parts);
	for (size_t i = 0; i < SEARCH_COUNT; i++)
		buf_finish(&draft->search[i]);
	sort_draft_finish(&draft->sort);
}

/* A text as it is stored. */
static struct slice fact_text(const char *text)
{
	return slice_of(text, text ? strnlen(text, MESSAGE_FACT_MAX) : 0);
}

static int insert_facts(struct quarantine *q, const struct message_draft *draft, int64_t message)
{
	const struct quarantine_envelope *f = &draft->facts;
	struct slice hash = slice_of((const char *)draft->hash, sizeof(draft->hash));
	struct buf recipients = {0};
	int status;

	for (size_t i = 0; i < f->recipient_count; i++) {
		buf_add_slice(&recipients, fact_text(f->recipients[i]));
		buf_add_char(&recipients, '\0');
	}
	status = recipients.failed ? no_memory(q) : QUARANTINE_OK;
	if (status == QUARANTINE_OK)
		status = stmt_run(
			q, QUERY_FACT_INSERT, "lilsssdssssssssslibb", message, (int)f->direction, f->received,
			fact_text(f->class_name), fact_text(f->sub_class), fact_text(f->evidence), f->score,
			fact_text(f->action), fact_text(f->sender), fact_text(f->client_address),
			fact_text(f->client_name), fact_text(f->helo), fact_text(f->auth_user),
			fact_text(f->auth_domain), fact_text(f->identity), fact_text(f->queue_id),
			(int64_t)draft->raw_length, (int)draft->line_feeds, hash, buf_slice(&recipients));
	buf_finish(&recipients);
	return status;
}

static int insert_search(struct quarantine *q, const struct message_draft *draft, int64_t message)
{
	struct slice text[SEARCH_COUNT];
	int64_t thread;
	sqlite3_stmt *stmt;
	int status;

	memcpy(&thread, &draft->sort.thread, sizeof(thread));
	for (size_t i = 0; i < SEARCH_COUNT; i++) {
		text[i] = buf_slice(&draft->search[i]);
		if (draft->searched[i] && !text[i].data)
			text[i] = SLICE("");
	}
	status = stmt_bind(q, QUERY_SEARCH_HEAD_INSERT, &stmt, "llbbbbbl", message, draft->sent,
			   text[SEARCH_FROM], text[SEARCH_TO], text[SEARCH_CC], text[SEARCH_BCC],
			   text[SEARCH_SUBJECT], thread);
	if (status != QUARANTINE_OK)
		return status;
	if (draft->sent == INT64_MIN)
		sqlite3_bind_null(stmt, 2);
	status = stmt_step(q, stmt);
	stmt_done(stmt);
	return status;
}

static int insert_message(struct quarantine *q, struct message_draft *draft, int64_t *message)
{
	int64_t structure;
	int status = blob_insert(q, &draft->head);

	if (status == QUARANTINE_OK)
		status = blob_insert(q, &draft->body);
	if (status == QUARANTINE_OK)
		status = structure_use(q, buf_slice(&draft->bodystructure), buf_slice(&draft->parts),
				       &structure);
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_MESSAGE_INSERT, "uulllbb", (uint64_t)draft->bytes.len,
				  (uint64_t)draft->header_length, draft->head.id, draft->body.id, structure,
				  buf_slice(&draft->envelope),
				  slice_of((const char *)draft->likeness, sizeof(draft->likeness)));
	*message = sqlite3_last_insert_rowid(q->db);
	return status;
}

int message_arrive(struct quarantine *q, struct message_place *place, uint64_t length,
		   struct message_arrival *out)
{
	int64_t unseen = (place->flags & QUARANTINE_SEEN) == 0;
	int64_t deleted = (place->flags & QUARANTINE_DELETED) != 0;
	struct block_marks marks;
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_MAILBOX_ARRIVAL, &stmt, "t", place->mailbox);

	if (status < 0)
		return status;
	if (status == 0)
		return store_fail(q, QUARANTINE_LIMIT, "%s: %s has no UID left", q->path, place->mailbox);
	out->mailbox = sqlite3_column_int64(stmt, 0);
	out->uid = sqlite3_column_int64(stmt, 1);
	out->modseq = sqlite3_column_int64(stmt, 2);
	stmt_done(stmt);
	place->uid = (uint32_t)out->uid;
	status = stmt_run(q, QUERY_MAILBOX_GROW, "llllll", out->mailbox, (int64_t)1, out->modseq, unseen,
			  deleted, (int64_t)length);
	marks = (struct block_marks){out->mailbox, out->modseq, -1};
	return status == QUARANTINE_OK ? block_mark_arrival(q, &marks, out->uid) : status;
}

static int insert_entry(struct quarantine *q, const struct message_draft *draft, struct message_place *place,
			int64_t message)
{
	struct message_arrival at = {0};
	int status = message_arrive(q, place, draft->bytes.len, &at);

	if (status != QUARANTINE_OK)
		return status;
	return stmt_run(q, QUERY_ENTRY_INSERT, "lllulllll", at.mailbox, at.uid, message, place->flags,
			at.modseq, draft->facts.received, (int64_t)draft->bytes.len,
			(int64_t)draft->header_length, store_now());
}

int message_insert(struct quarantine *q, struct message_draft *draft, struct message_place *place,
		   int64_t *message)
{
	int64_t id;
	int status = insert_message(q, draft, &id);

	if (status == QUARANTINE_OK)
		status = insert_search(q, draft, id);
	if (status == QUARANTINE_OK)
		status = sort_draft_insert(q, &draft->sort, id);
	if (status == QUARANTINE_OK)
		status = insert_facts(q, draft, id);
	if (status == QUARANTINE_OK)
		status = insert_entry(q, draft, place, id);
	if (status == QUARANTINE_OK)
		*message = id;
	return status;
}

static int delete_rows(struct quarantine *q, int64_t message)
{
	static const enum query queries[] = {
		QUERY_MESSAGE_DELETE,
		QUERY_SEARCH_HEAD_DELETE,
		QUERY_SORT_KEY_DELETE,
		QUERY_FACT_DELETE,
	};
	int status = QUARANTINE_OK;

	for (size_t i = 0; i < ARRAY_SIZE(queries) && status == QUARANTINE_OK; i++)
		status = stmt_run(q, queries[i], "l", message);
	return status;
}

/* No entry names it any more. */
static int remove_message(struct quarantine *q, int64_t message)
{
	int64_t head, body, structure;
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_MESSAGE_HOLDS, &stmt, "l", message);

	if (status < 0)
		return status;
	if (status == 0)
		return store_fail(q, QUARANTINE_CORRUPT, "%s: no message %lld", q->path, (long long)message);
	head = sqlite3_column_int64(stmt, 0);
	body = sqlite3_column_int64(stmt, 1);
	structure = sqlite3_column_int64(stmt, 2);
	stmt_done(stmt);
	status = delete_rows(q, message);
	if (status == QUARANTINE_OK)
		status = blob_release(q, head);
	if (status == QUARANTINE_OK)
		status = blob_release(q, body);
	return status == QUARANTINE_OK ? structure_release(q, structure) : status;
}

int message_release(struct quarantine *q, int64_t message)
{
	int64_t more;
	int status = stmt_int64(q, QUERY_MESSAGE_MORE, 0, &more, "l", message);

	if (status != QUARANTINE_OK)
		return status;
	if (more > 1)
		return stmt_run(q, QUERY_MESSAGE_FEWER, "l", message);
	return more == 1 ? stmt_run(q, QUERY_MESSAGE_ALONE, "l", message) : remove_message(q, message);
}
