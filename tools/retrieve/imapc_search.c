/* SPDX-License-Identifier: ISC
 *
 * Which messages there are. */
#include <stdio.h>
#include <stdlib.h>

#include "etpan.h"
#include "imapc.h"
#include "imapc_inner.h"

enum {
	SEARCH_WINDOW = 200000, /* messages searched at once: libetpan takes 80 bytes for each hit */
	SEARCH_BYTES = 4 * 1024 * 1024,
	UIDS_MAX = 20000000, /* that are taken from a server, whatever it says it has */
};

static int run_search(struct imapc *c, struct mailimap_search_key *key, struct imapc_uids *found)
{
	clist *hits = NULL;
	imapc_allow(c, SEARCH_BYTES);
	int rc = key ? mailimap_uid_search(c->session, NULL, key, &hits) : MAILIMAP_ERROR_MEMORY;
	if (key)
		mailimap_search_key_free(key);
	if (rc != MAILIMAP_NO_ERROR)
		return imapc_status(c, rc);
	size_t more = (size_t)clist_count(hits);
	if (more > SEARCH_WINDOW || found->count + more > UIDS_MAX) {
		mailimap_search_result_free(hits);
		snprintf(c->why, sizeof(c->why), "the server found more messages than there can be");
		return IMAPC_BROKEN;
	}
	uint32_t *grown = reallocarray(found->list, found->count + more + 1, sizeof(*grown));
	if (grown) {
		found->list = grown;
		for (clistiter *at = clist_begin(hits); at; at = clist_next(at))
			found->list[found->count++] = *(uint32_t *)clist_content(at);
	}
	mailimap_search_result_free(hits);
	return grown ? IMAPC_OK : imapc_status(c, MAILIMAP_ERROR_MEMORY);
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Puts those above `least` in order, each once. */
static void sort_once(struct imapc_uids *uids, uint32_t least)
{
	size_t kept = 0;
	if (uids->count > 0)
		qsort(uids->list, uids->count, sizeof(*uids->list), compare_uids);
	for (size_t i = 0; i < uids->count; i++)
		if (uids->list[i] > least && (kept == 0 || uids->list[kept - 1] != uids->list[i]))
			uids->list[kept++] = uids->list[i];
	uids->count = kept;
}

/* Hands over what was found, or drops it. */
static int end_search(int status, struct imapc_uids *found, uint32_t least, struct imapc_uids *uids)
{
	if (status != IMAPC_OK) {
		free(found->list);
		return status;
	}
	sort_once(found, least);
	*uids = *found;
	return IMAPC_OK;
}

int imapc_search(struct imapc *c, struct day since, struct day before, struct imapc_uids *uids)
{
	struct imapc_uids found = {0};
	uint32_t last = c->session->imap_selection_info ? c->session->imap_selection_info->sel_exists : 0;
	int status = IMAPC_OK;
	/* From the end: where somebody expunges meanwhile, messages move down and come twice, but none is
	 * missed. */
	while (last > 0 && status == IMAPC_OK) {
		uint32_t first = last > SEARCH_WINDOW ? last - SEARCH_WINDOW + 1 : 1;
		status = run_search(c, etpan_search_key(first, last, since, before), &found);
		last = first - 1;
	}
	return end_search(status, &found, 0, uids);
}

int imapc_newer(struct imapc *c, uint32_t uid, struct imapc_uids *uids)
{
	int status = IMAPC_OK;
	bool more = true;
	/* Mail that comes during the search is announced with its answer, and then not by IDLE. Where there
	 * is none above, the server gives the last one. */
	for (int tries = 0; more && tries < 10 && status == IMAPC_OK; tries++) {
		struct imapc_uids found = {0};
		if (tries > 0)
			free(uids->list);
		*uids = found;
		if (c->session->imap_selection_info)
			c->session->imap_selection_info->sel_has_exists = 0;
		status = run_search(c, etpan_newer_key(uid == UINT32_MAX ? uid : uid + 1), &found);
		status = end_search(status, &found, uid, uids);
		more = status == IMAPC_OK && c->session->imap_selection_info &&
		       c->session->imap_selection_info->sel_has_exists && uids->count == 0;
	}
	return status;
}
