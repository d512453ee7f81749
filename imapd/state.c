/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../auth/auth.h"
#include "arrivals.h"
#include "command.h"
#include "notify.h"
#include "response.h"
#include "search/search_context.h"
#include "view.h"

unsigned state_now(const struct imap_state *s)
{
	if (!s->user)
		return STATE_NOT_AUTHENTICATED;
	return s->view ? STATE_SELECTED : STATE_AUTHENTICATED;
}

void state_enable(struct imap_state *s, unsigned extensions, struct response *r)
{
	unsigned before = s->enabled;

	if (extensions & VIEW_QRESYNC)
		extensions |= VIEW_CONDSTORE;
	s->enabled |= extensions;
	r->utf8 = state_utf8(s);
	if (!s->view)
		return;
	s->view->enabled = s->enabled;
	if (s->enabled & ~before & VIEW_CONDSTORE)
		response_untagged(r, "OK [HIGHESTMODSEQ %llu] Highest",
				  (unsigned long long)s->view->complete);
}

bool state_utf8(const struct imap_state *s)
{
	return s->enabled & (VIEW_UTF8 | VIEW_REV2);
}

void state_unselect(struct imap_state *s)
{
	contexts_destroy(s->contexts);
	s->contexts = NULL;
	arrivals_destroy(s->arrivals);
	s->arrivals = NULL;
	view_close(s->view);
	s->view = NULL;
}

void state_own_messages(struct imap_state *s, int64_t mailbox, struct quarantine_range uids)
{
	if (s->view && s->view->box.id == mailbox)
		view_own_arrivals(s->view, uids);
	notify_own_messages(s->notify, mailbox, (uint64_t)uids.last - uids.first + 1);
}

void state_finish(struct imap_state *s)
{
	state_unselect(s);
	notify_destroy(s->notify);
	free(s->user);
	free(s->attempted_user);
	*s = (struct imap_state){0};
}

enum condition {
	WHEN_ANY = 0,
	WHEN_LOGGED_IN = 1,
	WHEN_LOGGED_OUT = 2,
	WHEN_LOGIN_ALLOWED = 4,
	WHEN_LOGIN_DISABLED = 8,
	WHEN_TLS_OFFERED = 16,
	WHEN_UNCOMPRESSED = 32,
	WHEN_SCRAM_OFFERED = 64,
};

/* In the order in which they are told. Only what is complete by its RFC stands here. */
static const struct capability {
	const char *name;
	unsigned when; /* all of these hold */
} capabilities[] = {
	{"IMAP4rev1", WHEN_ANY},
	{"IMAP4rev2", WHEN_ANY},
	{"LITERAL+", WHEN_ANY},
	{"SASL-IR", WHEN_ANY},
	{"ID", WHEN_ANY},
	{"ENABLE", WHEN_ANY},
	{"STARTTLS", WHEN_LOGGED_OUT | WHEN_TLS_OFFERED},
	{"LOGINDISABLED", WHEN_LOGGED_OUT | WHEN_LOGIN_DISABLED},
	{"AUTH=PLAIN", WHEN_LOGGED_OUT | WHEN_LOGIN_ALLOWED},
	{"AUTH=SCRAM-SHA-256", WHEN_LOGGED_OUT | WHEN_LOGIN_ALLOWED | WHEN_SCRAM_OFFERED},
	{"IDLE", WHEN_LOGGED_IN},
	{"NAMESPACE", WHEN_LOGGED_IN},
	{"CHILDREN", WHEN_LOGGED_IN},
	{"UNSELECT", WHEN_LOGGED_IN},
	{"UIDPLUS", WHEN_LOGGED_IN},
	{"MOVE", WHEN_LOGGED_IN},
	{"MULTIAPPEND", WHEN_LOGGED_IN},
	{"REPLACE", WHEN_LOGGED_IN},
	{"BINARY", WHEN_LOGGED_IN},
	{"LIST-EXTENDED", WHEN_LOGGED_IN},
	{"LIST-STATUS", WHEN_LOGGED_IN},
	{"SPECIAL-USE", WHEN_LOGGED_IN},
	{"CREATE-SPECIAL-USE", WHEN_LOGGED_IN},
	{"METADATA", WHEN_LOGGED_IN},
	{"LIST-METADATA", WHEN_LOGGED_IN},
	{"STATUS=SIZE", WHEN_LOGGED_IN},
	{"APPENDLIMIT=67108864", WHEN_LOGGED_IN}, /* QUARANTINE_MESSAGE_MAX_DEFAULT */
	{"WITHIN", WHEN_LOGGED_IN},
	{"ESEARCH", WHEN_LOGGED_IN},
	{"SEARCHRES", WHEN_LOGGED_IN},
	{"SORT", WHEN_LOGGED_IN},
	{"SORT=DISPLAY", WHEN_LOGGED_IN},
	{"ESORT", WHEN_LOGGED_IN},
	{"CONTEXT=SEARCH", WHEN_LOGGED_IN},
	{"CONTEXT=SORT", WHEN_LOGGED_IN},
	{"NOTIFY", WHEN_LOGGED_IN},
	{"THREAD=ORDEREDSUBJECT", WHEN_LOGGED_IN},
	{"THREAD=REFERENCES", WHEN_LOGGED_IN},
	{"INPROGRESS", WHEN_LOGGED_IN},
	{"PARTIAL", WHEN_LOGGED_IN},
	{"MULTISEARCH", WHEN_LOGGED_IN},
	{"SAVEDATE", WHEN_LOGGED_IN},
	{"UTF8=ACCEPT", WHEN_LOGGED_IN},
	{"OBJECTID", WHEN_LOGGED_IN},
	{"PREVIEW", WHEN_LOGGED_IN},
	{"CONDSTORE", WHEN_LOGGED_IN},
	{"QRESYNC", WHEN_LOGGED_IN},
	{"COMPRESS=DEFLATE", WHEN_LOGGED_IN | WHEN_UNCOMPRESSED},
};

/* "CAPABILITY" or "USER:CAPABILITY"; no capability has a colon, a name may have. */
static bool hides(const struct imap_state *s, const char *what, const char *name)
{
	const char *colon = strrchr(what, ':');
	size_t len = colon ? (size_t)(colon - what) : 0;

	if (colon && !(s->user && strlen(s->user) == len && memcmp(s->user, what, len) == 0))
		return false;
	return strcasecmp(colon ? colon + 1 : what, name) == 0;
}

bool state_offers(const struct imap_state *s, const char *capability)
{
	for (const char *const *hidden = s->services->hidden_capabilities; hidden && *hidden; hidden++)
		if (hides(s, *hidden, capability))
			return false;
	return true;
}

bool state_offers_scram(const struct imap_state *s)
{
	return !s->user && s->services->auth && state_offers(s, "AUTH=SCRAM-SHA-256") &&
	       auth_scram_offered(s->services->auth);
}

static unsigned conditions_now(const struct imap_state *s)
{
	return (s->user ? WHEN_LOGGED_IN : WHEN_LOGGED_OUT) |
	       (s->login_allowed ? WHEN_LOGIN_ALLOWED : WHEN_LOGIN_DISABLED) |
	       (state_offers_scram(s) ? WHEN_SCRAM_OFFERED : WHEN_ANY) |
	       (s->compressed ? WHEN_ANY : WHEN_UNCOMPRESSED) |
	       (s->services->tls_available && !s->tls ? WHEN_TLS_OFFERED : WHEN_ANY);
}

void state_capabilities(const struct imap_state *s, char *out, size_t size)
{
	unsigned now = conditions_now(s);
	size_t used = 0;

	for (const struct capability *c = capabilities; c < capabilities + sizeof(capabilities) / sizeof(*c);
	     c++) {
		size_t len = strlen(c->name);

		if ((c->when & ~now) != 0 || !state_offers(s, c->name) || used + len + 2 > size)
			continue;
		if (used > 0)
			out[used++] = ' ';
		memcpy(out + used, c->name, len);
		used += len;
	}
	out[used] = '\0';
}
