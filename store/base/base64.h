/* SPDX-License-Identifier: ISC
 *
 * Base64 as AUTHENTICATE uses it (RFC 4648 section 4), strict: full groups, padding only at the end. Pure. */
#ifndef QUARANTINE_BASE_BASE64_H
#define QUARANTINE_BASE_BASE64_H

#include "slice.h"

/* Writes at most text.len / 4 * 3 bytes to `out` and their number to *len. False when `text` is not
 * base64; `out` may then hold a part. */
bool base64_decode(struct slice text, char *out, size_t *len);

/* The value of a character of the alphabet, -1 for others. */
int base64_value(char c);
extern const char base64_alphabet[65];

#endif
