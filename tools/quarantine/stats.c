/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../store/include/quarantine_admin.h"
#include "../common.h"
#include "word.h"

static const char doc[] = "Shows what is stored: messages by direction and class, and the room they take.\v"
			  "The table counts messages that are present; 'stored' also counts those that are "
			  "expunged and not yet "
			  "purged.\n\n"
			  "Examples:\n\n"
			  "  quarantine stats\n"
			  "  quarantine stats --json | jq '.classes[] | select(.class == \"phish\")'\n";

enum { BAR_WIDTH = 20, TIME_SIZE = 20, CLASS_WIDTH = 14 };

struct stats_args {
	const char *store;
	bool json;
};

struct line {
	struct quarantine_count count;
	char *class_name;
};

struct lines {
	struct line *list;
	size_t count;
	uint64_t most; /* messages of the longest bar */
	bool failed;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct stats_args *args = state->input;

	switch (key) {
	case 'j':
		args->json = true;
		return 0;
	default:
		return parse_rest(key, arg, state, &args->store);
	}
}

static int keep_line(void *context, const struct quarantine_count *row)
{
	struct lines *lines = context;
	struct line *list = reallocarray(lines->list, lines->count + 1, sizeof(*list));
	char *name = strdup(row->class_name);

	if (list)
		lines->list = list;
	lines->failed = !list || !name;
	if (lines->failed) {
		free(name);
		return 1;
	}
	list[lines->count++] = (struct line){*row, name};
	if (row->messages > lines->most)
		lines->most = row->messages;
	return 0; /* cppcheck-suppress memleak ; the list has the name */
}

static const char *direction_name(enum quarantine_direction direction)
{
	return direction == QUARANTINE_OUTGOING ? "outgoing" : "incoming";
}

static const char *time_text(int64_t seconds, char into[TIME_SIZE])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds == 0 || !localtime_r(&t, &tm) || strftime(into, TIME_SIZE, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(into, TIME_SIZE, "-");
	return into;
}

static void print_line(const struct line *line, uint64_t most, bool bars)
{
	char first[TIME_SIZE], last[TIME_SIZE], size[SIZE_TEXT], bar[BAR_WIDTH + 1] = "";
	struct buf name = {0};
	size_t n = bars && most > 0 ? (size_t)(line->count.messages * BAR_WIDTH / most) : 0;

	add_safe(&name, slice_str(*line->class_name ? line->class_name : "-"));
	memset(bar, '#', n);
	bar[n] = '\0';
	printf("%-9s %-*.*s %10llu %10s  %-16s  %-16s  %s\n", direction_name(line->count.direction),
	       CLASS_WIDTH, (int)name.len, name.data, (unsigned long long)line->count.messages,
	       size_text(line->count.bytes, size), time_text(line->count.first, first),
	       time_text(line->count.last, last), bar);
	buf_finish(&name);
}

static void print_size(const char *what, uint64_t bytes)
{
	char size[SIZE_TEXT];

	printf("%-22s %10s\n", what, size_text(bytes, size));
}

static void print_table(const struct quarantine_stats *stats, const struct lines *lines)
{
	bool bars = isatty(STDOUT_FILENO) == 1;

	printf("%-9s %-*s %10s %10s  %-16s  %-16s\n", "direction", CLASS_WIDTH, "class", "messages", "size",
	       "first", "last");
	for (size_t i = 0; i < lines->count; i++)
		print_line(&lines->list[i], lines->most, bars);
	printf("\n%-22s %10llu\n", "stored messages", (unsigned long long)stats->messages);
	print_size("their size", stats->message_bytes);
	print_size("compressed", stats->stored_bytes);
	print_size("database file", stats->file_bytes);
	print_size("  free inside", stats->free_bytes);
	print_size("write-ahead log", stats->wal_bytes);
	printf("%-22s %10u\n", "schema", stats->schema_version);
}

/* RFC 8259 section 7. What a terminal must not see is written as \\xNN, so that the text is always UTF-8. */
static void print_json_text(const char *text)
{
	struct buf safe = {0};

	add_safe(&safe, slice_str(text));
	putchar('"');
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == '"' || safe.data[i] == '\\')
			putchar('\\');
		putchar(safe.data[i]);
	}
	putchar('"');
	buf_finish(&safe);
}

static void print_json(const struct quarantine_stats *stats, const struct lines *lines)
{
	printf("{\"messages\":%llu,\"message_bytes\":%llu,\"stored_bytes\":%llu,\"file_bytes\":%llu,"
	       "\"free_bytes\":%llu,\"wal_bytes\":%llu,\"oldest\":%lld,\"newest\":%lld,\"schema\":%u,"
	       "\"classes\":[",
	       (unsigned long long)stats->messages, (unsigned long long)stats->message_bytes,
	       (unsigned long long)stats->stored_bytes, (unsigned long long)stats->file_bytes,
	       (unsigned long long)stats->free_bytes, (unsigned long long)stats->wal_bytes,
	       (long long)stats->oldest, (long long)stats->newest, stats->schema_version);
	for (size_t i = 0; i < lines->count; i++) {
		const struct quarantine_count *row = &lines->list[i].count;

		printf("%s{\"direction\":\"%s\",\"class\":", i > 0 ? "," : "",
		       direction_name(row->direction));
		print_json_text(lines->list[i].class_name);
		printf(",\"messages\":%llu,\"bytes\":%llu,\"first\":%lld,\"last\":%lld}",
		       (unsigned long long)row->messages, (unsigned long long)row->bytes,
		       (long long)row->first, (long long)row->last);
	}
	printf("]}\n");
}

int word_stats(int argc, char **argv)
{
	const struct argp_option options[] = {
		{"json", 'j', NULL, 0, "print JSON, times in seconds since 1970", 0}, {0}};
	const struct argp_child children[] = {{&store_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {options, parse, NULL, doc, children, NULL, NULL};
	struct quarantine_stats stats = QUARANTINE_STATS_INIT;
	struct stats_args args = {0};
	struct quarantine *store = NULL;
	struct lines lines = {0};
	int code, status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	code = open_store("stats", args.store, QUARANTINE_READ, &store);
	if (code != EX_OK)
		return code;
	status = quarantine_stats_get(store, &stats);
	if (status == QUARANTINE_OK)
		status = quarantine_count_classes(store, keep_line, &lines);
	if (lines.failed)
		status = QUARANTINE_NO_MEMORY;
	if (status != QUARANTINE_OK)
		code = fail_status("stats", args.store, status, quarantine_errmsg(store));
	else
		(args.json ? print_json : print_table)(&stats, &lines);
	for (size_t i = 0; i < lines.count; i++)
		free(lines.list[i].class_name);
	free(lines.list);
	quarantine_close(store);
	return code;
}
