/* SPDX-License-Identifier: ISC
 *
 * A growing byte buffer that owns its memory. A zeroed struct is a valid empty buffer. When memory
 * runs out, or `limit` would be passed, the buffer keeps what it has, drops what comes and sets
 * `failed`, so that a writer checks once, at the end. Not for use by two threads at once. */
#ifndef QUARANTINE_BASE_BUF_H
#define QUARANTINE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "slice.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t limit; /* bytes that len may reach; 0: no limit */
	bool failed;
};

/* Frees the memory; the buffer is empty and usable afterwards, its limit kept. */
void buf_finish(struct buf *b);

/* Forgets the content and the failure, keeps the memory. */
void buf_reset(struct buf *b);

/* When there is no room as it is; else what follows does it in place. */
void buf_add_growing(struct buf *b, const void *bytes, size_t len);

static inline void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (b->failed || b->limit > 0 || len == 0 || len > b->cap - b->len) {
		buf_add_growing(b, bytes, len);
		return;
	}
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

static inline void buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.data, s.len);
}

static inline void buf_add_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

static inline void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_uint(struct buf *b, uint64_t n);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_addvf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Room for n more bytes after the content, or NULL (then `failed` is set). The caller writes there
 * and then adds what it wrote to b->len. */
char *buf_reserve(struct buf *b, size_t n);

/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);

/* The content as a NUL-terminated string that the caller frees; the buffer is empty afterwards.
 * NULL when memory runs out or the buffer had failed. */
char *buf_steal(struct buf *b);

static inline struct slice buf_slice(const struct buf *b)
{
	return slice_of(b->data, b->len);
}

#endif
