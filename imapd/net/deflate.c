/* SPDX-License-Identifier: ISC */
#include "deflate.h"

#include <stdlib.h>
#include <zlib.h>

enum { WINDOW = -15, MEMORY = 8, LEVEL = 3, CHUNK = 16 * 1024 }; /* a negative window means a raw stream */

struct deflater {
	z_stream z;
};

struct inflater {
	z_stream z;
	bool ended;   /* the peer sent its last block */
	bool holding; /* there may be output left for which there was no room */
};

struct deflater *deflater_create(void)
{
	struct deflater *d = calloc(1, sizeof(*d));

	if (d && deflateInit2(&d->z, LEVEL, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
		return d;
	free(d);
	return NULL;
}

void deflater_destroy(struct deflater *d)
{
	if (!d)
		return;
	deflateEnd(&d->z);
	free(d);
}

bool deflater_add(struct deflater *d, struct slice plain, struct buf *out)
{
	d->z.next_in = (z_const Bytef *)plain.data;
	d->z.avail_in = (uInt)plain.len;
	do {
		char *into = buf_reserve(out, CHUNK);

		if (!into)
			return false;
		d->z.next_out = (Bytef *)into;
		d->z.avail_out = CHUNK;
		deflate(&d->z, Z_SYNC_FLUSH);
		out->len += CHUNK - d->z.avail_out;
	} while (d->z.avail_out == 0);
	return true;
}

struct inflater *inflater_create(void)
{
	struct inflater *i = calloc(1, sizeof(*i));

	if (i && inflateInit2(&i->z, WINDOW) == Z_OK)
		return i;
	free(i);
	return NULL;
}

void inflater_destroy(struct inflater *i)
{
	if (!i)
		return;
	inflateEnd(&i->z);
	free(i);
}

bool inflater_add(struct inflater *i, struct buf *packed, size_t room, struct buf *plain)
{
	int status = Z_OK;

	i->z.next_in = (z_const Bytef *)packed->data;
	i->z.avail_in = (uInt)packed->len;
	while (status == Z_OK && room > 0 && !i->ended && (i->z.avail_in > 0 || i->holding)) {
		size_t piece = room < CHUNK ? room : CHUNK;
		char *into = buf_reserve(plain, piece);

		if (!into)
			return false;
		i->z.next_out = (Bytef *)into;
		i->z.avail_out = (uInt)piece;
		status = inflate(&i->z, Z_SYNC_FLUSH);
		plain->len += piece - i->z.avail_out;
		room -= piece - i->z.avail_out;
		i->holding = i->z.avail_out == 0;
		i->ended = status == Z_STREAM_END;
	}
	buf_consume(packed, i->ended ? packed->len : packed->len - i->z.avail_in);
	return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR;
}
