/* SPDX-License-Identifier: ISC
 *
 * Takes in what programs hand over at DIR/deliver/socket, on a thread of its own: all that came while the
 * last group was committed is the next one. */
#ifndef IMAPD_INTAKE_H
#define IMAPD_INTAKE_H

struct config;
struct intake;
struct metrics_deliveries;

/* Listens and starts the thread; counts in `counted`. Both are borrowed. NULL where that cannot be: it is
 * logged, and programs deliver by themselves. */
struct intake *intake_create(const struct config *config, struct metrics_deliveries *counted);

/* Ends after the group at hand, whose programs still get their answers. NULL is fine. */
void intake_destroy(struct intake *in);

#endif
