/* SPDX-License-Identifier: ISC
 *
 * The two things a service says to and hears from systemd, without its library. */
#ifndef IMAPD_SYSTEMD_H
#define IMAPD_SYSTEMD_H

#include <stdbool.h>

/* Sends "READY=1" or the like to the service manager, if there is one (sd_notify(3)). */
void systemd_notify(const char *state);

/* How many listening sockets were handed over, from descriptor SYSTEMD_FIRST_FD on (sd_listen_fds(3)). */
enum { SYSTEMD_FIRST_FD = 3 };
int systemd_sockets(void);

/* Whether the socket with this number (from 0) was named "imaps" by FileDescriptorName=. */
bool systemd_socket_is_tls(int number);

#endif
