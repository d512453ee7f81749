/* SPDX-License-Identifier: ISC
 *
 * What holds of every message, whatever its bytes. */
#ifndef QUARANTINE_TESTS_CHECK_H
#define QUARANTINE_TESTS_CHECK_H

#include "../../../store/base/slice.h"

/* NULL, or what does not hold. */
const char *check_message(struct slice message);

/* True for valid UTF-8 without NUL. */
bool check_utf8(struct slice text);

/* NULL, or what is wrong with the text of a preview. */
const char *check_preview_text(struct slice text);

#endif
