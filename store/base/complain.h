/* SPDX-License-Identifier: ISC
 *
 * Why something could not be done, as a text for who runs the program. */
#ifndef QUARANTINE_BASE_COMPLAIN_H
#define QUARANTINE_BASE_COMPLAIN_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the text to `why`, cut off at `size` bytes with its NUL. Always false, to be returned. */
bool complain(char *why, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
