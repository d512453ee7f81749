/* SPDX-License-Identifier: ISC */
#include "wire.h"

#include "../base/arena.h"
#include "address.h"
#include "fields.h"

/* What Dovecot says where a part of an address is missing: clients know these words. */
static const struct slice NO_MAILBOX = {"MISSING_MAILBOX", 15};
static const struct slice NO_HOST = {"MISSING_DOMAIN", 14};

static void add_string(struct slice text, struct buf *out)
{
	mime_wire_nstring(text, MIME_WIRE_TEXT_MAX, out);
}

/* "(" name SP adl SP mailbox SP host ")" */
static void add_address(const struct mime_address *a, struct buf *out)
{
	bool is_mailbox = a->kind == MIME_MAILBOX;

	buf_add_char(out, '(');
	add_string(a->name, out);
	buf_add_char(out, ' ');
	add_string(a->route, out);
	buf_add_char(out, ' ');
	add_string(is_mailbox && !a->mailbox.data ? NO_MAILBOX : a->mailbox, out);
	buf_add_char(out, ' ');
	add_string(is_mailbox && !a->host.data ? NO_HOST : a->host, out);
	buf_add_char(out, ')');
}

/* "(" 1*address ")" of all fields of that name. False, and nothing is added, when they hold none. */
static bool add_addresses(const struct mime_field_list *fields, struct slice name, struct buf *out)
{
	const struct mime_field *field = NULL;
	struct arena arena = {0};
	size_t count = 0;

	while (count < MIME_ADDRESSES_MAX && (field = mime_field_list_find(fields, name, field))) {
		struct mime_addresses list = {0};

		mime_addresses_parse(field->value, &arena, &list);
		if (count + list.count > MIME_ADDRESSES_MAX)
			break;
		if (count == 0 && list.count > 0)
			buf_add_char(out, '(');
		for (size_t i = 0; i < list.count; i++)
			add_address(&list.list[i], out);
		count += list.count;
		arena_reset(&arena);
	}
	if (count > 0)
		buf_add_char(out, ')');
	arena_finish(&arena);
	return count > 0;
}

static void add_field(const struct mime_field_list *fields, struct slice name, struct buf *out)
{
	const struct mime_field *field = mime_field_list_find(fields, name, NULL);
	struct buf line = {0};

	if (field) {
		mime_unfold(field->value, &line);
		add_string(line.len > 0 ? buf_slice(&line) : SLICE(""), out);
	} else {
		buf_add_str(out, "NIL");
	}
	buf_finish(&line);
}

void mime_wire_envelope_of(const struct mime_field_list *fields, struct buf *out)
{
	static const struct {
		struct slice name;
		bool defaults_to_from;
	} address_fields[] = {
		{SLICE("From"), false}, {SLICE("Sender"), true}, {SLICE("Reply-To"), true},
		{SLICE("To"), false},   {SLICE("Cc"), false},    {SLICE("Bcc"), false},
	};

	buf_add_char(out, '(');
	add_field(fields, SLICE("Date"), out);
	buf_add_char(out, ' ');
	add_field(fields, SLICE("Subject"), out);
	for (size_t i = 0; i < ARRAY_SIZE(address_fields); i++) {
		buf_add_char(out, ' ');
		if (!add_addresses(fields, address_fields[i].name, out) &&
		    !(address_fields[i].defaults_to_from &&
		      add_addresses(fields, address_fields[0].name, out)))
			buf_add_str(out, "NIL");
	}
	buf_add_char(out, ' ');
	add_field(fields, SLICE("In-Reply-To"), out);
	buf_add_char(out, ' ');
	add_field(fields, SLICE("Message-ID"), out);
	buf_add_char(out, ')');
}

void mime_wire_envelope(struct slice header, struct buf *out)
{
	struct mime_field_list fields;
	struct arena arena = {0};

	if (mime_field_list_read(header, &arena, &fields))
		mime_wire_envelope_of(&fields, out);
	else
		out->failed = true;
	arena_finish(&arena);
}
