/* SPDX-License-Identifier: ISC
 *
 * UTF-8, one character at a time (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef QUARANTINE_BASE_UTF8_H
#define QUARANTINE_BASE_UTF8_H

#include <stdint.h>

#include "buf.h"
#include "slice.h"

/* The length of the character at the start of `s`, its number in *code; 0 when there is none. */
size_t utf8_decode(struct slice s, uint32_t *code);
bool utf8_valid(struct slice s);
void utf8_encode(uint32_t code, struct buf *out);

#endif
