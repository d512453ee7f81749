/* SPDX-License-Identifier: ISC
 *
 * What a row of the store says of a message without a look at its content: all items of FETCH but the
 * sections. */
#ifndef IMAPD_FETCH_ROW_H
#define IMAPD_FETCH_ROW_H

#include "../../store/base/buf.h"
#include "../../store/include/quarantine.h"
#include "../proto/datetime.h"
#include "../proto/fetch_att.h"

struct view;

/* For the rows of one FETCH; both are borrowed. */
struct fetch_printer {
	const struct view *view;
	const struct fetch_items *items;
	struct datetime_zone zone;
};

/* The enum quarantine_field bits that the items need. */
unsigned fetch_row_fields(const struct fetch_items *items);

/* What an answer has also when nobody asked. */
enum fetch_add { FETCH_ADD_UID = 1, FETCH_ADD_FLAGS = 2, FETCH_ADD_MODSEQ = 4 };

/* Appends "* 1 FETCH (UID 7 FLAGS ()": the row's answer without its end. UID stands first. Whether there is
 * an item in it. */
bool fetch_row_print(struct fetch_printer *p, const struct quarantine_entry *row, unsigned add,
		     struct buf *out);

#endif
