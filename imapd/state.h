/* SPDX-License-Identifier: ISC
 *
 * The protocol state of one connection, as commands may see and change it. Belongs to the session; used
 * by whoever has the command. What all connections share hangs on `services`. */
#ifndef IMAPD_STATE_H
#define IMAPD_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../store/include/quarantine.h"

struct arrivals;
struct auth;
struct columns;
struct contexts;
struct feeds;
struct notify;
struct view;
struct response;
struct quarantine;

/* Made once by the server, read-only afterwards; the pointed-to objects are safe for all threads. */
struct imap_services {
	struct auth *auth;
	struct feeds *feeds;
	struct columns *columns;                /* NULL: searches keep nothing */
	const char *const *hidden_capabilities; /* not advertised: NAME, or USER:NAME; ended by NULL */
	bool tls_available;                     /* STARTTLS can be offered */
	size_t metadata_size, metadata_entries; /* limits: bytes of a value, entries of a mailbox */
	const char *admin_contact;              /* a URI; NULL: not told */
};

enum login_result { LOGIN_NONE, LOGIN_ACCEPTED, LOGIN_DENIED, LOGIN_BUSY };

struct imap_state {
	const struct imap_services *services;
	unsigned session;          /* for the log */
	bool tls;                  /* the connection is encrypted */
	bool compressed;           /* by COMPRESS */
	bool login_allowed;        /* encrypted, or loopback or Unix socket where the settings allow it */
	bool greeted_id;           /* the client has sent ID once */
	enum login_result login;   /* set by LOGIN and AUTHENTICATE; the session reads and clears it */
	char *user;                /* who is logged in; NULL before. malloc'd, freed by state_finish */
	char *attempted_user;      /* the name of the last attempt, for the log */
	struct view *view;         /* the selected mailbox; NULL: none */
	struct contexts *contexts; /* results of searches in it that are kept up to date; NULL: none */
	struct arrivals *arrivals; /* of which FETCH is being told; NULL: none */
	struct notify *notify;     /* NULL: NOTIFY was not used */
	unsigned enabled;          /* enum view_extension; changed by state_enable() only */
	uint64_t metadata_told;    /* VIEW_METADATA: changes up to this revision were told */
	struct {
		uint64_t first, last;
	} metadata_own; /* and these are the session's own */
};

/* enum command_state of command.h. */
unsigned state_now(const struct imap_state *s);

/* Switches extensions on (enum view_extension). When CONDSTORE begins with a mailbox selected, tells how far
 * the client knows it. */
void state_enable(struct imap_state *s, unsigned extensions, struct response *r);

/* Whether quoted strings and names of mailboxes are UTF-8 both ways. */
bool state_utf8(const struct imap_state *s);

/* Whether the capability is not hidden by a setting. */
bool state_offers(const struct imap_state *s, const char *capability);

/* The session itself puts messages into a mailbox: it is not told of them as of news. */
void state_own_messages(struct imap_state *s, int64_t mailbox, struct quarantine_range uids);

/* Lets go of the selected mailbox, if any. */
void state_unselect(struct imap_state *s);
void state_finish(struct imap_state *s);

/* Whether AUTHENTICATE SCRAM-SHA-256 can be used: every account has keys for it, and it is not hidden. */
bool state_offers_scram(const struct imap_state *s);

/* The capabilities that hold in this state, for CAPABILITY and the greeting: "IMAP4rev1 IMAP4rev2 …". */
void state_capabilities(const struct imap_state *s, char *out, size_t size);

#endif
