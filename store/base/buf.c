/* SPDX-License-Identifier: ISC */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST = 256 };

/* Memory for n more bytes; the limit is the caller's matter. */
static bool grow(struct buf *b, size_t n)
{
	if (n <= b->cap - b->len)
		return true;
	if (n > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		return false;
	size_t cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap * 2;
	if (cap < b->len + n)
		cap = b->len + n;
	char *data = realloc(b->data, cap);
	if (!data)
		return false;
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_finish(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.limit = b->limit};
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

char *buf_reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if ((b->limit > 0 && (b->len > b->limit || n > b->limit - b->len)) || !grow(b, n > 0 ? n : 1)) {
		b->failed = true;
		return NULL;
	}
	return b->data + b->len;
}

void buf_add_growing(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	char *room = buf_reserve(b, len);
	if (!room)
		return;
	memcpy(room, bytes, len);
	b->len += len;
}

void buf_add_uint(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_add(b, digits + at, sizeof(digits) - at);
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_addvf(b, format, args);
	va_end(args);
}

void buf_addvf(struct buf *b, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	if (len < 0 || b->failed ||
	    (b->limit > 0 && (b->len > b->limit || (size_t)len > b->limit - b->len)) ||
	    !grow(b, (size_t)len + 1)) {
		b->failed = true;
	} else {
		vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

void buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	if (n > 0)
		memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

char *buf_steal(struct buf *b)
{
	char *text = NULL;

	if (!b->failed && grow(b, 1)) {
		b->data[b->len] = '\0';
		text = b->data;
		b->data = NULL;
	}
	buf_finish(b);
	return text;
}
