/* SPDX-License-Identifier: ISC
 *
 * The classes of characters in IMAP's grammar (RFC 9051 section 9). */
#ifndef IMAPD_PROTO_CHARCLASS_H
#define IMAPD_PROTO_CHARCLASS_H

#include <stdbool.h>
#include <string.h>

/* ATOM-CHAR: a printable ASCII character that is none of atom-specials */
static inline bool char_is_atom(char c)
{
	return c > 0x20 && c < 0x7f && !strchr("(){%*\"\\]", c);
}

/* ASTRING-CHAR = ATOM-CHAR / resp-specials */
static inline bool char_is_astring(char c)
{
	return char_is_atom(c) || c == ']';
}

/* list-char = ATOM-CHAR / list-wildcards / resp-specials */
static inline bool char_is_list(char c)
{
	return char_is_astring(c) || c == '%' || c == '*';
}

/* tag characters: any ASTRING-CHAR but "+" */
static inline bool char_is_tag(char c)
{
	return char_is_astring(c) && c != '+';
}

static inline bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool char_is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

#endif
