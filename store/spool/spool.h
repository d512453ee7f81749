/* SPDX-License-Identifier: ISC
 *
 * Messages that wait in a folder because the store could not be had. A filter's delivery puts them
 * there; the server, or a later delivery, takes them in.
 *
 * One file is one message: a text header, an empty line, the message's bytes as they came.
 *
 *     quarantine-spool 1
 *     direction outgoing
 *     key 4bQ3x7-outgoing-8f3c…         always there: taking a file in twice stores it once
 *     received 1700000000
 *     sender shop@customer.example
 *     recipient victim@example.net      a line each
 *     length 1234                       of the message; the last line
 *
 * A line is a name, a blank and a value; in values, control characters and '%' are %XX. Names are those
 * of struct quarantine_envelope, but class for class_name, recipient and key. Lines that are absent are facts
 * that are not known. A new version of the first line is made whenever an old reader would lose something.
 *
 * Files are named TIME.NAME.msg, and .tmp while they are written. The folder may be one that filters
 * can write and not read (mode 3730, owner and group quarantine: quarantine-deliver): then only its
 * owner takes files in. Files have mode 0640, so the folder's group, which they inherit, decides who
 * reads them. All functions are blocking; any number of processes and threads may use one folder. */
#ifndef QUARANTINE_SPOOL_H
#define QUARANTINE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "../base/slice.h"
#include "../include/quarantine.h"

enum { SPOOL_NAME_SIZE = 64 }; /* of a buffer for a file's name */

/* Puts a message durably into folder `dir`: QUARANTINE_OK means that it outlives a power cut. Its time
 * of arrival becomes now where the envelope has none. `env` must have a delivery key. `name` (of
 * SPOOL_NAME_SIZE) becomes the file's name. Other results: _INVALID (envelope), _FULL, _DENIED, _NOT_FOUND
 * (no such folder), _NO_MEMORY, _IO; errno says more. */
int spool_put(const char *dir, const struct quarantine_envelope *env, struct slice message, char *name);

enum spool_event {
	SPOOL_TAKEN, /* stored as `message`, the file is gone */
	SPOOL_BAD,   /* will never be stored: the file was set aside as NAME.bad, for a person to look at */
	SPOOL_KEPT,  /* this file could not be read, stored or set aside now; it stays */
};

/* Called for each file that was looked at. `why` is a short text, for SPOOL_BAD and SPOOL_KEPT. `name`
 * is as hostile as any name in a folder that others write. */
typedef void spool_report_fn(void *context, enum spool_event event, const char *name, int64_t message,
			     const char *why);

/* Delivers up to `max` waiting files into the store, oldest first, and removes each once it is durable.
 * A file that another taker holds is passed over. `q` was opened with QUARANTINE_WRITE. `report` may be
 * NULL. *taken, when not NULL, becomes the number of files stored, also on failure; call again while it
 * equals `max`. QUARANTINE_OK: everything that could be taken was. A status of the store (BUSY, FULL,
 * IO, …) ends the work early: call again later. _NOT_FOUND, _DENIED: there is no such folder, or its files
 * may not be read or removed. */
int spool_take_in(const char *dir, struct quarantine *q, size_t max, spool_report_fn *report, void *context,
		  size_t *taken);

#endif
