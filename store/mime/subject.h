/* SPDX-License-Identifier: ISC
 *
 * The base subject (RFC 5256 section 2.1): what is left of a subject without "Re:", "[list]", "(fwd)" and
 * their like. Pure and linear. */
#ifndef QUARANTINE_MIME_SUBJECT_H
#define QUARANTINE_MIME_SUBJECT_H

#include <stdbool.h>

#include "../base/slice.h"

/* `subject` has its encoded words undone. The result lies in it; runs of blanks inside are the caller's to
 * join. *reply: something was taken away that says that it answers or forwards. */
struct slice mime_base_subject(struct slice subject, bool *reply);

#endif
