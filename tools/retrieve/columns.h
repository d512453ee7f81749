/* SPDX-License-Identifier: ISC
 *
 * Who sent a message, out of its header: one table says for each column of the report which fields are
 * looked at, in which order, and what of them is taken. Pure functions; any bytes are fine. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_COLUMNS_H
#define QUARANTINE_TOOLS_RETRIEVE_COLUMNS_H

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

enum direction { DIRECTION_INCOMING, DIRECTION_OUTGOING };

/* The columns after the running number. */
enum column {
	COLUMN_FROM,
	COLUMN_TO,
	COLUMN_REPLY_TO,
	COLUMN_QMAIL_UID,
	COLUMN_INVOKED_FOR,
	COLUMN_IP_USERNAME,
	COLUMN_EVIDENCE,
	COLUMN_PHP_SCRIPT,
	COLUMN_AUTH_SENDER,
	COLUMN_AUTH_USER,
	COLUMN_AUTH_EMAIL,
	COLUMN_COUNT,
};

/* The first line of the report, without line end. */
extern const char COLUMNS_TITLES[];

/* Sets each cell to one line of valid UTF-8, empty where the header says nothing. `header` is a header
 * block; what follows its empty line is not looked at. */
void columns_extract(struct slice header, enum direction direction, struct buf cells[COLUMN_COUNT]);
void columns_finish(struct buf cells[COLUMN_COUNT]);

/* Whether the sender is a mailer-daemon: the word stands in the From cell, in any case. */
bool columns_is_bounce(const struct buf cells[COLUMN_COUNT]);

#endif
