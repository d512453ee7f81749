/* SPDX-License-Identifier: ISC
 *
 * salvage.c reads the damaged store, refill.c fills the new one; between them each message is read and held
 * against its hash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../store/base/buf.h"
#include "../../store/include/quarantine_admin.h"
#include "../progress.h"
#include "owners.h"
#include "refill.h"
#include "word.h"

static const char doc[] =
	"Reads what can be read of a damaged store into a new one, NEWDIR: messages with what the filter "
	"said of them, mailboxes, flags and keywords. The damaged store is read only; stop the server "
	"before.\v"
	"Messages whose bytes are not those that were delivered are told and left out. UIDs are given anew; "
	"accounts are not taken over. NEWDIR needs room for the copy that is read, NEWDIR.scratch, besides "
	"the new store. Exits with 0 when everything was whole, with 65 when something was not.\n\n"
	"Examples:\n\n"
	"  systemctl stop quarantine-imapd\n"
	"  quarantine recover /var/lib/quarantine.new\n"
	"  mv /var/lib/quarantine/mail /var/lib/quarantine/mail.damaged\n"
	"  mv /var/lib/quarantine.new/mail /var/lib/quarantine/mail\n"
	"  systemctl start quarantine-imapd\n";

enum { READ_SIZE = 256 * 1024, UNLISTED_BEYOND = 1000, UNLISTED_MAX = 10 * 1000 * 1000 };

struct recover {
	struct salvage old;
	struct refill new;
	struct progress progress;
	struct buf bytes;
	uint64_t whole, damaged, without_facts, unlisted;
};

static int say(struct recover *r, const char *what)
{
	progress_finish(&r->progress);
	fprintf(stderr, "quarantine recover: %s: %s\n", what, quarantine_errmsg(r->new.store));
	return EX_IOERR;
}

/* The whole message; its bytes were held against their hash where facts could be read. */
static int read_message(struct recover *r, int64_t message, struct quarantine_facts **facts)
{
	size_t got = 0;
	int status;

	buf_reset(&r->bytes);
	if (quarantine_facts_get(r->old.store, message, facts) != QUARANTINE_OK)
		*facts = NULL;
	status = *facts ? quarantine_verify(r->old.store, message) : QUARANTINE_OK;
	do {
		char *room = buf_reserve(&r->bytes, READ_SIZE);

		if (status == QUARANTINE_OK && !room)
			status = QUARANTINE_NO_MEMORY;
		if (status == QUARANTINE_OK)
			status = quarantine_content_read(r->old.store, message, r->bytes.len, room, READ_SIZE,
							 &got);
		if (status == QUARANTINE_OK)
			r->bytes.len += got;
	} while (status == QUARANTINE_OK && got == READ_SIZE);
	return status;
}

/* As it was delivered: the store put a CR before each LF. */
static void strip_carriage_returns(struct buf *b)
{
	size_t to = 0;

	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] != '\r' || i + 1 == b->len || b->data[i + 1] != '\n')
			b->data[to++] = b->data[i];
	}
	b->len = to;
}

static void tell_damaged(struct recover *r, int64_t message, const struct salvage_place *at, const char *why)
{
	progress_finish(&r->progress);
	fprintf(stderr, "quarantine recover: message %lld (mailbox %lld, UID %u) is damaged: %s\n",
		(long long)message, (long long)at->mailbox, at->uid, why);
	r->damaged++;
}

/* Stores r->bytes. EX_OK as well where that was told to be of no use. */
static int store(struct recover *r, int64_t message, const struct salvage_place *places, size_t count,
		 const struct quarantine_facts *facts)
{
	int status;

	if (facts && facts->line_feeds)
		strip_carriage_returns(&r->bytes);
	status = refill_message(&r->new, buf_slice(&r->bytes), facts, places, count);
	if (status == QUARANTINE_INVALID || status == QUARANTINE_TOO_BIG) {
		if (count > 0)
			tell_damaged(r, message, places, quarantine_errmsg(r->new.store));
		return EX_OK;
	}
	if (status != QUARANTINE_OK)
		return say(r, "a message cannot be stored");
	r->whole++;
	r->without_facts += !facts;
	r->unlisted += count == 0;
	return EX_OK;
}

/* One message with the places where it stood; none for one that only the table of messages still knows. */
static int take(struct recover *r, int64_t message, const struct salvage_place *places, size_t count)
{
	struct quarantine_facts *facts = NULL;
	int code = EX_OK, status;

	for (; count > 0 && !refill_counts(&r->new, places); places++) {
		if (--count == 0)
			return EX_OK; /* it was expunged */
	}
	status = read_message(r, message, &facts);
	if (status == QUARANTINE_OK && !facts && count > 0 && r->bytes.len != places->length)
		tell_damaged(r, message, places, "it is not as long as its mailbox says");
	else if (status == QUARANTINE_OK)
		code = store(r, message, places, count, facts);
	else if (count > 0)
		tell_damaged(r, message, places, quarantine_errmsg(r->old.store));
	free(facts);
	return code;
}

/* Messages of which no list tells, where lists were damaged: the ids in a gap are tried. */
static int take_unlisted(struct recover *r, int64_t first, int64_t end)
{
	int code = EX_OK;

	if (end - first > UNLISTED_MAX)
		end = first + UNLISTED_MAX;
	for (int64_t id = first; id < end && code == EX_OK && r->old.breaks > 0; id++)
		code = take(r, id, NULL, 0);
	return code;
}

static int take_all(struct recover *r)
{
	const struct salvage *old = &r->old;
	int64_t next = 1;
	int code = EX_OK;

	progress_start(&r->progress, "messages", old->place_count);
	for (size_t i = 0, end; i < old->place_count && code == EX_OK; i = end) {
		int64_t message = old->places[i].message;

		for (end = i + 1; end < old->place_count && old->places[end].message == message;)
			end++;
		code = take_unlisted(r, next, message);
		next = message < INT64_MAX ? message + 1 : message;
		if (code == EX_OK)
			code = take(r, message, &old->places[i], end - i);
		progress_show(&r->progress, end, r->whole);
	}
	if (code == EX_OK && next < INT64_MAX - UNLISTED_BEYOND)
		code = take_unlisted(r, next, next + UNLISTED_BEYOND);
	if (code == EX_OK && refill_finish(&r->new) != QUARANTINE_OK)
		code = say(r, "flags cannot be set");
	progress_finish(&r->progress);
	return code;
}

static int report(const struct recover *r, const char *to)
{
	const struct salvage *old = &r->old;

	printf("%llu messages are recovered into %s\n", (unsigned long long)r->whole, to);
	if (r->without_facts > 0)
		printf("%llu of them without what the filter said of them\n",
		       (unsigned long long)r->without_facts);
	if (r->unlisted > 0)
		printf("%llu of them were in no list that could be read\n", (unsigned long long)r->unlisted);
	if (r->damaged > 0)
		printf("%llu messages are damaged and were left out\n", (unsigned long long)r->damaged);
	if (old->breaks > 0)
		printf("the lists of messages had %llu places that could not be read\n",
		       (unsigned long long)old->breaks);
	if (old->first_page || old->holes)
		printf("%s could not be read\n",
		       old->holes ? "parts of the files" : "the beginning of the database");
	return r->damaged + r->without_facts + old->breaks > 0 || old->first_page || old->holes ? EX_DATAERR
												: EX_OK;
}

static int run(struct recover *r, const char *from, const char *to, const struct owners *owners)
{
	char scratch[4096];
	int code, status;

	if ((size_t)snprintf(scratch, sizeof(scratch), "%s.scratch", to) >= sizeof(scratch))
		return EX_USAGE;
	status = salvage_open(&r->old, from, scratch);
	if (status == QUARANTINE_OK)
		status = salvage_lists(&r->old);
	if (status != QUARANTINE_OK)
		return status == QUARANTINE_BUSY        ? EX_TEMPFAIL
		       : status == QUARANTINE_NOT_FOUND ? EX_NOINPUT
							: EX_IOERR;
	code = open_store("recover", to, QUARANTINE_WRITE | QUARANTINE_CREATE, &r->new.store);
	r->new.old = &r->old;
	if (code == EX_OK && refill_mailboxes(&r->new) != QUARANTINE_OK)
		code = say(r, "a mailbox cannot be made");
	if (code == EX_OK)
		code = take_all(r);
	if (code == EX_OK)
		code = owners_set("recover", to, owners);
	return code == EX_OK ? report(r, to) : code;
}

int word_recover(int argc, char **argv)
{
	struct owned_args args = {.simple = {.name = "NEWDIR", .doc = doc}};
	struct recover r = {.whole = 0};
	char mail[4096];
	int code;

	parse_owned(argc, argv, &args);
	code = owners_check("recover", &args.owners);
	snprintf(mail, sizeof(mail), "%s/mail", args.simple.value);
	if (code == EX_OK && access(mail, F_OK) == 0)
		code = fail_status("recover", args.simple.value, QUARANTINE_EXISTS, "it holds a store");
	if (code == EX_OK)
		code = run(&r, args.simple.store, args.simple.value, &args.owners);
	refill_finish(&r.new);
	quarantine_close(r.new.store);
	salvage_close(&r.old);
	buf_finish(&r.bytes);
	return code;
}
