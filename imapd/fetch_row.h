/* SPDX-License-Identifier: ISC
 *
 * What a row of the store says of a message without a look at its content: all items of FETCH but the
 * sections. */
#ifndef IMAPD_FETCH_ROW_H
#define IMAPD_FETCH_ROW_H

#include "../store/base/buf.h"
#include "../store/include/quarantine.h"
#include "proto/fetch_att.h"

struct view;

/* The enum quarantine_field bits that the items need. */
unsigned fetch_row_fields(const struct fetch_items *items);

/* Appends "* 1 FETCH (UID 7 FLAGS ()": the row's answer without its end. UID stands first, and with
 * `add_uid` or `add_flags` also when it was not asked for. */
void fetch_row_print(const struct view *v, const struct fetch_items *items,
		     const struct quarantine_entry *row, bool add_uid, bool add_flags, struct buf *out);

#endif
