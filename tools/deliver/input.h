/* SPDX-License-Identifier: ISC
 *
 * The message on standard input. */
#ifndef QUARANTINE_DELIVER_INPUT_H
#define QUARANTINE_DELIVER_INPUT_H

#include "../../store/base/buf.h"
#include "../../store/include/quarantine.h"

/* Reads a descriptor to its end. QUARANTINE_OK, _TOO_BIG (more than into->limit), _NO_MEMORY, or _IO with
 * errno set. */
int input_read(int fd, struct buf *into);

/* A message without the "From " line that an mbox, or Exim's message_prefix, puts before it. */
struct slice input_strip_mbox_from(struct slice message);

#endif
