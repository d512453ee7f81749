/* SPDX-License-Identifier: ISC
 *
 * A slice points to bytes that somebody else owns. It may hold any byte, NUL included, and is
 * never terminated. {NULL, 0} is the empty slice. */
#ifndef QUARANTINE_BASE_SLICE_H
#define QUARANTINE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
	const char *data;
	size_t len;
};

/* A slice of a string literal. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

/* The elements of an array, not of a pointer. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline struct slice slice_of(const char *data, size_t len)
{
	return (struct slice){data, len};
}

/* The bytes of a C string without its end; NULL gives the empty slice. */
static inline struct slice slice_str(const char *text)
{
	return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Equal but for the case of ASCII letters. The program never calls setlocale(LC_CTYPE). */
static inline bool slice_ieq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_eq(slice_of(s.data, prefix.len), prefix);
}

static inline bool slice_istarts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_ieq(slice_of(s.data, prefix.len), prefix);
}

/* What follows the first n bytes; empty where there are fewer. */
static inline struct slice slice_skip(struct slice s, size_t n)
{
	return n < s.len ? slice_of(s.data + n, s.len - n) : slice_of(NULL, 0);
}

/* Without blanks, tabs and line ends at both ends. */
static inline struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.data[0]) && s.data[0] != '\0')
		s = slice_skip(s, 1);
	while (s.len > 0 && s.data[s.len - 1] != '\0' && strchr(" \t\r\n", s.data[s.len - 1]))
		s.len--;
	return s;
}

#endif
