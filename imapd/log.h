/* SPDX-License-Identifier: ISC
 *
 * One line a fact, to standard error, in logfmt: "<6>session=2a event=login user=global". Keys are ours,
 * values are quoted and escaped, so that nobody forges a line. Any thread. */
#ifndef IMAPD_LOG_H
#define IMAPD_LOG_H

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 }; /* as in syslog */

void log_set_level(enum log_level level);

/* `session` 0: none. After `event` come pairs of const char * key and value, ended by NULL; a NULL value
 * leaves its pair out. Lines are cut at 1 KiB. */
void log_event(enum log_level level, unsigned session, const char *event, ...) __attribute__((sentinel));

/* The same for numbers: a text that lives until the end of the full expression's line. */
#define LOG_NUMBER(n) log_number((long long)(n), (char[24]){0})
const char *log_number(long long n, char *room);

#endif
