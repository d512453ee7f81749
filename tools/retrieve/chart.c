/* SPDX-License-Identifier: ISC */
#include "chart.h"

#include "period.h"

enum { FIXED = 3 /* columns before the values */, BAR_WIDTH = 30 };

void chart_titles(struct rows *rows, const struct slice *names, size_t count, bool bars)
{
	rows->titles[0] = SLICE("Count");
	rows->titles[1] = SLICE("First");
	rows->titles[2] = SLICE("Last");
	for (size_t i = 0; i < count; i++)
		rows->titles[FIXED + i] = names[i];
	rows->count = FIXED + count + bars;
	if (bars)
		rows->titles[FIXED + count] = SLICE("");
}

/* A bar in eighths of a place, at least one: U+2588 full, U+258F an eighth. */
static void draw_bar(uint64_t count, uint64_t most, struct buf *out)
{
	static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	uint64_t eighths = most > 0 ? (uint64_t)((double)count / (double)most * BAR_WIDTH * 8) : 0;
	if (eighths == 0)
		eighths = 1;
	for (uint64_t i = 0; i < eighths / 8; i++)
		buf_add_str(out, "█");
	buf_add_str(out, parts[eighths % 8]);
}

static bool write_group(const struct group *group, size_t keys, uint64_t most, bool bars, struct rows *rows)
{
	char first[PERIOD_MOMENT], last[PERIOD_MOMENT], number[24];
	struct buf bar = {0};
	struct slice cells[FIXED + GROUPS_KEYS_MAX + 1];
	snprintf(number, sizeof(number), "%llu", (unsigned long long)group->count);
	cells[0] = slice_str(number);
	cells[1] = slice_str(period_moment_text(group->first, first));
	cells[2] = slice_str(period_moment_text(group->last, last));
	const char *value = group->values;
	for (size_t i = 0; i < keys; i++) {
		cells[FIXED + i] = value ? slice_str(value) : SLICE("(others)");
		value = value ? value + strlen(value) + 1 : NULL;
	}
	if (bars && group->values)
		draw_bar(group->count, most, &bar);
	cells[FIXED + keys] = buf_slice(&bar);
	bool good = rows_add(rows, cells);
	buf_finish(&bar);
	return good;
}

static void add_to(struct group *sum, const struct group *group)
{
	if (sum->count == 0 || group->first < sum->first)
		sum->first = group->first;
	if (sum->count == 0 || group->last > sum->last)
		sum->last = group->last;
	sum->count += group->count;
}

bool chart_write(struct groups *groups, size_t top, bool bars, struct rows *rows)
{
	groups_sort(groups);
	struct group others = groups->others;
	bool good = true;
	size_t shown = top > 0 && top < groups->count ? top : groups->count;
	uint64_t most = groups->count > 0 ? groups->list[0].count : 0;
	for (size_t i = 0; i < shown && good; i++)
		good = write_group(&groups->list[i], groups->keys, most, bars, rows);
	for (size_t i = shown; i < groups->count; i++)
		add_to(&others, &groups->list[i]);
	return good && (others.count == 0 || write_group(&others, groups->keys, most, bars, rows));
}
