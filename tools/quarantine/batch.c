/* SPDX-License-Identifier: ISC */
#include "batch.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <time.h>

#include "../../store/mime/date.h"
#include "../../store/mime/header.h"

/* The time that the topmost Received field states (RFC 5321 section 4.4: after the last semicolon), or 0
 * when there is none. One in the future is a mistake, and would stand above all that comes later. */
static int64_t received_time(struct slice message)
{
	struct slice block = slice_of(message.data, mime_header_length(message));
	struct mime_field field;
	struct mime_date date;
	struct buf line = {0};
	const char *semicolon = NULL;
	int64_t result = 0;

	if (!mime_header_find(block, SLICE("Received"), 0, &field))
		return 0;
	mime_unfold(field.value, &line);
	if (line.len > 0)
		semicolon = memrchr(line.data, ';', line.len);
	if (semicolon &&
	    mime_date_parse(slice_skip(buf_slice(&line), (size_t)(semicolon - line.data) + 1), &date) &&
	    date.utc <= time(NULL))
		result = date.utc;
	buf_finish(&line);
	return result;
}

static void make_key(const struct batch *b, struct slice message, const char *place, char *key)
{
	static const char digits[] = "0123456789abcdef", prefix[] = "import:";
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (md && EVP_DigestInit_ex(md, EVP_sha256(), NULL)) {
		EVP_DigestUpdate(md, &b->envelope.direction, sizeof(b->envelope.direction));
		EVP_DigestUpdate(md, place, strlen(place) + 1);
		EVP_DigestUpdate(md, message.data, message.len);
		EVP_DigestFinal_ex(md, digest, NULL);
	}
	EVP_MD_CTX_free(md);
	memcpy(key, prefix, sizeof(prefix) - 1);
	key += sizeof(prefix) - 1;
	for (size_t i = 0; i < 32; i++) {
		*key++ = digits[digest[i] >> 4];
		*key++ = digits[digest[i] & 15];
	}
	*key = '\0';
}

void batch_add(struct batch *b, size_t at, const char *place)
{
	struct batch_item *item = &b->items[b->count++];
	struct slice message = slice_of(b->content.data + at, b->content.len - at);

	item->at = at;
	item->len = message.len;
	item->received = b->received_from_header ? received_time(message) : 0;
	item->key[0] = '\0';
	if (!b->again)
		make_key(b, message, place, item->key);
}

bool batch_full(const struct batch *b)
{
	return b->count == BATCH_MESSAGES || b->content.len >= BATCH_BYTES;
}

/* Delivers items [from, from + count) in one transaction. */
static int deliver(struct batch *b, size_t from, size_t count)
{
	struct quarantine_envelope envelopes[BATCH_MESSAGES];
	struct quarantine_delivery list[BATCH_MESSAGES];
	uint64_t bytes = 0;
	int status;

	for (size_t i = 0; i < count; i++) {
		const struct batch_item *item = &b->items[from + i];

		envelopes[i] = b->envelope;
		envelopes[i].received = item->received;
		envelopes[i].delivery_key = *item->key ? item->key : NULL;
		list[i] =
			(struct quarantine_delivery){&envelopes[i], b->content.data + item->at, item->len, 0};
		bytes += item->len;
	}
	status = quarantine_deliver_group(b->store, list, count);
	if (status == QUARANTINE_OK) {
		b->stored += count;
		b->bytes += bytes;
	}
	return status;
}

static bool is_refusal(int status)
{
	return status == QUARANTINE_TOO_BIG || status == QUARANTINE_INVALID;
}

int batch_flush(struct batch *b)
{
	int status = b->count > 0 ? deliver(b, 0, b->count) : QUARANTINE_OK;

	/* One that is refused fails the group: then each goes alone. */
	if (is_refusal(status)) {
		status = QUARANTINE_OK;
		for (size_t i = 0; i < b->count && status == QUARANTINE_OK; i++) {
			status = deliver(b, i, 1);
			if (!is_refusal(status))
				continue;
			fprintf(stderr, "quarantine import: a message of %zu bytes is refused: %s\n",
				b->items[i].len, quarantine_errmsg(b->store));
			b->refused++;
			status = QUARANTINE_OK;
		}
	}
	if (status == QUARANTINE_OK) {
		b->count = 0;
		buf_reset(&b->content);
	}
	return status;
}

void batch_finish(struct batch *b)
{
	buf_finish(&b->content);
}
