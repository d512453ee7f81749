/* SPDX-License-Identifier: ISC */
#include "etpan.h"

#include <string.h>

static struct mailimap_search_key *day_key(struct day day, bool since)
{
	struct mailimap_date *date = mailimap_date_new(day.day, day.month, day.year);
	if (!date)
		return NULL;
	return since ? mailimap_search_key_new_since(date) : mailimap_search_key_new_before(date);
}

struct mailimap_search_key *etpan_search_key(uint32_t first, uint32_t last, struct day since,
					     struct day before)
{
	struct mailimap_set *set = mailimap_set_new_interval(first, last);
	struct mailimap_search_key *all = mailimap_search_key_new_multiple_empty();
	struct mailimap_search_key *parts[] = {set ? mailimap_search_key_new_set(set) : NULL,
					       day_key(since, true),
					       before.year > 0 ? day_key(before, false) : NULL};
	for (size_t i = 0; i < (before.year > 0 ? 3 : 2); i++)
		if (!all || !parts[i] || mailimap_search_key_multiple_add(all, parts[i]) != MAILIMAP_NO_ERROR)
			return NULL;
	return all;
}

struct mailimap_search_key *etpan_newer_key(uint32_t first)
{
	struct mailimap_set *set = mailimap_set_new_interval(first, 0);
	return set ? mailimap_search_key_new_uid(set) : NULL;
}

struct mailimap_set *etpan_set(const uint32_t *uids, size_t count)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	for (size_t i = 0, next; set && i < count; i = next) {
		next = i + 1;
		while (next < count && uids[next] == uids[next - 1] + 1)
			next++;
		if (mailimap_set_add_interval(set, uids[i], uids[next - 1]) != MAILIMAP_NO_ERROR)
			return NULL;
	}
	return set;
}

struct mailimap_fetch_att *etpan_header_item(const char *const *left_out, size_t count, uint32_t max)
{
	clist *names = count > 0 ? clist_new() : NULL;
	for (size_t i = 0; names && i < count; i++)
		clist_append(names, strdup(left_out[i]));
	struct mailimap_header_list *list = names ? mailimap_header_list_new(names) : NULL;
	struct mailimap_section *section = list         ? mailimap_section_new_header_fields_not(list)
					   : count == 0 ? mailimap_section_new_header()
							: NULL;
	return section ? mailimap_fetch_att_new_body_peek_section_partial(section, 0, max) : NULL;
}

/* False for a date that cannot be: libetpan takes any numbers. */
static bool read_moment(const struct mailimap_date_time *date, time_t *moment)
{
	if (!date || date->dt_year < 1900 || date->dt_year > 9999 || date->dt_zone < -9999 ||
	    date->dt_zone > 9999)
		return false;
	struct tm tm = {.tm_year = date->dt_year - 1900,
			.tm_mon = date->dt_month - 1,
			.tm_mday = date->dt_day,
			.tm_hour = date->dt_hour,
			.tm_min = date->dt_min,
			.tm_sec = date->dt_sec};
	int zone_minutes = date->dt_zone / 100 * 60 + date->dt_zone % 100;
	*moment = timegm(&tm) - zone_minutes * 60;
	return true;
}

static struct slice header_of(const struct mailimap_msg_att_body_section *section)
{
	return section ? slice_of(section->sec_body_part, section->sec_length) : slice_of(NULL, 0);
}

struct etpan_answer etpan_answer_read(const struct mailimap_msg_att *message)
{
	struct etpan_answer answer = {0};
	for (clistiter *at = clist_begin(message->att_list); at; at = clist_next(at)) {
		const struct mailimap_msg_att_item *item = clist_content(at);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		const struct mailimap_msg_att_static *said = item->att_data.att_static;
		switch (said->att_type) {
		case MAILIMAP_MSG_ATT_UID:
			answer.uid = said->att_data.att_uid;
			break;
		case MAILIMAP_MSG_ATT_RFC822_SIZE:
			answer.size = said->att_data.att_rfc822_size;
			break;
		case MAILIMAP_MSG_ATT_INTERNALDATE:
			answer.has_arrived = read_moment(said->att_data.att_internal_date, &answer.arrived);
			break;
		case MAILIMAP_MSG_ATT_BODY_SECTION:
			answer.header = header_of(said->att_data.att_body_section);
			break;
		default:
			break;
		}
	}
	return answer;
}
