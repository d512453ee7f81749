/* SPDX-License-Identifier: ISC
 *
 * Statements by name. queries.sql has their text; each is prepared at its first use in a handle and
 * kept. A statement that gave a row must be given back by stmt_done() before its next use. */
#ifndef QUARANTINE_STMT_H
#define QUARANTINE_STMT_H

#include "internal.h"

/* Prepares (or finds) the statement and binds its arguments in order, one letter of `format` each:
 *   l  int64_t           u  uint64_t below 2^63     i  int
 *   t  const char *, NULL binds NULL                d  const double *, NULL binds NULL
 *   b  struct slice as a BLOB, {NULL, 0} binds NULL  s  the same as TEXT
 *   n  NULL, takes no argument
 * Texts and bytes are borrowed until stmt_done(). */
int stmt_bind(struct quarantine *q, enum query query, sqlite3_stmt **out, const char *format, ...);

/* 1: a row; 0: no more; negative: a status. */
int stmt_step(struct quarantine *q, sqlite3_stmt *stmt);
void stmt_done(sqlite3_stmt *stmt); /* NULL is fine */

/* Binds and runs to the end. */
int stmt_run(struct quarantine *q, enum query query, const char *format, ...);

/* Binds and steps once: 1, 0 or a status as stmt_step(); *out is to be given back when 1. */
int stmt_row(struct quarantine *q, enum query query, sqlite3_stmt **out, const char *format, ...);

/* The only column of the first row as a number, or `missing` when there is no row or it is NULL. */
int stmt_int64(struct quarantine *q, enum query query, int64_t missing, int64_t *out, const char *format,
	       ...);

/* Takes a bound statement out of the cache, so that a cursor may hold it while the query is used
 * again, and puts it back. */
sqlite3_stmt *stmt_detach(struct quarantine *q, enum query query);
void stmt_attach(struct quarantine *q, enum query query, sqlite3_stmt *stmt);

/* Finalises all; before the database is closed. */
void stmt_finish(struct quarantine *q);

/* A column's bytes, borrowed until the next step; {NULL, 0} for NULL, never {NULL, 0} for empty. */
struct slice stmt_bytes(sqlite3_stmt *stmt, int column);

#endif
