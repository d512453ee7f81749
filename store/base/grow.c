/* SPDX-License-Identifier: ISC */
#include "grow.h"

#include <stdlib.h>

enum { FIRST = 64 };

bool grow(void *array, size_t count, size_t *cap, size_t size)
{
	void **at = array, *grown;
	size_t more = *cap == 0 ? FIRST : 2 * *cap;

	if (count < *cap)
		return true;
	grown = reallocarray(*at, more, size);
	if (!grown)
		return false;
	*at = grown;
	*cap = more;
	return true;
}
