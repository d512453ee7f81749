/* SPDX-License-Identifier: ISC
 *
 * The server: loop, listeners, sessions and their limits, signals, an orderly end. One a process. */
#ifndef IMAPD_SERVER_H
#define IMAPD_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct metrics_deliveries;
struct server;

/* Opens everything that `config` (borrowed) names, and its sockets. NULL on failure: `why` says what is wrong
 * and what to do. */
struct server *server_create(const struct config *config, char *why, size_t why_size);

/* Starts its threads; the process is confined by then (sandbox.h). False: `why` says what is wrong. */
bool server_start(struct server *s, char *why, size_t why_size);

/* Writes where it listens, one line each: "tcp 127.0.0.1:40123", "tls …", "unix /path". */
bool server_write_addresses(const struct server *s, const char *file, char *why, size_t why_size);

/* Where the intake counts. */
struct metrics_deliveries *server_deliveries(struct server *s);

/* Serves until SIGTERM or SIGINT, then says BYE to all. */
void server_run(struct server *s);

void server_destroy(struct server *s); /* NULL is fine */

#endif
