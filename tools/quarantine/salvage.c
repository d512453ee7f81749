/* SPDX-License-Identifier: ISC
 *
 * The files are copied as they are; where the disk does not give a block, zeroes stand in its place. Where
 * the copy cannot be opened, or its tables are not known, the pages that say so (the first, and those of the
 * schema below it) are taken from a new store: they are the same in every store. Then each list is read by
 * UIDs. What cannot be read ends a walk; it goes on at the next UID that can be, found by doubling and
 * halving. */
#include "salvage.h"
#include "../../store/include/quarantine_admin.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BLOCK = 4096,
	BUFFER = 256 * BLOCK,
	PAGE = 4096,
	SCHEMA_PAGES = 16,
	BOX_IDS = 2 * QUARANTINE_MAILBOXES_MAX,
	DESCRIPTORS = 16,
};

static int fail(const char *what, int status)
{
	fprintf(stderr, "quarantine recover: %s: %s\n", what,
		errno ? strerror(errno) : quarantine_strerror(status));
	return status;
}

/* What of `len` bytes at `at` can be read, block by block. */
static void read_blocks(struct salvage *s, int from, char *bytes, size_t len, off_t at)
{
	for (size_t done = 0; done < len; done += BLOCK) {
		size_t size = len - done < BLOCK ? len - done : BLOCK;

		if (pread(from, bytes + done, size, at + (off_t)done) == (ssize_t)size)
			continue;
		memset(bytes + done, 0, size);
		s->holes = true;
	}
}

static int copy_bytes(struct salvage *s, int from, int to, off_t size)
{
	static char bytes[BUFFER];

	for (off_t at = 0; at < size; at += BUFFER) {
		size_t len = size - at < BUFFER ? (size_t)(size - at) : BUFFER;

		if (pread(from, bytes, len, at) != (ssize_t)len)
			read_blocks(s, from, bytes, len, at);
		if (write(to, bytes, len) != (ssize_t)len)
			return -1;
	}
	return 0;
}

/* A file that is not there is left out: the log may be, and the database is made anew. */
static int copy_file(struct salvage *s, int folder, const char *name, const char *to_path)
{
	int from = openat(folder, name, O_RDONLY | O_CLOEXEC), to, result = -1;
	struct stat st;

	if (from < 0 && errno != ENOENT)
		return fail(name, QUARANTINE_IO);
	to = open(to_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (to >= 0 && from >= 0 && fstat(from, &st) == 0)
		result = copy_bytes(s, from, to, st.st_size);
	else if (to >= 0 && from < 0)
		result = 0;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return result == 0 ? QUARANTINE_OK : fail(to_path, QUARANTINE_IO);
}

/* Nobody writes meanwhile, who takes our lock. */
static int copy_store(struct salvage *s, const char *from, const char *database, const char *log)
{
	char path[sizeof(s->scratch) + 32];
	int folder, lock, status;

	snprintf(path, sizeof(path), "%s/mail", from);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return fail(path, QUARANTINE_NOT_FOUND);
	lock = openat(folder, "lock", O_RDONLY | O_CLOEXEC);
	errno = 0;
	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0) {
		status = fail(path, QUARANTINE_BUSY);
	} else {
		status = copy_file(s, folder, "quarantine.db", database);
		if (status == QUARANTINE_OK)
			status = copy_file(s, folder, "quarantine.db-wal", log);
	}
	if (lock >= 0)
		close(lock);
	close(folder);
	return status;
}

static uint32_t number_at(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The pages of the schema of a new store: the first, and where it is an inner node (its kind is 5) those
 * below. */
static size_t schema_pages(const unsigned char *first, uint32_t *pages)
{
	enum { HEADER = 100, KIND = 0, CELLS = 3, RIGHT = 8, POINTERS = 12, INNER = 5 };
	const unsigned char *node = first + HEADER;
	size_t cells = (size_t)node[CELLS] << 8 | node[CELLS + 1], count = 0;

	pages[count++] = 1;
	if (node[KIND] != INNER)
		return count;
	pages[count++] = number_at(node + RIGHT);
	for (size_t i = 0; i < cells && count < SCHEMA_PAGES; i++) {
		size_t at = (size_t)node[POINTERS + 2 * i] << 8 | node[POINTERS + 2 * i + 1];

		if (at + 4 <= PAGE)
			pages[count++] = number_at(first + at);
	}
	return count;
}

/* The header says how many pages there are: as many as the file has. */
static void set_size(unsigned char *first, off_t bytes)
{
	enum { SIZE = 28 };
	uint64_t pages = (uint64_t)bytes / PAGE;

	for (int i = 0; i < 4; i++)
		first[SIZE + i] = (unsigned char)(pages >> (8 * (3 - i)));
}

static bool transplant(int from, int to)
{
	unsigned char first[PAGE], page[PAGE];
	uint32_t pages[SCHEMA_PAGES];
	struct stat st;
	size_t count;
	bool good = pread(from, first, PAGE, 0) == PAGE && fstat(to, &st) == 0;

	count = good ? schema_pages(first, pages) : 0;
	for (size_t i = 1; i < count && good; i++) {
		off_t at = ((off_t)pages[i] - 1) * PAGE;

		good = at > 0 && pread(from, page, PAGE, at) == PAGE && pwrite(to, page, PAGE, at) == PAGE;
	}
	if (!good || fstat(to, &st) < 0)
		return false;
	set_size(first, st.st_size);
	return pwrite(to, first, PAGE, 0) == PAGE;
}

static int mend_first_page(struct salvage *s, const char *database)
{
	char folder[sizeof(s->scratch) + 8], fresh[sizeof(folder) + 24];
	struct quarantine *q = NULL;
	int from, to, status;

	snprintf(folder, sizeof(folder), "%s/new", s->scratch);
	snprintf(fresh, sizeof(fresh), "%s/mail/quarantine.db", folder);
	status = quarantine_open(folder, QUARANTINE_WRITE | QUARANTINE_CREATE, &q);
	if (status == QUARANTINE_OK)
		status = quarantine_checkpoint(q, 0);
	quarantine_close(q);
	if (status != QUARANTINE_OK)
		return fail(folder, status);
	from = open(fresh, O_RDONLY | O_CLOEXEC);
	to = open(database, O_RDWR | O_CLOEXEC);
	if (from < 0 || to < 0 || !transplant(from, to))
		status = fail(database, QUARANTINE_CORRUPT);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	s->first_page = true;
	return status;
}

/* Opens the copy; false where it is no database, or its tables are not known. */
static bool open_copy(struct salvage *s)
{
	struct quarantine_cursor *cursor;

	if (quarantine_open(s->scratch, QUARANTINE_READ, &s->store) != QUARANTINE_OK)
		return false;
	if (quarantine_list(s->store, 1, 1, 1, 0, true, &cursor) == QUARANTINE_OK) {
		quarantine_cursor_close(cursor);
		return true;
	}
	quarantine_close(s->store);
	s->store = NULL;
	return false;
}

int salvage_open(struct salvage *s, const char *from, const char *scratch)
{
	char mail[sizeof(s->scratch) + 8], database[sizeof(mail) + 24], log[sizeof(mail) + 24];
	int status;

	memset(s, 0, sizeof(*s));
	errno = 0;
	if (strlen(scratch) >= sizeof(s->scratch) || mkdir(scratch, 0700) < 0)
		return fail(scratch, QUARANTINE_DENIED);
	snprintf(s->scratch, sizeof(s->scratch), "%s", scratch);
	snprintf(mail, sizeof(mail), "%s/mail", scratch);
	snprintf(database, sizeof(database), "%s/quarantine.db", mail);
	snprintf(log, sizeof(log), "%s/quarantine.db-wal", mail);
	if (mkdir(mail, 0700) < 0)
		return fail(mail, QUARANTINE_DENIED);
	status = copy_store(s, from, database, log);
	if (status != QUARANTINE_OK || open_copy(s))
		return status;
	status = mend_first_page(s, database);
	errno = 0;
	if (status == QUARANTINE_OK && !open_copy(s))
		status = fail(from, QUARANTINE_CORRUPT);
	return status;
}

static bool add_place(struct salvage *s, int64_t mailbox, const struct quarantine_entry *entry)
{
	/* Doubled at each power of two. */
	if ((s->place_count & (s->place_count - 1)) == 0) {
		size_t room = s->place_count ? 2 * s->place_count : 1;
		struct salvage_place *grown = realloc(s->places, room * sizeof(*grown));

		if (!grown)
			return false;
		s->places = grown;
	}
	s->places[s->place_count++] = (struct salvage_place){
		entry->message, mailbox, entry->flags, entry->uid, (uint32_t)entry->length, entry->gone};
	return true;
}

/* Reads on from `*uid`; it becomes the first that was not read. 1: to the end, 0: something is in the way. */
static int walk(struct salvage *s, int64_t mailbox, uint64_t *uid)
{
	struct quarantine_cursor *cursor;
	struct quarantine_entry entry;
	int status = quarantine_list(s->store, mailbox, (uint32_t)*uid, UINT32_MAX, 0, true, &cursor);

	if (status != QUARANTINE_OK)
		return 0;
	while ((status = quarantine_next(cursor, &entry)) > 0) {
		if (entry.uid < *uid)
			break; /* out of order: no more of this page */
		if (!add_place(s, mailbox, &entry)) {
			status = QUARANTINE_NO_MEMORY;
			break;
		}
		*uid = (uint64_t)entry.uid + 1;
	}
	quarantine_cursor_close(cursor);
	return status == 0 ? 1 : status == QUARANTINE_NO_MEMORY ? status : 0;
}

static bool can_read(struct salvage *s, int64_t mailbox, uint64_t uid)
{
	struct quarantine_cursor *cursor;
	struct quarantine_entry entry;
	int status = quarantine_list(s->store, mailbox, (uint32_t)uid, UINT32_MAX, 0, true, &cursor);

	if (status != QUARANTINE_OK)
		return false;
	status = quarantine_next(cursor, &entry);
	quarantine_cursor_close(cursor);
	return status == 0 || (status > 0 && entry.uid >= uid);
}

/* The next UID from which a walk gets on, above UINT32_MAX when there is none. */
static uint64_t jump(struct salvage *s, int64_t mailbox, uint64_t uid)
{
	uint64_t bad = uid, good = uid + 1;

	while (good <= UINT32_MAX && !can_read(s, mailbox, good)) {
		bad = good;
		good = uid + 2 * (good - uid);
	}
	if (good > UINT32_MAX && !can_read(s, mailbox, UINT32_MAX))
		return good;
	if (good > UINT32_MAX)
		good = UINT32_MAX;
	while (good - bad > 1) {
		uint64_t middle = bad + (good - bad) / 2;

		if (can_read(s, mailbox, middle))
			good = middle;
		else
			bad = middle;
	}
	return good;
}

static int read_list(struct salvage *s, int64_t mailbox)
{
	uint64_t uid = 1;
	int ended = 0;

	while (ended == 0 && uid <= UINT32_MAX) {
		ended = walk(s, mailbox, &uid);
		if (ended == 0) {
			s->breaks++;
			uid = jump(s, mailbox, uid);
		}
	}
	return ended < 0 ? ended : QUARANTINE_OK;
}

static int by_message(const void *a, const void *b)
{
	const struct salvage_place *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->mailbox > y->mailbox) - (x->mailbox < y->mailbox);
}

/* A mailbox whose row does not read counts when there is something in it. */
static int read_box(struct salvage *s, int64_t id)
{
	struct salvage_box *box = &s->boxes[s->box_count];
	size_t before = s->place_count;
	int status = quarantine_mailbox_get(s->store, id, &box->info);

	if (status == QUARANTINE_NOT_FOUND)
		return QUARANTINE_OK;
	box->id = id;
	box->readable = status == QUARANTINE_OK;
	status = read_list(s, id);
	if (box->readable || s->place_count > before)
		s->box_count++;
	return status;
}

int salvage_lists(struct salvage *s)
{
	int status = QUARANTINE_OK;

	s->boxes = calloc(BOX_IDS + 1, sizeof(*s->boxes));
	if (!s->boxes)
		return QUARANTINE_NO_MEMORY;
	for (int64_t id = 1; id <= BOX_IDS && status == QUARANTINE_OK; id++)
		status = read_box(s, id);
	if (s->place_count > 0)
		qsort(s->places, s->place_count, sizeof(*s->places), by_message);
	return status;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void salvage_close(struct salvage *s)
{
	quarantine_close(s->store);
	free(s->boxes);
	free(s->places);
	if (s->scratch[0])
		nftw(s->scratch, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
	memset(s, 0, sizeof(*s));
}
