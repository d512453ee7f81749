/* SPDX-License-Identifier: ISC
 *
 * How far a message's structure is followed. What lies beyond is an opaque leaf. */
#ifndef QUARANTINE_MIME_LIMITS_H
#define QUARANTINE_MIME_LIMITS_H

enum {
	MIME_DEPTH_MAX = 20,    /* imapflow takes 25 parentheses; FETCH, an envelope in the innermost and its
				   addresses need 5 */
	MIME_PARTS_MAX = 10000, /* the last one possible is a leaf that runs to the end */
	MIME_PARAMETERS_MAX = 128,
	MIME_BOUNDARY_MAX = 2048, /* longer ones are not boundaries */
};

#endif
