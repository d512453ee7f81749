/* SPDX-License-Identifier: ISC
 *
 * Writes and syncs that fail, one after the other, under a real delivery. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tmpstore.h"

/* A VFS that hands everything to the real one but fails the n-th write, sync or truncation. */
struct fault_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	sqlite3_io_methods methods;
	int countdown; /* -1: never */
	int code;
} fault;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

static bool strikes(void)
{
	if (fault.countdown < 0)
		return false;
	if (fault.countdown > 0)
		return --fault.countdown < 0;
	return true; /* and stays broken until it is repaired */
}

static int fault_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int fault_read(sqlite3_file *file, void *into, int size, sqlite3_int64 offset)
{
	return real_of(file)->pMethods->xRead(real_of(file), into, size, offset);
}

static int fault_write(sqlite3_file *file, const void *from, int size, sqlite3_int64 offset)
{
	return strikes() ? fault.code : real_of(file)->pMethods->xWrite(real_of(file), from, size, offset);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return strikes() ? fault.code : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int fault_sync(sqlite3_file *file, int flags)
{
	return strikes() ? SQLITE_IOERR_FSYNC : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int fault_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int fault_lock(sqlite3_file *file, int how)
{
	return real_of(file)->pMethods->xLock(real_of(file), how);
}

static int fault_unlock(sqlite3_file *file, int how)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), how);
}

static int fault_reserved(sqlite3_file *file, int *out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int fault_control(sqlite3_file *file, int op, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int fault_sector(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int fault_characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int fault_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int fault_shm_unmap(sqlite3_file *file, int delete)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static int fault_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
	struct fault_file *f = (struct fault_file *)file;
	int code;

	(void)vfs;
	f->real = (sqlite3_file *)(f + 1);
	code = fault.real->xOpen(fault.real, name, f->real, flags, out_flags);
	f->base.pMethods = f->real->pMethods ? &fault.methods : NULL;
	return code;
}

static int fault_install(void **state)
{
	(void)state;
	fault.real = sqlite3_vfs_find(NULL);
	fault.vfs = *fault.real;
	fault.vfs.zName = "fault";
	fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
	fault.vfs.xOpen = fault_open;
	fault.methods = (sqlite3_io_methods){
		.iVersion = 2,
		.xClose = fault_close,
		.xRead = fault_read,
		.xWrite = fault_write,
		.xTruncate = fault_truncate,
		.xSync = fault_sync,
		.xFileSize = fault_size,
		.xLock = fault_lock,
		.xUnlock = fault_unlock,
		.xCheckReservedLock = fault_reserved,
		.xFileControl = fault_control,
		.xSectorSize = fault_sector,
		.xDeviceCharacteristics = fault_characteristics,
		.xShmMap = fault_shm_map,
		.xShmLock = fault_shm_lock,
		.xShmBarrier = fault_shm_barrier,
		.xShmUnmap = fault_shm_unmap,
	};
	fault.countdown = -1;
	return sqlite3_vfs_register(&fault.vfs, 1);
}

static int fault_remove(void **state)
{
	(void)state;
	return sqlite3_vfs_unregister(&fault.vfs);
}

static int deliver(struct tmpstore *t, unsigned n, int64_t *message)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	char bytes[16384], key[20];
	size_t len = spam_message(bytes, sizeof(bytes), n);

	snprintf(key, sizeof(key), "key-%u", n);
	env.direction = QUARANTINE_OUTGOING;
	env.delivery_key = key;
	return quarantine_deliver(t->q, &env, bytes, len, message);
}

/* Every place fails once; what was said to be stored is there, and a retry with the same key ends
 * with one message, whether the handle is kept or opened anew. */
static void a_failed_delivery_may_be_tried_again(void **state)
{
	struct tmpstore *t = *state;
	unsigned n;

	for (n = 0; n < 200; n++) {
		int64_t message = 0;
		int status;

		fault.code = n % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
		fault.countdown = (int)n;
		status = deliver(t, n, &message);
		fault.countdown = -1;
		if (status == QUARANTINE_OK)
			break;
		assert_true(status == QUARANTINE_IO || status == QUARANTINE_FULL);
		assert_string_not_equal(quarantine_errmsg(t->q), "");
		assert_int_equal(message, 0);
		if (n % 3 == 0) {
			quarantine_close(t->q);
			t->q = tmpstore_open(t, QUARANTINE_WRITE);
		}
		assert_int_equal(deliver(t, n, &message), QUARANTINE_OK);
		check_sound(t);
		assert_int_equal(mailbox_of(t->q, "Outgoing").messages, n + 1);
	}
	assert_true(n > 5 && n < 200);
}

/* The commit is good although the log could not be moved into the database. */
static void a_failed_checkpoint_fails_no_delivery(void **state)
{
	static char bytes[200000];
	struct tmpstore *t = *state;
	unsigned seed = 1, delivered = 0;
	struct stat wal;
	char path[300];

	fault.code = SQLITE_IOERR_WRITE;
	for (unsigned n = 0; n < 60; n++) {
		struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
		env.direction = QUARANTINE_OUTGOING;
		/* A delivery of this size takes less than 100 writes; what comes after is the checkpoint. */
		fault.countdown = 200;
		assert_int_equal(quarantine_deliver(t->q, &env, bytes, sizeof(bytes), NULL), QUARANTINE_OK);
		delivered++;
	}
	fault.countdown = -1;
	snprintf(path, sizeof(path), "%s/mail/quarantine.db-wal", t->dir);
	assert_int_equal(stat(path, &wal), 0);
	assert_true(wal.st_size > 8 * 1024 * 1024);
	assert_int_equal(quarantine_checkpoint(t->q, 0), QUARANTINE_OK);
	assert_int_equal(ask(t, "SELECT count(*) FROM entry"), delivered);
	check_sound(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_failed_delivery_may_be_tried_again),
		store_test(a_failed_checkpoint_fails_no_delivery),
	};

	return cmocka_run_group_tests_name("fault", tests, fault_install, fault_remove);
}
