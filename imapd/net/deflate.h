/* SPDX-License-Identifier: ISC
 *
 * Raw DEFLATE (RFC 1951) for COMPRESS (RFC 4978), each direction by itself, without sockets. Any thread, one
 * at a time. */
#ifndef IMAPD_NET_DEFLATE_H
#define IMAPD_NET_DEFLATE_H

#include <stdbool.h>

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

struct deflater;
struct inflater;

/* NULL when memory is out; so with inflater_create(). A deflater may be destroyed after any deflater_add()
 * and a new one go on with the stream: it refers to nothing before itself. */
struct deflater *deflater_create(void);
void deflater_destroy(struct deflater *d); /* NULL is fine */

/* Appends what `plain` becomes, to its last byte (Z_SYNC_FLUSH); false when memory is out. */
bool deflater_add(struct deflater *d, struct slice plain, struct buf *out);

struct inflater *inflater_create(void);
void inflater_destroy(struct inflater *i); /* NULL is fine */

/* Takes bytes off the front of `packed` and appends what they were, at most `room` bytes, to `plain`. When
 * nothing of `packed` is left, or the stream has ended, it needs no further call. False: it is no DEFLATE, or
 * memory is out. */
bool inflater_add(struct inflater *i, struct buf *packed, size_t room, struct buf *plain);

#endif
