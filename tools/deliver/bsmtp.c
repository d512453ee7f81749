/* SPDX-License-Identifier: ISC */
#include "bsmtp.h"

struct batch {
	char *at, *end; /* what has not been read */
	bool crlf;      /* the last command ended in CRLF */
	struct arena *arena;
	bool no_memory;
	const char **recipients;
	size_t count, room;
};

/* Takes the next line, without its end. False where none ends any more. */
static bool next_command(struct batch *b, struct slice *line)
{
	char *end = memchr(b->at, '\n', (size_t)(b->end - b->at));

	if (!end)
		return false;
	b->crlf = end > b->at && end[-1] == '\r';
	*line = slice_of(b->at, (size_t)(end - b->at) - b->crlf);
	b->at = end + 1;
	return true;
}

/* path = "<" [mailbox] ">", where ">" may stand inside of a quoted local part (RFC 5321 section 4.1.2),
 * then nothing or parameters. NULL when it is none, or no memory. */
static const char *read_path(struct batch *b, struct slice text)
{
	const char *path;
	bool quoted = false;
	size_t i = 1;

	text = slice_trim(text);
	if (text.len == 0 || text.data[0] != '<' || memchr(text.data, '\0', text.len))
		return NULL;
	for (; i < text.len && (quoted || text.data[i] != '>'); i++) {
		if (text.data[i] == '"')
			quoted = !quoted;
		else if (quoted && text.data[i] == '\\')
			i++;
	}
	if (i >= text.len || (i + 1 < text.len && text.data[i + 1] != ' '))
		return NULL;
	path = arena_strndup(b->arena, slice_of(text.data + 1, i - 1));
	b->no_memory = !path;
	return path;
}

static const char *add_recipient(struct batch *b, const char *recipient)
{
	if (!recipient || recipient[0] == '\0')
		return "batch SMTP: RCPT TO has no address in angle brackets";
	if (b->count == BSMTP_RECIPIENTS_MAX)
		return "batch SMTP: too many recipients";
	if (b->count == b->room) {
		size_t want = b->room ? b->room * 2 : 8;

		b->recipients = arena_grow(b->arena, b->recipients, b->count, want, sizeof(*b->recipients));
		b->no_memory = !b->recipients;
		if (b->no_memory)
			return "";
		b->room = want;
	}
	b->recipients[b->count++] = recipient;
	return NULL;
}

/* The commands up to DATA. */
static const char *read_envelope(struct batch *b, struct quarantine_envelope *env)
{
	const struct slice mail = SLICE("MAIL FROM:"), rcpt = SLICE("RCPT TO:");
	struct slice line;
	const char *sender = NULL;
	const char *wrong = NULL;

	while (!wrong && next_command(b, &line)) {
		if (slice_istarts(line, mail) && !sender) {
			sender = read_path(b, slice_skip(line, mail.len));
			wrong = sender ? NULL : "batch SMTP: MAIL FROM has no address in angle brackets";
		} else if (slice_istarts(line, rcpt) && sender) {
			wrong = add_recipient(b, read_path(b, slice_skip(line, rcpt.len)));
		} else if (slice_ieq(line, SLICE("DATA")) && b->count > 0) {
			env->sender = sender;
			env->recipients = b->recipients;
			env->recipient_count = b->count;
			return NULL;
		} else if (sender ||
			   !(slice_istarts(line, SLICE("HELO ")) || slice_istarts(line, SLICE("EHLO ")))) {
			wrong = !sender         ? "batch SMTP: it does not begin with MAIL FROM"
				: b->count == 0 ? "batch SMTP: MAIL FROM is not followed by RCPT TO"
						: "batch SMTP: RCPT TO is not followed by DATA";
		}
	}
	return wrong ? wrong : "batch SMTP: it ends before DATA";
}

/* Moves each line to where it belongs once the dots before it are gone, up to the line of one dot. */
static const char *read_message(struct batch *b, struct slice *message)
{
	const char *last = b->crlf ? ".\r\n" : ".\n";
	size_t last_len = strlen(last);
	char *start = b->at;
	char *to = start;

	while (b->at < b->end) {
		char *end = memchr(b->at, '\n', (size_t)(b->end - b->at));
		size_t len = (size_t)((end ? end + 1 : b->end) - b->at);

		if (len == last_len && memcmp(b->at, last, len) == 0) {
			b->at += len;
			*message = slice_of(start, (size_t)(to - start));
			return NULL;
		}
		if (b->at[0] == '.') {
			b->at++;
			len--;
		}
		memmove(to, b->at, len);
		to += len;
		b->at += len;
	}
	return "batch SMTP: the message does not end in a line with one dot";
}

static const char *read_end(struct batch *b)
{
	struct slice rest = slice_trim(slice_of(b->at, (size_t)(b->end - b->at)));

	return rest.len == 0 || slice_ieq(rest, SLICE("QUIT")) ? NULL
							       : "batch SMTP: something follows the message";
}

int bsmtp_read(char *bytes, size_t len, struct arena *arena, struct quarantine_envelope *env,
	       struct slice *message, const char **wrong)
{
	struct batch b = {.at = bytes, .end = len > 0 ? bytes + len : bytes, .arena = arena};

	*wrong = len > 0 ? read_envelope(&b, env) : "batch SMTP: it is empty";
	if (!*wrong)
		*wrong = read_message(&b, message);
	if (!*wrong)
		*wrong = read_end(&b);
	if (b.no_memory)
		*wrong = quarantine_strerror(QUARANTINE_NO_MEMORY);
	return b.no_memory ? QUARANTINE_NO_MEMORY : *wrong ? QUARANTINE_INVALID : QUARANTINE_OK;
}
