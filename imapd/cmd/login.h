/* SPDX-License-Identifier: ISC
 *
 * What LOGIN and the mechanisms of AUTHENTICATE have in common. */
#ifndef IMAPD_CMD_LOGIN_H
#define IMAPD_CMD_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

struct command;

/* Whether a password may be said on this connection; else the answer is NO [PRIVACYREQUIRED]. */
bool login_is_private(struct command *cmd);

/* Verifies, wipes `password` (len bytes), and sets answer and state. Blocks as auth_verify() does. */
/* Sets answer and state from what was found out of a name: an auth status. */
void login_settle(struct command *cmd, const char *name, int status);

void login_try(struct command *cmd, const char *name, char *password, size_t len);

#endif
