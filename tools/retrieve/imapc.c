/* SPDX-License-Identifier: ISC */
#include "imapc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../store/base/mutf7.h"
#include "../../store/mime/transfer.h"
#include "../common.h"
#include "etpan.h"
#include "imapc_inner.h"

enum {
	ANSWER_BYTES = 1024 * 1024,
	HEADERS_BYTES = 24 * 1024 * 1024, /* where the sizes that were told are wrong */
	ANSWER_SECONDS = 300,
	SILENCE_SECONDS = 60,
	GOODBYE_SECONDS = 2,
	STREAM_BUFFER = 64 * 1024,
};

void imapc_allow(struct imapc *c, uint64_t bytes)
{
	channel_allow(c->channel, bytes, ANSWER_SECONDS, SILENCE_SECONDS);
}

/* What the server said, in the form that a terminal bears. */
static void keep_answer(struct imapc *c)
{
	struct buf safe = {0};
	const char *said = c->session->imap_response;
	add_safe(&safe, slice_trim(slice_str(said ? said : "")));
	snprintf(c->why, sizeof(c->why), "%.*s", (int)(safe.len < 400 ? safe.len : 400),
		 safe.data ? safe.data : "");
	buf_finish(&safe);
	if (c->why[0] == '\0')
		snprintf(c->why, sizeof(c->why), "the server gives no reason");
}

int imapc_status(struct imapc *c, int rc)
{
	switch (rc) {
	case MAILIMAP_NO_ERROR:
	case MAILIMAP_NO_ERROR_AUTHENTICATED:
	case MAILIMAP_NO_ERROR_NON_AUTHENTICATED:
		return IMAPC_OK;
	case MAILIMAP_ERROR_MEMORY:
		snprintf(c->why, sizeof(c->why), "out of memory");
		return IMAPC_MEMORY;
	case MAILIMAP_ERROR_STREAM:
	case MAILIMAP_ERROR_PARSE:
	case MAILIMAP_ERROR_PROTOCOL:
	case MAILIMAP_ERROR_FATAL:
	case MAILIMAP_ERROR_BAD_STATE: {
		const char *why = channel_why(c->channel);
		snprintf(c->why, sizeof(c->why), "%s", why[0] ? why : "the server's answer is no valid IMAP");
		return channel_stopped(c->channel) ? IMAPC_INTERRUPTED : IMAPC_BROKEN;
	}
	case MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION:
		keep_answer(c);
		return IMAPC_BROKEN;
	default:
		keep_answer(c);
		return IMAPC_REFUSED;
	}
}

static int start_session(struct imapc *c)
{
	c->session = mailimap_new(0, NULL);
	mailstream_low *low = c->session ? channel_stream(c->channel) : NULL;
	mailstream *stream = low ? mailstream_new(low, STREAM_BUFFER) : NULL;
	if (!stream) {
		if (low)
			mailstream_low_free(low);
		return imapc_status(c, MAILIMAP_ERROR_MEMORY);
	}
	imapc_allow(c, ANSWER_BYTES);
	int rc = mailimap_connect(c->session, stream);
	c->welcome = rc == MAILIMAP_NO_ERROR_AUTHENTICATED;
	return imapc_status(c, rc);
}

/* RFC 3501, 6.2.1. What came before TLS may be anybody's: nothing of it is kept, no login is taken. */
static int start_tls(struct imapc *c, const struct channel_options *options)
{
	if (c->welcome) {
		snprintf(c->why, sizeof(c->why), "the server wants no login and so no TLS");
		return IMAPC_BROKEN;
	}
	imapc_allow(c, ANSWER_BYTES);
	int status = imapc_status(c, mailimap_starttls(c->session));
	if (status != IMAPC_OK)
		return status;
	if (c->session->imap_stream->read_buffer_len > 0) {
		snprintf(c->why, sizeof(c->why), "the server said something between STARTTLS and TLS");
		return IMAPC_BROKEN;
	}
	if (channel_start_tls(c->channel, options) == 0)
		return IMAPC_OK;
	return imapc_status(c, MAILIMAP_ERROR_STREAM);
}

struct imapc *imapc_open(const struct channel_options *options, char *why, size_t why_size)
{
	struct channel *channel = channel_open(options, why, why_size);
	if (!channel)
		return NULL;
	struct imapc *c = calloc(1, sizeof(*c));
	if (!c) {
		channel_close(channel);
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	c->channel = channel;
	int status = start_session(c);
	if (status == IMAPC_OK && options->security == CHANNEL_STARTTLS)
		status = start_tls(c, options);
	if (status == IMAPC_OK)
		return c;
	snprintf(why, why_size, "%s", c->why);
	imapc_close(c);
	return NULL;
}

void imapc_close(struct imapc *c)
{
	if (!c)
		return;
	if (c->session) {
		channel_allow(c->channel, ANSWER_BYTES, GOODBYE_SECONDS, GOODBYE_SECONDS);
		mailimap_free(c->session);
	}
	channel_close(c->channel);
	free(c);
}

const char *imapc_why(const struct imapc *c)
{
	return c->why;
}

static bool is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

/* AUTHENTICATE PLAIN with its initial response (RFC 4616, RFC 4959): LOGIN knows ASCII only. */
static int authenticate_plain(struct imapc *c, const char *user, const char *password)
{
	struct buf message = {0}, command = {0};
	buf_add_char(&message, '\0');
	buf_add_str(&message, user);
	buf_add_char(&message, '\0');
	buf_add_str(&message, password);
	buf_add_str(&command, "AUTHENTICATE PLAIN ");
	mime_encode_base64(buf_slice(&message), &command);
	buf_add_char(&command, '\0');
	int rc = message.failed || command.failed ? MAILIMAP_ERROR_MEMORY
						  : mailimap_custom_command(c->session, command.data);
	if (message.data)
		wipe(message.data, message.len);
	if (command.data)
		wipe(command.data, command.len);
	buf_finish(&message);
	buf_finish(&command);
	if (rc == MAILIMAP_NO_ERROR)
		c->session->imap_state = MAILIMAP_STATE_AUTHENTICATED;
	return rc;
}

int imapc_login(struct imapc *c, const char *user, const char *password)
{
	if (c->welcome)
		return IMAPC_OK;
	imapc_allow(c, ANSWER_BYTES);
	return imapc_status(c, is_ascii(user) && is_ascii(password)
				       ? mailimap_login(c->session, user, password)
				       : authenticate_plain(c, user, password));
}

void imapc_stop_at(struct imapc *c, int fd)
{
	channel_stop_at(c->channel, fd);
}

int imapc_examine(struct imapc *c, const char *mailbox)
{
	struct buf name = {0};
	mutf7_encode(slice_str(mailbox), &name);
	buf_add_char(&name, '\0');
	imapc_allow(c, ANSWER_BYTES);
	int rc = name.failed ? MAILIMAP_ERROR_MEMORY : mailimap_examine(c->session, name.data);
	buf_finish(&name);
	return imapc_status(c, rc);
}

uint32_t imapc_uidvalidity(const struct imapc *c)
{
	return c->session->imap_selection_info ? c->session->imap_selection_info->sel_uidvalidity : 0;
}

uint32_t imapc_uidnext(const struct imapc *c)
{
	return c->session->imap_selection_info ? c->session->imap_selection_info->sel_uidnext : 0;
}

int imapc_pause(struct imapc *c, unsigned seconds)
{
	if (channel_wait(c->channel, seconds) < 0)
		return imapc_status(c, MAILIMAP_ERROR_STREAM);
	imapc_allow(c, ANSWER_BYTES);
	return imapc_status(c, mailimap_noop(c->session));
}

int imapc_idle(struct imapc *c, unsigned seconds)
{
	imapc_allow(c, ANSWER_BYTES);
	int status = imapc_status(c, mailimap_idle(c->session));
	if (status != IMAPC_OK)
		return status == IMAPC_REFUSED ? IMAPC_NO_IDLE : status;
	/* What came together with the "+" stands in libetpan's buffer. */
	if (c->session->imap_stream->read_buffer_len == 0 && channel_wait(c->channel, seconds) < 0)
		return imapc_status(c, MAILIMAP_ERROR_STREAM);
	imapc_allow(c, ANSWER_BYTES);
	return imapc_status(c, mailimap_idle_done(c->session));
}

struct items {
	struct mailimap_fetch_att *list[3];
	size_t count;
};

/* Fetches the items for the UIDs; *answers is to be freed by mailimap_fetch_list_free(). */
static int fetch(struct imapc *c, const uint32_t *uids, size_t count, struct items items, clist **answers)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();
	struct mailimap_set *set = etpan_set(uids, count);
	int rc = type && set ? MAILIMAP_NO_ERROR : MAILIMAP_ERROR_MEMORY;
	for (size_t i = 0; i < items.count && rc == MAILIMAP_NO_ERROR; i++)
		rc = items.list[i] ? mailimap_fetch_type_new_fetch_att_list_add(type, items.list[i])
				   : MAILIMAP_ERROR_MEMORY;
	if (rc == MAILIMAP_NO_ERROR)
		rc = mailimap_uid_fetch(c->session, set, type, answers);
	if (type)
		mailimap_fetch_type_free(type);
	if (set)
		mailimap_set_free(set);
	return imapc_status(c, rc);
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* The place of a UID among those asked for; `count` when it is none of them. */
static size_t place_of(const uint32_t *uids, size_t count, uint32_t uid)
{
	const uint32_t *found = bsearch(&uid, uids, count, sizeof(*uids), compare_uids);
	return found ? (size_t)(found - uids) : count;
}

int imapc_arrivals(struct imapc *c, const uint32_t *uids, size_t count, struct imapc_arrival *out,
		   size_t *got)
{
	struct items items = {{mailimap_fetch_att_new_uid(), mailimap_fetch_att_new_internaldate(),
			       mailimap_fetch_att_new_rfc822_size()},
			      3};
	clist *answers = NULL;
	imapc_allow(c, ANSWER_BYTES);
	int status = fetch(c, uids, count, items, &answers);
	*got = 0;
	if (status != IMAPC_OK || !answers)
		return status;
	struct imapc_arrival slots[IMAPC_BATCH] = {0};
	for (clistiter *at = clist_begin(answers); at; at = clist_next(at)) {
		struct etpan_answer answer = etpan_answer_read(clist_content(at));
		size_t place = place_of(uids, count, answer.uid);
		if (place < count && answer.has_arrived)
			slots[place] = (struct imapc_arrival){answer.uid, answer.size, answer.arrived};
	}
	mailimap_fetch_list_free(answers);
	for (size_t i = 0; i < count; i++)
		if (slots[i].uid != 0)
			out[(*got)++] = slots[i];
	return IMAPC_OK;
}

int imapc_headers(struct imapc *c, const struct imapc_arrival *messages, size_t count,
		  const struct imapc_names *left_out, imapc_header_fn *each, void *context)
{
	struct items items = {{mailimap_fetch_att_new_uid(),
			       etpan_header_item(left_out->list, left_out->count, IMAPC_HEADER_MAX)},
			      2};
	uint32_t uids[IMAPC_BATCH];
	clist *answers = NULL;
	for (size_t i = 0; i < count; i++)
		uids[i] = messages[i].uid;
	imapc_allow(c, HEADERS_BYTES);
	int status = fetch(c, uids, count, items, &answers);
	if (status != IMAPC_OK || !answers)
		return status;
	struct slice slots[IMAPC_BATCH] = {0};
	bool said[IMAPC_BATCH] = {0};
	for (clistiter *at = clist_begin(answers); at; at = clist_next(at)) {
		struct etpan_answer answer = etpan_answer_read(clist_content(at));
		size_t place = place_of(uids, count, answer.uid);
		if (place == count)
			continue;
		slots[place] = answer.header;
		said[place] = true;
	}
	for (size_t i = 0; i < count && status == IMAPC_OK; i++)
		if (said[i] && !each(context, &messages[i], slots[i]))
			status = IMAPC_STOPPED;
	mailimap_fetch_list_free(answers);
	return status;
}
