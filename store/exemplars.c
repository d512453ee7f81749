/* SPDX-License-Identifier: ISC */
#include "exemplars.h"

static struct exemplar *set_of(struct exemplars *all, int64_t blob)
{
	return &all->list[(uint64_t)blob % EXEMPLAR_SETS * EXEMPLAR_WAYS];
}

static void forget(struct exemplars *all, struct exemplar *one)
{
	all->bytes -= one->bytes.cap;
	buf_finish(&one->bytes);
	one->blob = 0;
	one->used = 0;
}

/* Among `count` places; empty ones are passed over, or else come first. */
static struct exemplar *oldest_of(struct exemplar *list, size_t count, bool pass_empty)
{
	struct exemplar *oldest = NULL;

	for (size_t i = 0; i < count; i++)
		if ((!pass_empty || list[i].blob != 0) && (!oldest || list[i].used < oldest->used))
			oldest = &list[i];
	return oldest;
}

struct slice exemplars_find(struct exemplars *all, int64_t blob)
{
	struct exemplar *set = set_of(all, blob);

	for (size_t i = 0; i < EXEMPLAR_WAYS; i++) {
		if (set[i].blob == blob && blob != 0) {
			set[i].used = ++all->clock;
			return buf_slice(&set[i].bytes);
		}
	}
	return slice_of(NULL, 0);
}

struct slice exemplars_keep(struct exemplars *all, int64_t blob, struct buf *bytes)
{
	struct exemplar *place;

	while (all->bytes > 0 && all->bytes + bytes->cap > EXEMPLAR_BYTES_MAX)
		forget(all, oldest_of(all->list, ARRAY_SIZE(all->list), true));
	place = oldest_of(set_of(all, blob), EXEMPLAR_WAYS, false);
	forget(all, place);
	*place = (struct exemplar){.blob = blob, .used = ++all->clock, .bytes = *bytes};
	all->bytes += bytes->cap;
	*bytes = (struct buf){0};
	return buf_slice(&place->bytes);
}

void exemplars_finish(struct exemplars *all)
{
	for (size_t i = 0; i < ARRAY_SIZE(all->list); i++)
		forget(all, &all->list[i]);
}
