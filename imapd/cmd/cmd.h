/* SPDX-License-Identifier: ISC
 *
 * The commands, one file each in this folder. Read by commands.c, which holds the table. */
#ifndef IMAPD_CMD_CMD_H
#define IMAPD_CMD_CMD_H

struct command_def;

extern const struct command_def command_append;
extern const struct command_def command_authenticate;
extern const struct command_def command_cancelupdate;
extern const struct command_def command_capability;
extern const struct command_def command_check;
extern const struct command_def command_close;
extern const struct command_def command_compress;
extern const struct command_def command_copy;
extern const struct command_def command_create;
extern const struct command_def command_delete;
extern const struct command_def command_enable;
extern const struct command_def command_esearch;
extern const struct command_def command_examine;
extern const struct command_def command_expunge;
extern const struct command_def command_fetch;
extern const struct command_def command_getmetadata;
extern const struct command_def command_id;
extern const struct command_def command_idle;
extern const struct command_def command_list;
extern const struct command_def command_login;
extern const struct command_def command_logout;
extern const struct command_def command_lsub;
extern const struct command_def command_move;
extern const struct command_def command_namespace;
extern const struct command_def command_noop;
extern const struct command_def command_notify;
extern const struct command_def command_rename;
extern const struct command_def command_replace;
extern const struct command_def command_rlist;
extern const struct command_def command_rlsub;
extern const struct command_def command_search;
extern const struct command_def command_select;
extern const struct command_def command_setmetadata;
extern const struct command_def command_sort;
extern const struct command_def command_starttls;
extern const struct command_def command_status;
extern const struct command_def command_store;
extern const struct command_def command_subscribe;
extern const struct command_def command_thread;
extern const struct command_def command_unselect;
extern const struct command_def command_unsubscribe;
extern const struct command_def command_xlist;

#endif
