/* SPDX-License-Identifier: ISC
 *
 * Arrays that grow as they are filled. */
#ifndef QUARANTINE_BASE_GROW_H
#define QUARANTINE_BASE_GROW_H

#include <stdbool.h>
#include <stddef.h>

/* Makes room for one more element in a malloc'd array of *cap elements of so many bytes, of which `count` are
 * in use. `array` points to the pointer to its first; NULL and 0 at the begin. False: no memory, and all is
 * as it was. */
bool grow(void *array, size_t count, size_t *cap, size_t size);

#endif
