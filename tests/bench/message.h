/* SPDX-License-Identifier: ISC
 *
 * Spam as the benchmarks use it: message n is always the same bytes. Runs of near-identical messages, median
 * 6 KB, a long tail to 200 KB; text, HTML, base64; encoded headers; some broken MIME. */
#ifndef QUARANTINE_BENCH_MESSAGE_H
#define QUARANTINE_BENCH_MESSAGE_H

#include "../../store/base/buf.h"

void bench_message(struct buf *out, unsigned n);

/* When it came, as in its topmost Received field: an IMAP date-time without its quotes. */
void bench_message_time(struct buf *out, unsigned n);

#endif
