/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/include/quarantine_admin.h"
#include "owners.h"
#include "word.h"

static const char doc[] =
	"Makes a store from FILE, which 'quarantine backup' wrote. DIR must not hold a store.\v"
	"Each mailbox gets a higher UIDVALIDITY, so that mail programs drop what they remember: UIDs may "
	"have been given to other messages since the copy was made. Accounts are not in the copy. Owners "
	"and modes are set as by 'quarantine init'.\n\n"
	"Examples:\n\n"
	"  systemctl stop quarantine-imapd\n"
	"  mv /var/lib/quarantine/mail /var/lib/quarantine/mail.damaged\n"
	"  quarantine restore /backup/quarantine-2026-11-23.db\n"
	"  systemctl start quarantine-imapd\n";

int word_restore(int argc, char **argv)
{
	struct owned_args args = {.simple = {.name = "FILE", .doc = doc}};
	char why[256] = "";
	int code, status;

	parse_owned(argc, argv, &args);
	code = owners_check("restore", &args.owners);
	if (code != EX_OK)
		return code;
	status = quarantine_restore(args.simple.store, args.simple.value, why, sizeof(why));
	if (status != QUARANTINE_OK)
		return fail_status("restore", args.simple.store, status, why);
	printf("%s is restored from %s\n", args.simple.store, args.simple.value);
	return owners_set("restore", args.simple.store, &args.owners);
}
