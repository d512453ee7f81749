/* SPDX-License-Identifier: ISC */
#include "fetch_row.h"

#include "../body.h"
#include "../object_id.h"
#include "../proto/datetime.h"
#include "../view.h"

typedef void print_fn(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out);

static void print_flags(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	view_flags(p->view, row->uid, row->flags, out);
}

static void print_date(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	datetime_print(row->received, &p->zone, out);
}

static void print_saved(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	datetime_print(row->saved, &p->zone, out);
}

static void print_size(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	(void)p;
	buf_add_uint(out, row->length);
}

static void print_envelope(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	(void)p;
	if (row->envelope.len > 0)
		buf_add(out, row->envelope.data, row->envelope.len);
	else
		buf_add_str(out, "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
}

/* What is said of a message whose structure is not stored. */
static const char opaque[] = "(\"APPLICATION\" \"OCTET-STREAM\" NIL NIL NIL \"8BIT\" %llu)";

static void print_structure(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	(void)p;
	if (row->structure.len > 0)
		buf_add(out, row->structure.data, row->structure.len);
	else
		buf_addf(out, opaque, (unsigned long long)row->length);
}

static void print_body(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	(void)p;
	if (!body_from_structure(slice_of(row->structure.data, row->structure.len), out))
		buf_addf(out, opaque, (unsigned long long)row->length);
}

static void print_modseq(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	(void)p;
	buf_add_char(out, '(');
	buf_add_uint(out, row->modseq);
	buf_add_char(out, ')');
}

static void print_email(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	(void)p;
	buf_addf(out, "(%s)", object_message(row).text);
}

static void print_thread(struct fetch_printer *p, const struct quarantine_entry *row, struct buf *out)
{
	(void)p;
	buf_addf(out, "(%s)", object_thread(row).text);
}

/* What each item needs of the row, and how it is written. By enum fetch_kind. */
static const struct {
	unsigned fields;
	print_fn *print; /* NULL: UID, which stands first, and content */
	bool narrow;     /* QUARANTINE_FIELD_FLAGS is enough */
} kinds[] = {
	[FETCH_UID] = {0, NULL, true},
	[FETCH_FLAGS] = {0, print_flags, true},
	[FETCH_INTERNALDATE] = {0, print_date, false},
	[FETCH_SIZE] = {0, print_size, false},
	[FETCH_ENVELOPE] = {QUARANTINE_FIELD_ENVELOPE, print_envelope, false},
	[FETCH_BODY] = {QUARANTINE_FIELD_STRUCTURE, print_body, false},
	[FETCH_BODYSTRUCTURE] = {QUARANTINE_FIELD_STRUCTURE, print_structure, false},
	[FETCH_SECTION] = {0, NULL, false},
	[FETCH_MODSEQ] = {0, print_modseq, true},
	[FETCH_BINARY] = {0, NULL, false},
	[FETCH_BINARY_SIZE] = {0, NULL, false},
	[FETCH_SAVEDATE] = {0, print_saved, false},
	[FETCH_EMAILID] = {0, print_email, false},
	[FETCH_THREADID] = {QUARANTINE_FIELD_SEARCH, print_thread, false},
	[FETCH_PREVIEW] = {QUARANTINE_FIELD_PARTS, NULL, false},
};

unsigned fetch_row_fields(const struct fetch_items *items)
{
	unsigned fields = 0;
	bool narrow = true;

	for (size_t i = 0; i < items->count; i++) {
		narrow &= kinds[items->list[i].kind].narrow;
		fields |= kinds[items->list[i].kind].fields;
		if (items->list[i].depth > 0)
			fields |= QUARANTINE_FIELD_PARTS;
	}
	return narrow ? QUARANTINE_FIELD_FLAGS : fields;
}

static bool asks(const struct fetch_items *items, enum fetch_kind kind)
{
	for (size_t i = 0; i < items->count; i++)
		if (items->list[i].kind == kind)
			return true;
	return false;
}

bool fetch_row_print(struct fetch_printer *p, const struct quarantine_entry *row, unsigned add,
		     struct buf *out)
{
	const char *separator = "";

	buf_add_str(out, "* ");
	buf_add_uint(out, uidmap_seq(p->view->map, row->uid));
	buf_add_str(out, " FETCH (");
	if ((add & FETCH_ADD_UID) || asks(p->items, FETCH_UID)) {
		buf_add_str(out, "UID ");
		buf_add_uint(out, row->uid);
		separator = " ";
	}
	for (size_t i = 0; i < p->items->count; i++) {
		const struct fetch_item *item = &p->items->list[i];

		if (item->kind == FETCH_UID || !kinds[item->kind].print)
			continue;
		buf_add_str(out, separator);
		buf_add_slice(out, item->label);
		buf_add_char(out, ' ');
		kinds[item->kind].print(p, row, out);
		separator = " ";
	}
	if (add & FETCH_ADD_FLAGS && !asks(p->items, FETCH_FLAGS)) {
		buf_addf(out, "%sFLAGS ", separator);
		view_flags(p->view, row->uid, row->flags, out);
		separator = " ";
	}
	if (add & FETCH_ADD_MODSEQ && !asks(p->items, FETCH_MODSEQ)) {
		buf_addf(out, "%sMODSEQ ", separator);
		print_modseq(p, row, out);
		separator = " ";
	}
	return *separator != '\0';
}
