/* SPDX-License-Identifier: ISC
 *
 * damage [ROUNDS [FIRST]]: bits flipped, pages zeroed or exchanged, files cut: in the database, its log, the
 * log's index. Whatever is asked of such a store ends within seconds, by data or by a status. What is served
 * are the bytes that were delivered. No file is removed or begun anew. A round is repeated by its number. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../store/include/quarantine_admin.h"
#include "scene.h"

enum {
	ROUNDS = 10000,
	MOVED = 60, /* messages whose pages are in the database; of others they are in the log */
	MESSAGES = 90,
	SECONDS = 5,
	PAGE = 4096,
	FLIPS = 50,
	LARGEST = 1024 * 1024,
	CHECK_EVERY = 8,
};

static uint64_t seed;

static uint64_t pick(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void prepare(const char *folder)
{
	struct quarantine_flag_request request = {.size = sizeof(request),
						  .change = QUARANTINE_FLAGS_ADD,
						  .flags = QUARANTINE_SEEN,
						  .unchanged_since = UINT64_MAX};
	struct quarantine_range range = {10, 40};
	struct quarantine *q;
	uint64_t highest;
	int64_t id;

	scene_prepare(folder);
	q = scene_must_open(folder);
	for (unsigned n = SCENE_BEFORE; n < MESSAGES; n++) {
		MUST_OK(q, work_deliver(q, 0, n, &id));
		if (n == MOVED)
			MUST_OK(q, quarantine_checkpoint(q, 0));
	}
	MUST_OK(q, quarantine_flags_change(q, scene_mailbox(q, QUARANTINE_MAILBOX_OUTGOING), &range, 1,
					   &request, &highest));
	quarantine_close(q);
}

static void flip(int fd, off_t size)
{
	for (uint64_t i = 1 + pick(FLIPS); i > 0; i--) {
		off_t at = (off_t)pick((uint64_t)size);
		unsigned char byte;

		MUST(pread(fd, &byte, 1, at) == 1);
		byte ^= (unsigned char)(1U << pick(8));
		MUST(pwrite(fd, &byte, 1, at) == 1);
	}
}

static void spoil(int fd, off_t size)
{
	char one[PAGE], other[PAGE];
	off_t first = (off_t)pick((uint64_t)(size + PAGE - 1) / PAGE) * PAGE;
	off_t second = (off_t)pick((uint64_t)(size + PAGE - 1) / PAGE) * PAGE;
	ssize_t a, b;

	switch (pick(6)) {
	case 0:
		MUST(ftruncate(fd, (off_t)pick((uint64_t)size)) == 0);
		break;
	case 1:
		memset(one, (int)pick(256), sizeof(one));
		MUST(pwrite(fd, one, sizeof(one), first) == sizeof(one));
		break;
	case 2:
		a = pread(fd, one, sizeof(one), first);
		b = pread(fd, other, sizeof(other), second);
		MUST(a > 0 && b > 0 && pwrite(fd, one, (size_t)a, second) == a &&
		     pwrite(fd, other, (size_t)b, first) == b);
		break;
	default:
		flip(fd, size);
	}
}

static void damage(const char *folder, ino_t *inode)
{
	static const char *const names[] = {"store/mail/quarantine.db", "store/mail/quarantine.db",
					    "store/mail/quarantine.db-wal", "store/mail/quarantine.db-shm"};
	uint64_t which = pick(ARRAY_SIZE(names));
	struct stat st;
	int fd;

	MUST(stat(scene_path(folder, names[0]), &st) == 0);
	*inode = st.st_ino;
	fd = open(scene_path(folder, names[which]), O_RDWR | O_CLOEXEC);
	MUST(fd >= 0 && fstat(fd, &st) == 0);
	if (st.st_size > 0)
		spoil(fd, st.st_size);
	close(fd);
}

/* What is read without a complaint is what was delivered. */
static void read_content(struct quarantine *q, int64_t message)
{
	static char bytes[LARGEST];
	struct buf expected = {0};
	unsigned worker, n;
	size_t got = 0;

	if (quarantine_content_read(q, message, 0, bytes, sizeof(bytes) - 1, &got) != QUARANTINE_OK ||
	    quarantine_verify(q, message) != QUARANTINE_OK)
		return;
	bytes[got] = '\0';
	MUST(sscanf(bytes, "X-Name: %u/%u\r\n", &worker, &n) == 2);
	work_message(&expected, worker, n);
	MUST(slice_eq(buf_slice(&expected), slice_of(bytes, got)));
	buf_finish(&expected);
}

static void read_list(struct quarantine *q, int64_t mailbox, unsigned fields)
{
	struct quarantine_cursor *cursor;
	struct quarantine_entry entry;
	int64_t messages[2 * MESSAGES];
	size_t count = 0;

	if (quarantine_list(q, mailbox, 1, UINT32_MAX, fields, true, &cursor) != QUARANTINE_OK)
		return;
	while (quarantine_next(cursor, &entry) > 0) {
		if (count < ARRAY_SIZE(messages))
			messages[count++] = entry.message;
	}
	quarantine_cursor_close(cursor);
	for (size_t i = 0; i < count && fields == 0; i++) {
		struct quarantine_facts *facts = NULL;

		read_content(q, messages[i]);
		if (quarantine_facts_get(q, messages[i], &facts) == QUARANTINE_OK)
			free(facts);
	}
}

static void ignore(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static void read_all(const char *folder, bool check)
{
	static const unsigned fields[] = {0, QUARANTINE_FIELD_ENVELOPE | QUARANTINE_FIELD_STRUCTURE,
					  QUARANTINE_FIELD_SEARCH | QUARANTINE_FIELD_PARTS,
					  QUARANTINE_FIELD_SORT};
	struct quarantine *q = NULL;
	struct quarantine_mailbox *list = NULL, box;
	struct quarantine_range *ranges = NULL;
	size_t count;
	uint64_t faults;

	if (quarantine_open(scene_path(folder, "store"), QUARANTINE_READ, &q) != QUARANTINE_OK)
		return;
	if (quarantine_mailbox_list(q, &list, &count) == QUARANTINE_OK)
		free(list);
	if (quarantine_uids(q, 2, &box, &ranges, &count) == QUARANTINE_OK)
		free(ranges);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		read_list(q, 2, fields[i]);
	if (check)
		quarantine_check(q, ignore, NULL, NULL, &faults);
	quarantine_close(q);
}

static void write_some(const char *folder)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = MESSAGES};
	struct quarantine_expiry pass = {.now = time(NULL) + 1000 * QUARANTINE_KEEP_DEFAULT};
	struct quarantine_range range = {1, MESSAGES / 2};
	struct quarantine *q = scene_open(folder);
	size_t done;
	int64_t id;

	if (!q)
		return;
	work_deliver(q, 1, 1, &id);
	quarantine_expunge(q, 2, &range, 1, &request, &done);
	quarantine_purge(q, INT64_MAX, MESSAGES, &done);
	while (!pass.finished && quarantine_expire(q, &pass, &done) == QUARANTINE_OK)
		;
	quarantine_checkpoint(q, 0);
	quarantine_close(q);
}

static void run(const char *template, unsigned number)
{
	char folder[SCENE_PATH];
	struct stat st;
	ino_t inode;
	pid_t child;
	int status;

	seed = UINT64_C(0x9e3779b97f4a7c15) * (number + 1);
	work_folder(folder, sizeof(folder));
	MUST(rmdir(folder) == 0);
	work_copy(template, folder);
	damage(folder, &inode);
	child = fork();
	MUST(child >= 0);
	if (child == 0) {
		alarm(SECONDS);
		read_all(folder, number % CHECK_EVERY == 0);
		write_some(folder);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fprintf(stderr, "round %u: status %x\n", number, (unsigned)status);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	MUST(stat(scene_path(folder, "store/mail/quarantine.db"), &st) == 0 && st.st_ino == inode);
	work_remove(folder);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS;
	unsigned first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	char template[SCENE_PATH];

	work_folder(template, sizeof(template));
	prepare(template);
	for (unsigned i = 0; i < rounds; i++)
		run(template, first + i);
	work_remove(template);
	printf("%u damaged stores, each answered within %d s\n", rounds, SECONDS);
	return 0;
}
