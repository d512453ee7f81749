/* SPDX-License-Identifier: ISC
 *
 * What CAPABILITY says, in its order: one a line, so that an addition is a line. */
#ifndef TEST_CAPABILITIES_H
#define TEST_CAPABILITIES_H

/* clang-format off */
#define CAPABILITIES_LOGGED_IN \
	" NAMESPACE" \
	" CHILDREN" \
	" UNSELECT" \
	" UIDPLUS" \
	" MOVE" \
	" MULTIAPPEND" \
	" REPLACE" \
	" BINARY" \
	" LIST-EXTENDED" \
	" LIST-STATUS" \
	" SPECIAL-USE" \
	" CREATE-SPECIAL-USE" \
	" METADATA" \
	" LIST-METADATA" \
	" STATUS=SIZE" \
	" APPENDLIMIT=67108864" \
	" WITHIN" \
	" ESEARCH" \
	" SEARCHRES" \
	" SORT" \
	" SORT=DISPLAY" \
	" ESORT" \
	" CONTEXT=SEARCH" \
	" CONTEXT=SORT" \
	" NOTIFY" \
	" THREAD=ORDEREDSUBJECT" \
	" THREAD=REFERENCES" \
	" INPROGRESS" \
	" PARTIAL" \
	" MULTISEARCH" \
	" SAVEDATE" \
	" UTF8=ACCEPT" \
	" OBJECTID" \
	" PREVIEW" \
	" CONDSTORE" \
	" QRESYNC" \
	" COMPRESS=DEFLATE"
/* clang-format on */

#endif
