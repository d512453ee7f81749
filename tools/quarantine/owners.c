/* SPDX-License-Identifier: ISC */
#include "owners.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../store/handover/form.h"
#include "word.h"

/* DIR may be passed through, not listed, on the way to the deliveries' socket; that has the group of its
 * folder. */
enum { DIR_MODE = 0751, FOLDER_MODE = 0750, DELIVER_MODE = 02750, FILE_MODE = 0640 };

static const struct argp_option options[] = {
	{"user", 'u', "USER", 0, "who runs the server and owns the mail (default " OWNER_DEFAULT ")", 0},
	{"group", 'g', "GROUP", 0, "who may read the store (default " OWNER_DEFAULT ")", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct owners *owners = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		*owners = (struct owners){OWNER_DEFAULT, OWNER_DEFAULT, false};
		return 0;
	case 'u':
		owners->user = arg;
		owners->named = true;
		return 0;
	case 'g':
		owners->group = arg;
		owners->named = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp owners_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

static error_t hand_on(int key, char *arg, struct argp_state *state)
{
	struct owned_args *args = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &args->simple;
	state->child_inputs[1] = &args->owners;
	return 0;
}

void parse_owned(int argc, char **argv, struct owned_args *args)
{
	const struct argp_child children[] = {{&simple_argp, 0, NULL, 0}, {&owners_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {NULL, hand_on, args->simple.name, args->simple.doc, children, NULL, NULL};

	argp_parse(&argp, argc, argv, 0, NULL, args);
}

/* (uid_t)-1 and (gid_t)-1 leave an owner as it is. */
struct ids {
	uid_t user;
	gid_t group;
};

static bool look_up(const struct owners *owners, struct ids *ids)
{
	const struct passwd *user = getpwnam(owners->user);
	const struct group *group = getgrnam(owners->group);

	if (!user || !group)
		return false;
	*ids = (struct ids){user->pw_uid, group->gr_gid};
	return true;
}

int owners_check(const char *word, const struct owners *owners)
{
	struct ids ids;

	if (geteuid() != 0 || look_up(owners, &ids))
		return EX_OK;
	fprintf(stderr,
		"quarantine %s: there is no user '%s' or no group '%s'. The package makes them, or:\n"
		"  adduser --system --group --no-create-home --home " STORE_DEFAULT " " OWNER_DEFAULT "\n",
		word, owners->user, owners->group);
	if (owners->named)
		return EX_NOUSER;
	fprintf(stderr, "Until then all belongs to root; 'quarantine init' sets it right afterwards.\n");
	return EX_OK;
}

/* What USER could have put there must not make root give away a file of the system: no link is followed, and
 * a file with two names is refused. A socket of a watcher (ENXIO) is left as it is. */
static int set_one(int at, const char *name, struct ids ids, mode_t folder_mode)
{
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int result = -1;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENXIO ? 0 : -1;
	if (fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode) && st.st_nlink > 1)
			errno = EMLINK;
		else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			result = 0;
		else if (fchown(fd, ids.user, ids.group) == 0)
			result = fchmod(fd, S_ISDIR(st.st_mode) ? folder_mode : FILE_MODE);
	}
	close(fd);
	return result;
}

/* The folder and what is in it, and in the folders of it one level down (`watch`). */
static int set_folder(int at, const char *name, struct ids ids, int depth)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = dir ? 0 : -1;

	while (result == 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (entry->d_type == DT_DIR && depth > 0)
			result = set_folder(fd, entry->d_name, ids, depth - 1);
		else
			result = set_one(fd, entry->d_name, ids, FOLDER_MODE);
	}
	if (dir)
		closedir(dir);
	return result < 0 ? result : set_one(at, name, ids, FOLDER_MODE);
}

/* Who is in the group of those that deliver may hand mail over; where there is no such group, who is in
 * GROUP. */
static int set_deliver(const char *store, struct ids ids)
{
	const struct group *group = getgrnam(OWNER_DELIVER);
	char *folder;
	int result;

	if (group && ids.group != (gid_t)-1)
		ids.group = group->gr_gid;
	if (asprintf(&folder, "%s/" HANDOVER_FOLDER, store) < 0)
		return -1;
	result = set_one(AT_FDCWD, folder, ids, DELIVER_MODE);
	free(folder);
	return result;
}

int owners_set(const char *word, const char *store, const struct owners *owners)
{
	struct ids ids = {(uid_t)-1, (gid_t)-1}, top = ids;
	char *accounts = accounts_path(store);
	char *mail = NULL;
	bool given = geteuid() == 0 && look_up(owners, &ids);
	int code = EX_OK;

	if (given)
		top = (struct ids){0, ids.group};
	if (!accounts || asprintf(&mail, "%s/mail", store) < 0) {
		mail = NULL;
		code = EX_TEMPFAIL;
	} else if (set_folder(AT_FDCWD, mail, ids, 1) < 0 || set_deliver(store, ids) < 0 ||
		   set_one(AT_FDCWD, accounts, top, DIR_MODE) < 0 ||
		   set_one(AT_FDCWD, store, top, DIR_MODE) < 0) {
		fprintf(stderr, "quarantine %s: owners and modes of %s: %s\n", word, store, strerror(errno));
		code = EX_NOPERM;
	} else if (given) {
		printf("%s belongs to root:%s, %s/mail to %s:%s\n", store, owners->group, store, owners->user,
		       owners->group);
	} else {
		printf("%s belongs to the user who made it; the server must run as the same user\n", store);
	}
	free(mail);
	free(accounts);
	return code;
}
