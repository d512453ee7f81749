/* SPDX-License-Identifier: ISC
 *
 * libquarantine: the store of a mail quarantine. A mail filter delivers into it; a server reads it.
 *
 * A filter needs four functions and this page:
 *
 *     struct quarantine *q;
 *     struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
 *     const char *rcpt[] = {"victim@example.net"};
 *     int64_t id;
 *
 *     if (quarantine_open("/var/lib/quarantine", QUARANTINE_WRITE, &q) != QUARANTINE_OK)
 *         return try_again();
 *     env.direction = QUARANTINE_OUTGOING;
 *     env.class_name = "spam";
 *     env.sender = "shop@customer.example";
 *     env.recipients = rcpt, env.recipient_count = 1;
 *     env.auth_user = "shop", env.client_address = "192.0.2.7";
 *     if (quarantine_deliver(q, &env, bytes, len, &id) != QUARANTINE_OK)
 *         log("%s", quarantine_errmsg(q));             // keep the message, deliver it again later
 *     quarantine_close(q);
 *
 * Rules that hold for every function:
 * - Results are QUARANTINE_OK (0) or a negative status; out-parameters come last and are untouched on
 *   failure. quarantine_errmsg() has the detail, for a log, never for a client.
 * - A handle is used by one thread at a time, and not across fork(). quarantine_interrupt() alone may be
 *   called from any thread. Different handles, threads and processes may use one store at once.
 * - Nothing aborts, exits, logs or installs a signal handler.
 * - Texts are UTF-8 or raw bytes as the message had them; NULL means absent ("not known"), "" means
 *   known to be empty (the null sender). Times are seconds since 1970 in UTC.
 * - Structs that begin with `size` grow at their end in later versions; set it by the INIT macro. */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define QUARANTINE_API __attribute__((visibility("default")))
#else
#define QUARANTINE_API
#endif

#define QUARANTINE_VERSION "0.1.0"

/* ------------------------------------------------------------------------------------ status */

enum quarantine_status {
	QUARANTINE_OK = 0,
	QUARANTINE_BUSY = -1,      /* another writer held the lock too long: try again */
	QUARANTINE_FULL = -2,      /* disk full or nearly so: try again when there is room */
	QUARANTINE_IO = -3,        /* the system failed to read, write or sync; a write may have happened */
	QUARANTINE_CORRUPT = -4,   /* what is stored does not read back as it was written */
	QUARANTINE_DENIED = -5,    /* permission */
	QUARANTINE_NOT_FOUND = -6, /* no store, mailbox or message of that name */
	QUARANTINE_TOO_BIG = -7,   /* the message is larger than the store takes */
	QUARANTINE_INVALID = -8,   /* the caller's arguments do not make sense */
	QUARANTINE_NO_MEMORY = -9,
	QUARANTINE_VERSION_TOO_NEW = -10, /* made by a newer version of this library */
	QUARANTINE_INTERRUPTED = -11,     /* quarantine_interrupt() was called */
	QUARANTINE_EXISTS = -12,          /* the name is taken */
	QUARANTINE_LIMIT = -13,           /* a limit of the store, such as keywords in a mailbox */
	QUARANTINE_READ_ONLY = -14,       /* the handle was opened without QUARANTINE_WRITE */
};

/* A fixed English text for a status. Never NULL. */
QUARANTINE_API const char *quarantine_strerror(int status);

/* ------------------------------------------------------------------------------- open, close */

struct quarantine;

enum quarantine_open_flags {
	QUARANTINE_READ = 0,
	QUARANTINE_WRITE = 1,
	QUARANTINE_CREATE = 2, /* with WRITE: make the store where there is none */
	/* With WRITE, for who delivers: where the server runs, the store is not opened before something but
	 * quarantine_deliver() is called. Needs no right to the store then, only to DIR/deliver. */
	QUARANTINE_DELIVER = 4,
};

enum { QUARANTINE_MESSAGE_MAX_DEFAULT = 64 * 1024 * 1024, QUARANTINE_MIN_FREE_DEFAULT = 64 * 1024 * 1024 };

/* Opens the store in directory `path`. Migrates an older store when opened for writing. The handle
 * belongs to the caller; close it with quarantine_close(). When opening fails and `why` is not NULL,
 * up to `why_size` bytes of detail are written there, NUL-terminated. */
QUARANTINE_API int quarantine_open_why(const char *path, unsigned flags, struct quarantine **out, char *why,
				       size_t why_size);
QUARANTINE_API int quarantine_open(const char *path, unsigned flags, struct quarantine **out);
QUARANTINE_API void quarantine_close(struct quarantine *q); /* NULL is fine */

/* What went wrong in the last call on this handle; valid until the next. Never NULL. */
QUARANTINE_API const char *quarantine_errmsg(const struct quarantine *q);

/* Ends a running read of this handle early, with QUARANTINE_INTERRUPTED. Any thread; not signal-safe. */
QUARANTINE_API void quarantine_interrupt(struct quarantine *q);

/* Settings of a handle. Defaults: 10,000 ms waiting for the write lock; QUARANTINE_MESSAGE_MAX_DEFAULT;
 * QUARANTINE_MIN_FREE_DEFAULT: where fewer bytes are free on the disk, or less than three times the message,
 * deliveries end in QUARANTINE_FULL. Keep it above 16 MiB, the size of the reserve for deleting. */
QUARANTINE_API void quarantine_set_lock_timeout(struct quarantine *q, unsigned milliseconds);
QUARANTINE_API void quarantine_set_message_max(struct quarantine *q, uint64_t bytes);
QUARANTINE_API void quarantine_set_min_free(struct quarantine *q, uint64_t bytes);

/* ----------------------------------------------------------------------------------- deliver */

enum quarantine_direction {
	QUARANTINE_OUTGOING = 1, /* sent by one of our own customers: mailbox Outgoing */
	QUARANTINE_INCOMING = 2, /* sent to one of our own customers: mailbox Incoming */
};

/* What the filter knows of a message. What is NULL is filled in from the message's top header block
 * where a known field states it (store/facts.c has the table); what the caller gives always wins,
 * because headers can be forged. */
struct quarantine_envelope {
	size_t size;
	enum quarantine_direction direction;
	const char *sender;            /* MAIL FROM; "" is the null sender */
	const char *const *recipients; /* RCPT TO */
	size_t recipient_count;
	const char *class_name;     /* spam, phish, virus, blacklisted, locked, oversize, deferred,
				       unsure, unknown or any other word: the kind of verdict */
	const char *sub_class;      /* why, as the filter names it: dnsbl, statistical, … */
	const char *evidence;       /* rule or text that decided */
	const double *score;        /* the filter's score; NULL: none */
	const char *action;         /* what the filter did: rejected, accepted, discarded, deferred */
	const char *client_address; /* IP address of the sending client, "192.0.2.1" or "2001:db8::1" */
	const char *client_name;    /* its name by reverse DNS */
	const char *helo;           /* HELO or EHLO argument */
	const char *auth_user;      /* authenticated user */
	const char *auth_domain;    /* the domain or outgoing account it belongs to */
	const char *identity;       /* customer, script or user behind it, as the filter found it */
	const char *queue_id;       /* the MTA's id */
	int64_t received;           /* when the filter took it; 0: now */
	const char *delivery_key;   /* at most 200 bytes. A delivery with a key that was seen in this week
				       or the last, so for 7 days at least, stores nothing and returns the
				       first message's id */
};

#define QUARANTINE_ENVELOPE_INIT                           \
	{                                                  \
		.size = sizeof(struct quarantine_envelope) \
	}

/* Stores one message of `len` bytes (0 is allowed). Line ends may be CRLF or all LF; they are stored
 * so that both forms can be had back. QUARANTINE_OK: the message is durable, even over a power cut, and
 * visible. Any other status: it is not there, or (QUARANTINE_IO) it may be; delivering again with the
 * same delivery_key is safe. Blocks for the write lock. Where the server runs, it is handed the message and
 * commits it, with those of others; the promises are the same. *message, when not NULL, becomes its id.
 * QUARANTINE_TOO_BIG, _INVALID: delivering again will not help. */
QUARANTINE_API int quarantine_deliver(struct quarantine *q, const struct quarantine_envelope *env,
				      const void *bytes, size_t len, int64_t *message);

/* The same with the message read from `fd` to its end; `fd` stays open and the caller's. */
QUARANTINE_API int quarantine_deliver_fd(struct quarantine *q, const struct quarantine_envelope *env, int fd,
					 int64_t *message);

/* Many messages in one transaction: all or none. For imports and for servers that commit in groups.
 * Each delivery's `message` is set on success. */
struct quarantine_delivery {
	const struct quarantine_envelope *envelope;
	const void *bytes;
	size_t len;
	int64_t message; /* out */
};

QUARANTINE_API int quarantine_deliver_group(struct quarantine *q, struct quarantine_delivery *list,
					    size_t count);

/* The same in two steps, for a server that prepares the next messages on one thread, with one handle, while
 * those before are committed on another thread with another handle. All functions but
 * quarantine_batch_commit() are for the thread that prepares; while a batch is committed, nothing but
 * quarantine_batch_follow() is done with it. */
struct quarantine_batch;

/* Room for `size` messages. The caller's; destroy it with quarantine_batch_destroy(). */
QUARANTINE_API int quarantine_batch_create(size_t size, struct quarantine_batch **out);
QUARANTINE_API void quarantine_batch_destroy(struct quarantine_batch *b); /* NULL is fine */

/* Works out everything of a message, so that only rows are left to be written, and adds it. Takes no lock and
 * writes nothing. The bytes and the envelope's texts must stay until the batch is cleared. On failure nothing
 * was added; QUARANTINE_LIMIT: the batch is full. */
QUARANTINE_API int quarantine_batch_add(struct quarantine *q, struct quarantine_batch *b,
					const struct quarantine_envelope *env, const void *bytes, size_t len);

/* `b`, an empty batch, will be committed after `before`, which is about to be: until
 * quarantine_batch_settle(), what is added to `b` is also compared with what is in `before`. Settle when the
 * commit of `before` has ended, well or not, and before that is cleared and `b` is committed. */
QUARANTINE_API void quarantine_batch_follow(struct quarantine_batch *b,
					    const struct quarantine_batch *before);
QUARANTINE_API void quarantine_batch_settle(struct quarantine_batch *b);

/* Stores `count` messages of the batch, from number `first` on, in one transaction: all or none, as
 * quarantine_deliver_group() does. Their ids are put in messages[0] and so on. What was refused may be tried
 * again, also in smaller parts. */
QUARANTINE_API int quarantine_batch_commit(struct quarantine *q, struct quarantine_batch *b, size_t first,
					   size_t count, int64_t *messages);

/* Empties it for the next use. */
QUARANTINE_API void quarantine_batch_clear(struct quarantine_batch *b);

/* ------------------------------------------------------------------------------- mailboxes */

/* Present from the start. */
#define QUARANTINE_MAILBOX_INBOX "INBOX"       /* the server's own notices */
#define QUARANTINE_MAILBOX_OUTGOING "Outgoing" /* filled by deliveries only */
#define QUARANTINE_MAILBOX_INCOMING "Incoming"
#define QUARANTINE_MAILBOX_TRASH "Trash"

enum quarantine_mailbox_kind {
	QUARANTINE_KIND_LOG = 1, /* only deliveries come in, and what was moved out comes back */
	QUARANTINE_KIND_INBOX = 2,
	QUARANTINE_KIND_TRASH = 3,
	QUARANTINE_KIND_OWN = 4, /* made by quarantine_mailbox_create() */
};

/* What a mailbox is for (RFC 6154); at most one mailbox has each. */
enum quarantine_use {
	QUARANTINE_USE_ARCHIVE = 1,
	QUARANTINE_USE_DRAFTS = 2,
	QUARANTINE_USE_JUNK = 4,
	QUARANTINE_USE_SENT = 8,
	QUARANTINE_USE_TRASH = 16,
};

enum { QUARANTINE_NAME_MAX = 255, QUARANTINE_MAILBOXES_MAX = 10000 }; /* bytes of a name; mailboxes */

struct quarantine_mailbox {
	int64_t id;
	char name[QUARANTINE_NAME_MAX + 1]; /* UTF-8; "" when it was deleted */
	enum quarantine_mailbox_kind kind;
	bool subscribed;
	uint32_t uidvalidity;    /* never 0, never lower than before */
	uint32_t uidnext;        /* the next message's UID is at least this */
	uint64_t highest_modseq; /* at least 1 */
	uint64_t messages;
	uint64_t unseen;  /* without \Seen */
	uint64_t deleted; /* with \Deleted */
	uint64_t bytes;   /* sum of the messages' sizes */
	unsigned use;     /* enum quarantine_use bits */
};

QUARANTINE_API int quarantine_mailbox_find(struct quarantine *q, const char *name,
					   struct quarantine_mailbox *out);
QUARANTINE_API int quarantine_mailbox_get(struct quarantine *q, int64_t mailbox,
					  struct quarantine_mailbox *out);

/* All mailboxes by name; with them, as id 0, the names that are subscribed and have no mailbox. *list is the
 * caller's, freed by free(). */
QUARANTINE_API int quarantine_mailbox_list(struct quarantine *q, struct quarantine_mailbox **list,
					   size_t *count);

/* Makes a mailbox of one's own, and those above it where they are missing. A name has levels separated by
 * "/", none of them empty, no control characters, line or paragraph separators, "*" or "%", and is in
 * Unicode Normalization Form C; else QUARANTINE_INVALID. QUARANTINE_EXISTS: the name, or a special use, is
 * taken. QUARANTINE_LIMIT: there are QUARANTINE_MAILBOXES_MAX. */
QUARANTINE_API int quarantine_mailbox_create(struct quarantine *q, const char *name, unsigned use);

/* Deletes a mailbox of one's own (else QUARANTINE_INVALID) that has none below it (else QUARANTINE_EXISTS).
 * The name is free at once; quarantine_purge() takes away what was in it. *mailbox becomes its id, so that
 * its messages can be expunged at once for those who look at it. */
QUARANTINE_API int quarantine_mailbox_delete(struct quarantine *q, const char *name, int64_t *mailbox);

/* Gives a mailbox of one's own, and all below it, another name; those above that one are made. Errors as of
 * creation and deletion. Subscriptions stay with the names. */
QUARANTINE_API int quarantine_mailbox_rename(struct quarantine *q, const char *name, const char *other);

/* Subscribes an existing mailbox, or unsubscribes any name. */
QUARANTINE_API int quarantine_mailbox_subscribe(struct quarantine *q, const char *name, bool subscribed);

/* ------------------------------------------------------------------------------------ read */

enum quarantine_flag {
	QUARANTINE_SEEN = 1,
	QUARANTINE_ANSWERED = 2,
	QUARANTINE_FLAGGED = 4,
	QUARANTINE_DELETED = 8,
	QUARANTINE_DRAFT = 16,
};

/* Keywords of a mailbox are the bits from QUARANTINE_KEYWORD_BIT up. */
enum { QUARANTINE_KEYWORD_BIT = 5, QUARANTINE_KEYWORDS_MAX = 58, QUARANTINE_KEYWORD_LENGTH_MAX = 64 };

struct quarantine_keywords {
	char *name[QUARANTINE_KEYWORDS_MAX]; /* name[i] is bit QUARANTINE_KEYWORD_BIT + i; NULL: unused */
	size_t count;
};

QUARANTINE_API int quarantine_keywords_get(struct quarantine *q, int64_t mailbox,
					   struct quarantine_keywords *out);
QUARANTINE_API void quarantine_keywords_free(struct quarantine_keywords *k);

/* The bit of a keyword, made when it is new. QUARANTINE_LIMIT when the mailbox has its 58. */
QUARANTINE_API int quarantine_keyword_make(struct quarantine *q, int64_t mailbox, const char *name,
					   uint64_t *bit);

struct quarantine_bytes {
	const char *data; /* NULL: absent */
	size_t len;
};

/* What a cursor is to fetch besides the narrow columns. */
enum quarantine_field {
	QUARANTINE_FIELD_ENVELOPE = 1,  /* `envelope` */
	QUARANTINE_FIELD_STRUCTURE = 2, /* `structure` */
	QUARANTINE_FIELD_PARTS = 4,     /* `parts` */
	QUARANTINE_FIELD_SEARCH = 8,    /* `from` … `subject`, `sent`, `thread` */
	QUARANTINE_FIELD_SORT = 16, /* `sort.sent`; of the narrow columns only `uid`, `received`, `length` and
				       `gone`; together only with those of `sort` that follow */
	QUARANTINE_FIELD_FLAGS = 32, /* only `uid`, `modseq`, `flags` and `gone`; not together with others */
	QUARANTINE_FIELD_SORT_SUBJECT = 16 | 64,
	QUARANTINE_FIELD_SORT_FROM = 16 | 128,
	QUARANTINE_FIELD_SORT_TO = 16 | 256,
	QUARANTINE_FIELD_SORT_CC = 16 | 512,
	QUARANTINE_FIELD_SORT_DISPLAY_FROM = 16 | 1024,
	QUARANTINE_FIELD_SORT_DISPLAY_TO = 16 | 2048,
	QUARANTINE_FIELD_SORT_LINKS = 16 | 4096, /* `reply`, `message_id`, `ancestors` */
	QUARANTINE_FIELD_SORT_ALL = 16 | 8128,
	QUARANTINE_FIELD_ARRIVAL = 8192, /* only `uid`, `received`, `length` and `gone`; not with others */
	QUARANTINE_FIELD_HEADER = 16384, /* `header`; with the first three at most */
	/* a text of QUARANTINE_FIELD_SEARCH and what QUARANTINE_FIELD_FLAGS has; not together with others */
	QUARANTINE_FIELD_SEARCH_FROM = 32768,
	QUARANTINE_FIELD_SEARCH_TO = 65536,
	QUARANTINE_FIELD_SEARCH_CC = 131072,
	QUARANTINE_FIELD_SEARCH_BCC = 262144,
	QUARANTINE_FIELD_SEARCH_SUBJECT = 524288,
	QUARANTINE_FIELD_SEARCH_TEXTS = 1015808, /* any of them */
};

/* Longer header blocks are not part of a row. */
enum { QUARANTINE_ROW_HEADER_MAX = 64 * 1024 };

/* What SORT and THREAD compare (RFC 5256, 5957). Texts are in the form of i;unicode-casemap, at most 255
 * bytes of them, without NUL; empty ones are absent. Identifiers are hashes. */
struct quarantine_sort {
	struct quarantine_bytes subject;      /* the base subject */
	struct quarantine_bytes from, to, cc; /* local part of the first address */
	struct quarantine_bytes display_from, display_to;
	struct quarantine_bytes ancestors; /* References, or In-Reply-To: uint64_t each, the farthest first */
	uint64_t message_id;               /* 0: none */
	int64_t sent;                      /* the Date field in UTC; INT64_MIN: none */
	bool reply;                        /* the subject says that it answers or forwards */
};

struct quarantine_entry {
	uint32_t uid;
	uint64_t modseq;
	uint64_t flags;         /* enum quarantine_flag and keyword bits */
	int64_t message;        /* the message's id in the store */
	int64_t received;       /* INTERNALDATE */
	uint64_t length;        /* RFC822.SIZE: bytes with CRLF line ends */
	uint64_t header_length; /* the first so many of them are the header block */
	int64_t saved;          /* when it came into this mailbox, by whatever way (RFC 8514) */
	bool gone; /* expunged; seen only through quarantine_changes() or with `gone` asked for */

	struct quarantine_bytes envelope;  /* IMAP ENVELOPE in wire form */
	struct quarantine_bytes structure; /* IMAP BODYSTRUCTURE in wire form */
	struct quarantine_bytes parts;     /* part map, as store/mime/structure.h encodes it */
	struct quarantine_bytes header;    /* the header block. Absent where it is longer than
					      QUARANTINE_ROW_HEADER_MAX, and where it cannot be read:
					      quarantine_content_read() then gives it, or says why not */
	struct quarantine_bytes from, to, cc, bcc, subject; /* decoded, folded for search (mime_fold) */
	int64_t sent;    /* the Date field as days since 1970 in its own zone; INT64_MIN: none */
	uint64_t thread; /* the same for all that name one root in References or In-Reply-To; 0: no
			    identifiers */
	struct quarantine_sort sort;
};

struct quarantine_cursor;

/* Entries of a mailbox with first <= uid <= last, ascending. With `with_gone` also those expunged but
 * not yet purged, for a view that still names them. A cursor holds a read transaction and borrows the
 * handle: step it, close it, do not keep it while a client is slow. Meanwhile the handle may read
 * content, facts and other cursors, but not write (QUARANTINE_INVALID). */
QUARANTINE_API int quarantine_list(struct quarantine *q, int64_t mailbox, uint32_t first, uint32_t last,
				   unsigned fields, bool with_gone, struct quarantine_cursor **out);

/* The entries of quarantine_list() whose modseq is above `since`, gone ones included, in the order of UIDs.
 * Of them what QUARANTINE_FIELD_FLAGS has. Costs time by what changed. A reader who stops goes on with the
 * next UID; what changes meanwhile gets a higher modseq than the mailbox had before the first step, and is
 * found by who then asks for what is above that (RFC 7162 section 3.2). */
QUARANTINE_API int quarantine_changes(struct quarantine *q, int64_t mailbox, uint32_t first, uint32_t last,
				      uint64_t since, struct quarantine_cursor **out);

/* 1: *row is the next entry, its bytes borrowed until the next step; 0: no more; negative: a status. */
QUARANTINE_API int quarantine_next(struct quarantine_cursor *c, struct quarantine_entry *row);
QUARANTINE_API void quarantine_cursor_close(struct quarantine_cursor *c); /* NULL is fine */

struct quarantine_range {
	uint32_t first, last; /* UIDs, first <= last */
};

/* A consistent picture of a mailbox: the UIDs of its present entries as ascending ranges, and the
 * mailbox row of the same moment. UIDs that were never given or are gone are not in a range. *ranges
 * is the caller's, freed by free(). */
QUARANTINE_API int quarantine_uids(struct quarantine *q, int64_t mailbox, struct quarantine_mailbox *info,
				   struct quarantine_range **ranges, size_t *count);

/* The UIDs that were expunged with a modseq above `since`, as ascending ranges. Of purged ones a whole range
 * is told when its latest is newer; none of them is present. *ranges is the caller's, freed by free(). */
QUARANTINE_API int quarantine_vanished(struct quarantine *q, int64_t mailbox, uint64_t since,
				       struct quarantine_range **ranges, size_t *count);

/* Message bytes [offset, offset + size) with CRLF line ends; *got is less than `size` only at the end
 * of the message. Reading on from where the last read of this handle ended is cheap. A stored hash is
 * checked whenever a whole frame was read: QUARANTINE_CORRUPT. A cursor of the handle may be open. */
QUARANTINE_API int quarantine_content_read(struct quarantine *q, int64_t message, uint64_t offset, void *into,
					   size_t size, size_t *got);

/* The part map of a message, as QUARANTINE_FIELD_PARTS gives it; borrowed until the next call of this
 * function or the close. A cursor of the handle may be open. */
QUARANTINE_API int quarantine_parts_read(struct quarantine *q, int64_t message, struct quarantine_bytes *out);

/* Between these two all that is read is of one moment, and reading many messages costs less. As with a cursor
 * a read transaction is held: end it before the client is waited for, and write nothing meanwhile
 * (QUARANTINE_INVALID, as for a second beginning). Ending is fine in any case. */
QUARANTINE_API int quarantine_read_begin(struct quarantine *q);
QUARANTINE_API void quarantine_read_end(struct quarantine *q);

/* What the filter said of a message, or its headers stated. Texts and the struct are one allocation,
 * freed by free(). */
struct quarantine_facts {
	struct quarantine_envelope envelope;
	double score;           /* envelope.score points here when there is one */
	uint64_t raw_length;    /* bytes as delivered */
	bool line_feeds;        /* delivered with LF line ends */
	unsigned char hash[32]; /* BLAKE2b-256 of the message with CRLF line ends */
};

QUARANTINE_API int quarantine_facts_get(struct quarantine *q, int64_t message, struct quarantine_facts **out);

/* ------------------------------------------------------------------- flags, expunge, append */

enum quarantine_flag_change { QUARANTINE_FLAGS_SET, QUARANTINE_FLAGS_ADD, QUARANTINE_FLAGS_REMOVE };

struct quarantine_flag_request {
	size_t size;
	enum quarantine_flag_change change;
	uint64_t flags;           /* for SET: the flags afterwards */
	uint64_t unchanged_since; /* entries with a higher modseq are left alone; UINT64_MAX: all */
};

/* Changes flags of the present entries in the ranges, in one transaction. Entries that would not
 * change keep their modseq. *highest becomes the mailbox's highest modseq afterwards. Bound the number
 * of entries a call names (1,000 is good): the write lock is held meanwhile. */
QUARANTINE_API int quarantine_flags_change(struct quarantine *q, int64_t mailbox,
					   const struct quarantine_range *ranges, size_t count,
					   const struct quarantine_flag_request *request, uint64_t *highest);

/* The same, and tells what the present entries in the ranges are afterwards, and which of them were left
 * alone because of unchanged_since: *refused are their UIDs as ranges. Both stand in the order of the ranges
 * asked for and are the caller's, freed by free(). */
struct quarantine_flag_state {
	uint32_t uid;
	uint64_t modseq;
	uint64_t flags;
};
struct quarantine_flag_result {
	uint64_t changed; /* entries; when there are any, they have this modseq: */
	uint64_t highest_modseq;
	struct quarantine_range *refused;
	size_t refused_count;
	struct quarantine_flag_state *entries;
	size_t count;
};
QUARANTINE_API int quarantine_flags_change_if(struct quarantine *q, int64_t mailbox,
					      const struct quarantine_range *ranges, size_t count,
					      const struct quarantine_flag_request *request,
					      struct quarantine_flag_result *result);

/* Why a message left; kept in its tombstone. */
enum quarantine_reason {
	QUARANTINE_REMOVED = 1,
	QUARANTINE_MOVED = 2,
	QUARANTINE_EXPIRED = 3,
	QUARANTINE_RELEASED = 4
};

struct quarantine_expunge_request {
	size_t size;
	uint64_t flags; /* only what has all of them; 0: all in the ranges */
	enum quarantine_reason reason;
	const char *by; /* the login that asks for it; NULL: none */
	size_t max;
};

/* Expunges the present entries in the ranges, at most `max`, lowest UIDs first, in one transaction. A
 * tombstone with reason, time and login stays. *done becomes their number: call again while it equals
 * `max`. */
QUARANTINE_API int quarantine_expunge(struct quarantine *q, int64_t mailbox,
				      const struct quarantine_range *ranges, size_t count,
				      const struct quarantine_expunge_request *request, size_t *done);

/* Copies or moves the present entries in the ranges, at most `max`, lowest UIDs first, in one transaction. No
 * bytes are stored twice. Flags and dates go along, keywords by their names. What is moved leaves a tombstone
 * with reason QUARANTINE_MOVED. Into a mailbox of filters only what was moved out of it is moved back; else
 * QUARANTINE_INVALID, and nothing is changed. `done` has room for `max`: the UIDs before and after, in
 * ascending order; *count becomes their number: call again while it equals `max`. */
struct quarantine_copied {
	uint32_t from, to;
};
enum quarantine_copy_how { QUARANTINE_COPY, QUARANTINE_MOVE };
struct quarantine_copy_request {
	size_t size;
	enum quarantine_copy_how how;
	int64_t from, to; /* mailboxes */
	size_t max;
};

QUARANTINE_API int quarantine_copy(struct quarantine *q, const struct quarantine_copy_request *request,
				   const struct quarantine_range *ranges, size_t count,
				   struct quarantine_copied *done, size_t *done_count);

enum { QUARANTINE_RECALL_SECONDS = 86400 };

/* Stores messages that are no quarantined mail in a mailbox that is not the filters' (else
 * QUARANTINE_INVALID), in one transaction: all or none. Keywords that are new are made. Some clients move a
 * message by expunging it and appending their copy. So where a message's bytes, or its Message-ID and body,
 * are those of exactly one stored message, and that was expunged by the same login in the last
 * QUARANTINE_RECALL_SECONDS, this message itself comes into the mailbox, with its bytes, date and facts. */
struct quarantine_addition {
	size_t size;
	const void *bytes;
	size_t len;
	uint64_t flags; /* enum quarantine_flag */
	const char *const *keywords;
	size_t keyword_count;
	const int64_t *received; /* INTERNALDATE; NULL: now */
	const char *by;          /* the login that appends; NULL: none */
	int64_t message;         /* out, as is the next */
	uint32_t uid;
};

QUARANTINE_API int quarantine_append(struct quarantine *q, int64_t mailbox, struct quarantine_addition *list,
				     size_t count);

/* The same, and expunges an entry (NULL: none) in the same transaction. QUARANTINE_NOT_FOUND, and nothing is
 * stored, when it is not there. */
struct quarantine_replaced {
	int64_t mailbox;
	uint32_t uid;
};

QUARANTINE_API int quarantine_replace(struct quarantine *q, const struct quarantine_replaced *old,
				      int64_t mailbox, struct quarantine_addition *list, size_t count);

/* Puts a message that is no quarantined mail into INBOX: a notice of the server. */
QUARANTINE_API int quarantine_notice(struct quarantine *q, const void *bytes, size_t len, int64_t *message);

/* -------------------------------------------------------------------------------- metadata */

/* What clients attach to a mailbox, or to the server as mailbox 0 (RFC 5464): values by entry. An entry below
 * "/private/" is its login's alone, all others are everybody's. Names compare in any case; they are checked
 * by the caller. The entries go with their mailbox. */
enum { QUARANTINE_ENTRY_MAX = 255 }; /* bytes of an entry's name */

struct quarantine_metadata {
	char entry[QUARANTINE_ENTRY_MAX + 1]; /* as it was set */
	uint64_t size;                        /* of its value */
};

/* The entries that `login` may see, by name. *list is the caller's, freed by free(). */
QUARANTINE_API int quarantine_metadata_list(struct quarantine *q, int64_t mailbox, const char *login,
					    struct quarantine_metadata **list, size_t *count);

/* *value is the caller's, freed by free(). QUARANTINE_NOT_FOUND: there is no such entry. */
QUARANTINE_API int quarantine_metadata_get(struct quarantine *q, int64_t mailbox, const char *login,
					   const char *entry, char **value, size_t *len);

struct quarantine_metadata_change {
	const char *entry;
	struct quarantine_bytes value; /* data NULL: remove it */
};

struct quarantine_metadata_request {
	size_t size;
	int64_t mailbox;
	const char *login;
	const struct quarantine_metadata_change *changes;
	size_t count;
	size_t most; /* entries that everybody, and that a login, may have there */
	const unsigned
		*use; /* the mailbox's use from now on, told as "/private/specialuse"; NULL: as it is */
};

/* Changes entries in one transaction: all or none. Each change gets a revision, from *first to *last; none
 * when *last is lower. QUARANTINE_LIMIT: there would be more than `most`. QUARANTINE_INVALID: the use of this
 * mailbox stays; QUARANTINE_EXISTS: another mailbox has this use. */
QUARANTINE_API int quarantine_metadata_set(struct quarantine *q,
					   const struct quarantine_metadata_request *request, uint64_t *first,
					   uint64_t *last);

/* The newest revision. */
QUARANTINE_API int quarantine_metadata_revision(struct quarantine *q, uint64_t *revision);

struct quarantine_metadata_news {
	uint64_t revision;
	char mailbox[QUARANTINE_NAME_MAX + 1]; /* "": the server */
	char entry[QUARANTINE_ENTRY_MAX + 1];
};

/* Entries that `login` may see and that were set or removed after `since`, in that order, at most `max`. What
 * was removed is forgotten after 1,000 more changes, or with its mailbox. */
QUARANTINE_API int quarantine_metadata_changes(struct quarantine *q, uint64_t since, const char *login,
					       struct quarantine_metadata_news *list, size_t max,
					       size_t *count);

/* ----------------------------------------------------------------------------------- watch */

/* A descriptor that becomes readable after another handle, thread or process committed a change.
 * Bells may be lost, so also ask quarantine_change_token() every few seconds. */
struct quarantine_watch;
QUARANTINE_API int quarantine_watch_open(const char *path, struct quarantine_watch **out);
QUARANTINE_API int quarantine_watch_fd(const struct quarantine_watch *w);
QUARANTINE_API void quarantine_watch_clear(struct quarantine_watch *w); /* swallows what has rung */
QUARANTINE_API void quarantine_watch_close(struct quarantine_watch *w); /* NULL is fine */

/* A number that differs from the last one of this handle when anything was committed by any handle meanwhile.
 * Takes microseconds and waits for nobody; QUARANTINE_BUSY: it cannot be told while another process makes the
 * log's index anew, after a writer was killed. */
QUARANTINE_API int quarantine_change_token(struct quarantine *q, uint64_t *token);

#ifdef __cplusplus
}
#endif

#endif
