/* SPDX-License-Identifier: ISC
 *
 * How a fact is taken out of a field's value (unfolded, trimmed). Each returns a slice of the value, or
 * of a constant, and {NULL, 0} when the value does not state the fact: empty, "unknown", another shape. */
#ifndef QUARANTINE_FACTS_TAKE_H
#define QUARANTINE_FACTS_TAKE_H

#include "base/slice.h"

typedef struct slice facts_take_fn(struct slice value);

facts_take_fn facts_take_text;      /* all of it */
facts_take_fn facts_take_word;      /* to the first blank, comma or semicolon */
facts_take_fn facts_take_class;     /* a known class: spam, phish, … */
facts_take_fn facts_take_yes;       /* "Yes", "YES, score=…" → spam */
facts_take_fn facts_take_tests;     /* "… tests=A,B,C autolearn=…" */
facts_take_fn facts_take_number;    /* "5.3" */
facts_take_fn facts_take_score;     /* "Yes, score=5.3 required=5.0 …" */
facts_take_fn facts_take_bracketed; /* "[192.0.2.1]", "default: False [4.50 / 15.00]; …", or a word */
facts_take_fn facts_take_path;      /* "<a@b>", "<>" (known to be empty), "a@b" */
facts_take_fn facts_take_smtp_auth; /* "…; auth=pass smtp.auth=user@domain" */
facts_take_fn facts_take_smtp_auth_domain;     /* the domain of the same */
facts_take_fn facts_take_authenticated_sender; /* "… (Authenticated sender: user) …" */
facts_take_fn facts_take_authenticated_id;     /* "host: authenticated_id: user/…" */
facts_take_fn facts_take_after_host;           /* "host: user" */
facts_take_fn facts_take_php_script;           /* "host/path.php for 192.0.2.1" */
facts_take_fn facts_take_php_filename;         /* "/path.php REMOTE_ADDR: 192.0.2.1" */
facts_take_fn facts_take_received_id;          /* "from … by … with ESMTPA id 1abcde-000123-45; …" */

#endif
