/* SPDX-License-Identifier: ISC */
#include "guard.h"

static void end_line(struct guard *g)
{
	uint64_t literal = g->announced ? g->number : 0;
	/* After a literal the answer goes on. */
	unsigned depth = g->announced ? g->depth : 0;
	*g = (struct guard){.depth = depth, .literal = literal};
}

static bool pass_quoted(struct guard *g, char c)
{
	if (!g->escaped && c == '"')
		g->quoted = false;
	g->escaped = !g->escaped && c == '\\';
	return true;
}

static bool pass(struct guard *g, char c)
{
	bool digit = c >= '0' && c <= '9';
	if (c == '\n') {
		end_line(g);
		return true;
	}
	if (g->quoted)
		return pass_quoted(g, c);
	if (c == '\r')
		return true;
	g->announced = g->counting && c == '}';
	if (g->counting && digit)
		g->number = g->number < UINT64_MAX / 16 ? g->number * 10 + (uint64_t)(c - '0') : g->number;
	g->counting = c == '{' || (g->counting && digit);
	if (c == '{')
		g->number = 0;
	if (c == '"')
		g->quoted = true;
	if (c == ')' && g->depth > 0)
		g->depth--;
	return c != '(' || ++g->depth <= GUARD_DEPTH_MAX;
}

bool guard_pass(struct guard *g, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (g->literal > 0) {
			size_t skip = g->literal < len - i ? (size_t)g->literal : len - i;
			g->literal -= skip;
			i += skip;
		} else if (!pass(g, bytes[i++])) {
			return false;
		}
	}
	return true;
}
