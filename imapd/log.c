/* SPDX-License-Identifier: ISC */
#include "log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 };

static atomic_int log_level = LOG_LEVEL_INFO;

/* One line before its LF; `full` once something had to be left out. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
	bool full;
};

void log_set_level(enum log_level level)
{
	atomic_store(&log_level, (int)level);
}

/* Adds all of `text` or nothing; `reserve` bytes stay free for what has to follow. */
static void add(struct line *l, const char *text, size_t len, size_t reserve)
{
	if (l->full || l->len + len + reserve + 1 > sizeof(l->text)) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, text, len);
	l->len += len;
}

static bool is_plain(const char *value)
{
	for (const char *c = value; *c != '\0'; c++)
		if (*c <= 0x20 || *c >= 0x7f || *c == '"' || *c == '\\' || *c == '=')
			return false;
	return value[0] != '\0';
}

/* Everything but printable ASCII is escaped: neither a line end nor a terminal's controls come through. */
static void add_quoted(struct line *l, const char *value)
{
	add(l, "\"", 1, 1);
	if (l->full)
		return;
	for (const char *c = value; *c != '\0' && !l->full; c++) {
		char escaped[8];
		int n;

		if (*c == '"' || *c == '\\')
			n = snprintf(escaped, sizeof(escaped), "\\%c", *c);
		else if (*c < 0x20 || *c >= 0x7f)
			n = snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)*c);
		else
			n = snprintf(escaped, sizeof(escaped), "%c", *c);
		add(l, escaped, (size_t)n, 1);
	}
	l->text[l->len++] = '"';
}

static void add_pair(struct line *l, const char *key, const char *value)
{
	size_t before = l->len;

	add(l, " ", 1, 0);
	add(l, key, strlen(key), 0);
	add(l, "=", 1, 3);
	if (l->full)
		l->len = before;
	else if (is_plain(value) && l->len + strlen(value) < sizeof(l->text))
		add(l, value, strlen(value), 0);
	else
		add_quoted(l, value);
}

void log_event(enum log_level level, unsigned session, const char *event, ...)
{
	struct line l = {.len = 0};
	const char *key;
	va_list args;
	ssize_t written;

	if ((int)level > atomic_load(&log_level))
		return;
	if (session != 0)
		l.len = (size_t)snprintf(l.text, sizeof(l.text), "<%d>session=%x event=%s", (int)level,
					 session, event);
	else
		l.len = (size_t)snprintf(l.text, sizeof(l.text), "<%d>event=%s", (int)level, event);
	va_start(args, event);
	while ((key = va_arg(args, const char *)) != NULL) {
		const char *value = va_arg(args, const char *);

		if (value)
			add_pair(&l, key, value);
	}
	va_end(args);
	l.text[l.len++] = '\n';
	written = write(STDERR_FILENO, l.text, l.len);
	(void)written; /* there is nowhere else to complain */
}

const char *log_number(long long n, char *room)
{
	snprintf(room, 24, "%lld", n);
	return room;
}
