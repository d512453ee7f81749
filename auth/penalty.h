/* SPDX-License-Identifier: ISC
 *
 * A growing delay for client addresses that fail to log in: 2, 4, 8, 15 s, halved by time, never a lock
 * of the account. IPv6 counts by /64. Bounded memory; loop thread only; time is given, not read. */
#ifndef QUARANTINE_AUTH_PENALTY_H
#define QUARANTINE_AUTH_PENALTY_H

#include <stdint.h>
#include <sys/socket.h>

struct penalty;

/* `entries`: addresses remembered at once, the least recent forgotten first. */
struct penalty *penalty_create(unsigned entries);
void penalty_destroy(struct penalty *p);

/* Milliseconds that an attempt from this address must be held back before it is looked at; 0: none. The
 * delay after a failure halves with each minute. Addresses that are not IP (Unix
 * sockets) never wait. */
unsigned penalty_delay(struct penalty *p, const struct sockaddr *peer, uint64_t now_ms);
void penalty_failed(struct penalty *p, const struct sockaddr *peer, uint64_t now_ms);
void penalty_succeeded(struct penalty *p, const struct sockaddr *peer);

#endif
