/* SPDX-License-Identifier: ISC
 *
 * Immutable bytes: the head or the body of a message. Equal bytes are one row, counted by its users.
 * Similar bytes lean on an earlier blob, their exemplar; an exemplar is
 * self-contained, so that no chain is longer than one link. Long ones are cut into frames. */
#ifndef QUARANTINE_BLOB_H
#define QUARANTINE_BLOB_H

#include "internal.h"

enum {
	BLOB_FRAME_SIZE = 256 * 1024,
	BLOB_SIBLINGS_MAX = 1000, /* of one exemplar: what one bad row can spoil */
	BLOB_FEATURES = 8,
	BLOB_HASH_SIZE = 32,
	BLOB_LOOK_BACK = 64, /* of those before it, how many a blob is compared with */
};

/* Stored in the database: values never change their meaning. All but the last are zstd with its checksum. */
enum blob_codec {
	BLOB_PLAIN = 1,  /* alone */
	BLOB_PREFIX = 2, /* with the exemplar as prefix */
	BLOB_FRAMES = 3, /* in rows of `frame`, each alone */
	BLOB_NEAR = 4,   /* what differs from the exemplar, near.h */
};

/* Whether it takes an exemplar to read it. */
static inline bool blob_leans(enum blob_codec codec)
{
	return codec == BLOB_PREFIX || codec == BLOB_NEAR;
}

/* What makes up a fingerprint: two similar byte strings have most features in common. UINT64_MAX
 * stands for none. */
struct blob_features {
	uint64_t feature[BLOB_FEATURES];
};

void blob_features_of(struct slice bytes, struct blob_features *out);

/* What a feature in common counts, and what two byte strings have in common. */
unsigned blob_feature_weight(size_t i);
unsigned blob_features_common(const struct blob_features *a, const struct blob_features *b);

/* A blob on its way into the store. Zeroed it is empty and may be finished. */
struct blob_draft {
	struct slice bytes; /* borrowed; length 0: no blob at all */
	bool once;          /* equal bytes are one row */
	bool exemplary; /* later ones may lean on it; like all they look at, it stays as it was prepared */
	unsigned char hash[BLOB_HASH_SIZE];
	struct blob_features features;
	enum blob_codec codec; /* 0: not compressed, because equal bytes are there already */
	int64_t exemplar;      /* leant on: its id, or 0 and … */
	const struct blob_draft *exemplar_draft; /* … one that is inserted before this one */
	struct buf data;                         /* compressed */
	size_t *frames;                          /* of BLOB_FRAMES: where each frame ends in `data` */
	size_t frame_count;
	int64_t id; /* once inserted; 0: no blob */
};

/* Before the transaction, in one that reads: hashes and compresses. `bytes` must outlive the draft. `once`:
 * they may stand in the store already. `group` are drafts that will be inserted before this one, which
 * another thread may be doing just now. */
int blob_prepare(struct quarantine *q, struct slice bytes, bool once, struct blob_draft *const *group,
		 size_t count, struct blob_draft *out);

/* The blob of equal bytes; 0: there is none, or none is looked for. */
int blob_find(struct quarantine *q, const struct blob_draft *draft, int64_t *blob);

/* Compresses draft->bytes: with `exemplar` where that pays, {NULL, 0}: alone. */
int blob_compress(struct quarantine *q, struct blob_draft *draft, struct slice exemplar);

/* Inside the transaction: sets out->id, counts one user more. What was found before is checked again. */
int blob_insert(struct quarantine *q, struct blob_draft *draft);
void blob_draft_finish(struct blob_draft *draft);
struct slice blob_draft_hash(const struct blob_draft *draft);

/* Inside a transaction: one user fewer. The row goes with its last user and sibling. 0 is fine. */
int blob_release(struct quarantine *q, int64_t blob);

/* Exactly `size` bytes from `offset`. Blob 0 has none. QUARANTINE_CORRUPT where the blob is not as
 * long, does not decode or is missing. */
int blob_read(struct quarantine *q, int64_t blob, uint64_t offset, void *into, size_t size);

/* What a row of `blob` or of `frame` says, its data borrowed. */
struct blob_row {
	int64_t id;
	uint64_t size; /* plain */
	enum blob_codec codec;
	int64_t exemplar;
	struct slice data;
};

/* The first frame of the blob, often the whole of it, borrowed until the next call: from `room`, which it may
 * change, or from the exemplars. */
int blob_decode(struct quarantine *q, const struct blob_row *row, struct buf *room, struct slice *out);

/* The whole of a self-contained blob of one frame, borrowed until the next call. */
int blob_exemplar(struct quarantine *q, int64_t blob, struct slice *out);

void blob_reader_free(struct blob_reader *reader);
void blob_writer_free(struct blob_writer *writer);

#endif
