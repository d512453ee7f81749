/* SPDX-License-Identifier: ISC
 *
 * A growing delay for client addresses that fail to log in: 2, 4, 8, 15 s, halved by time, never a lock
 * of the account. One attempt at a time from an address, so that many at once are no way around the delay.
 * IPv6 counts by /64. Bounded memory; loop thread only; time is given, not read. */
#ifndef QUARANTINE_AUTH_PENALTY_H
#define QUARANTINE_AUTH_PENALTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct penalty;

/* `entries`: addresses remembered at once; the least recent of which no attempt is pending is forgotten
 * first. */
struct penalty *penalty_create(unsigned entries);
void penalty_destroy(struct penalty *p);

/* An attempt begins: its delay and the look at the password. False: it is not this one's turn, because
 * another from this address is pending (or all places are taken by pending ones); ask again soon. Every turn
 * is given back by penalty_end(), after the result was told. */
bool penalty_begin(struct penalty *p, const struct sockaddr *peer);
void penalty_end(struct penalty *p, const struct sockaddr *peer);

/* Milliseconds that an attempt from this address must be held back before it is looked at; 0: none. The
 * delay after a failure halves with each minute. Addresses that are not IP (Unix
 * sockets) never wait. */
unsigned penalty_delay(struct penalty *p, const struct sockaddr *peer, uint64_t now_ms);
void penalty_failed(struct penalty *p, const struct sockaddr *peer, uint64_t now_ms);
void penalty_succeeded(struct penalty *p, const struct sockaddr *peer);

#endif
