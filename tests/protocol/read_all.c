/* SPDX-License-Identifier: ISC
 *
 * read_all HOST PORT USER PASSWORD MAILBOX: reads every message of a mailbox with libetpan, whose parser has
 * to take each answer. Prints the number of messages. */
#include <stdio.h>
#include <stdlib.h>

#include <libetpan/libetpan.h>

enum { STEP = 100 }; /* messages a FETCH */

static struct mailimap_fetch_type *everything(void)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_uid());
	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_flags());
	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_internaldate());
	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_rfc822_size());
	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_envelope());
	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_body());
	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_bodystructure());
	mailimap_fetch_type_new_fetch_att_list_add(
		type, mailimap_fetch_att_new_body_peek_section(mailimap_section_new(NULL)));
	return type;
}

/* Whether the message came with an envelope, a structure, and as many bytes as it says. */
static int is_whole(const struct mailimap_msg_att *message)
{
	uint32_t size = 0;
	size_t length = 1;
	int envelope = 0, structure = 0;

	for (clistiter *i = clist_begin(message->att_list); i; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *fixed = item->att_data.att_static;

		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		if (fixed->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE)
			size = fixed->att_data.att_rfc822_size;
		envelope |= fixed->att_type == MAILIMAP_MSG_ATT_ENVELOPE;
		structure |= fixed->att_type == MAILIMAP_MSG_ATT_BODYSTRUCTURE;
		if (fixed->att_type == MAILIMAP_MSG_ATT_BODY_SECTION)
			length = fixed->att_data.att_body_section->sec_length;
	}
	return envelope && structure && length == size;
}

static int read_some(mailimap *imap, uint32_t first, uint32_t last)
{
	struct mailimap_set *set = mailimap_set_new_interval(first, last);
	struct mailimap_fetch_type *type = everything();
	clist *result = NULL;
	int status = mailimap_fetch(imap, set, type, &result);
	uint32_t whole = 0;

	if (status == MAILIMAP_NO_ERROR) {
		for (clistiter *i = clist_begin(result); i; i = clist_next(i))
			whole += (uint32_t)is_whole(clist_content(i));
		mailimap_fetch_list_free(result);
	}
	mailimap_fetch_type_free(type);
	mailimap_set_free(set);
	if (status == MAILIMAP_NO_ERROR && whole == last - first + 1)
		return 0;
	fprintf(stderr, "%u:%u: status %d, %u whole\n", first, last, status, whole);
	return 1;
}

int main(int argc, char **argv)
{
	mailimap *imap = mailimap_new(0, NULL);
	uint32_t count = 0;
	int failed = argc != 6 || !imap;

	failed = failed || mailimap_socket_connect(imap, argv[1], (uint16_t)atoi(argv[2])) !=
				   MAILIMAP_NO_ERROR_NON_AUTHENTICATED;
	failed = failed || mailimap_login(imap, argv[3], argv[4]) != MAILIMAP_NO_ERROR;
	failed = failed || mailimap_select(imap, argv[5]) != MAILIMAP_NO_ERROR;
	if (!failed)
		count = imap->imap_selection_info->sel_exists;
	for (uint32_t first = 1; !failed && first <= count; first += STEP)
		failed = read_some(imap, first, first + STEP - 1 < count ? first + STEP - 1 : count);
	if (!failed)
		failed = mailimap_logout(imap) != MAILIMAP_NO_ERROR;
	if (imap)
		mailimap_free(imap);
	if (failed)
		fprintf(stderr, "read_all: failed\n");
	else
		printf("%u\n", count);
	return failed;
}
