/* SPDX-License-Identifier: ISC
 *
 * What is taken from one field. Each function gets the field's value decoded and on one line, and appends
 * what it stands for, or nothing. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_EXTRACT_H
#define QUARANTINE_TOOLS_RETRIEVE_EXTRACT_H

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

typedef void extract_fn(struct slice text, struct buf *out);

extract_fn extract_all;
extract_fn extract_qmail_uid;            /* "(qmail 24 invoked by uid 111)" → 111 */
extract_fn extract_invoked_for;          /* "(qmail 24 invoked for bounce)" → bounce */
extract_fn extract_smtp_auth;            /* "…; auth=pass smtp.auth=user@domain" → user@domain */
extract_fn extract_address_in_brackets;  /* "[192.0.2.1]" → 192.0.2.1 */
extract_fn extract_client_address;       /* "from a (b [192.0.2.1]) by c" → 192.0.2.1 */
extract_fn extract_php_script;           /* a next field that became part of it by a broken fold, apart */
extract_fn extract_authenticated_sender; /* "… (Authenticated sender: user) …" → user */
extract_fn extract_after_host;           /* "host.example: user" → user */
extract_fn extract_before_comma;         /* "user, whoson: (null)" → user */
extract_fn extract_authinfo;             /* "… <a@b|192.0.2.1|…>" → a@b */
extract_fn extract_base64;
extract_fn extract_email;             /* "Name <a@b>" → a@b; nothing when it has no @ */
extract_fn extract_authenticated_id;  /* "host: authenticated_id: a@b/…" → a@b */
extract_fn extract_email_behind_bars; /* "x|y|a@b" → a@b */
extract_fn extract_script;            /* "host/a.php for 192.0.2.1" → host/a.php */
extract_fn extract_domain;            /* "Name <a@b>" → b */

/* The function for a name as tables of columns have it: "qmail-uid". NULL: there is none. */
extract_fn *extract_find(struct slice name);

/* Whether the value of a Received field is one that qmail-queue or its kin wrote. */
bool extract_is_qmail(struct slice received);

/* Whether it is a hop from another host. */
bool extract_is_remote_hop(struct slice received);

/* What follows the first `needle`, compared without regard to case; {NULL, 0} when it does not stand there.
 */
struct slice extract_after(struct slice text, const char *needle);

#endif
