/* SPDX-License-Identifier: ISC
 *
 * A connection to an IMAP server that takes what comes without looking at it: only the end of what has
 * arrived is compared with the tag. What goes wrong ends the program with a text. */
#ifndef QUARANTINE_BENCH_LINK_H
#define QUARANTINE_BENCH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../store/base/buf.h"

struct link {
	int fd;
	struct ssl_st *ssl; /* NULL: plain */
	unsigned tag;       /* of the last command */
	char *room;         /* the end of what came, and room for more */
	size_t used;
	uint64_t received; /* bytes since the command was sent */
	bool keep;         /* whole answers in `answer` */
	struct buf answer;
};

_Noreturn void link_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Connects to a port of 127.0.0.1. */
void link_connect(struct link *l, const char *port);

/* The same, with TLS if so, and reads IMAP's greeting. */
void link_open(struct link *l, const char *port, bool tls);
void link_close(struct link *l);

/* A line or several, without tag. */
void link_send(struct link *l, const void *bytes, size_t len);

/* Sends "TAG text CRLF". */
void link_command(struct link *l, const char *text);

/* Receives once; true when the tagged line is there. Anything but OK ends the program. */
bool link_receive(struct link *l);

/* Receives until the tagged line. */
void link_finish(struct link *l);

/* Receives until a line begins with `text`. */
void link_until(struct link *l, const char *text);

/* Receives once; true when a word is in what came since it was last true. Gives up the room then. */
bool link_hears(struct link *l, const char *word);

/* Gives the room for answers back to the system; the next answer gets new room. */
void link_rest(struct link *l);

void link_login(struct link *l, const char *user, const char *password);

double bench_now(void); /* seconds */

#endif
