# SPDX-License-Identifier: ISC
"""neomutt: without a person, by keys that its configuration pushes; it keeps LF line ends."""
import os
import pty
import re
import threading

from place import MAILBOX, PASSWORD, USER, files

CONFIGURATION = """
set imap_user="{user}" imap_pass="{password}" ssl_starttls=no ssl_force_tls={tls} certificate_file="{cert}"
set sort=mailbox-order mbox_type=Maildir folder="{mailboxes}" record="" header_cache="" sleep_time=0 confirmcreate=no confirmappend=no
set mail_check=1 timeout=1 imap_idle=yes wait_key=no move=no delete=yes quit=yes mark_old=no
set imap_keepalive=300 beep=no
push "{keys}"
"""


def start(place, keys):
    """neomutt on a terminal of its own: the process, and what it draws."""
    configuration = place.write("muttrc", CONFIGURATION.format(
        user=USER, password=PASSWORD, tls="yes" if place.secure else "no", cert=place.cert, mailboxes=url(place, ""), keys=keys))
    ours, its = pty.openpty()
    process = place.start("env", "TERM=vt100", "LINES=40", "COLUMNS=120", "neomutt", "-n", "-F", configuration, "-f", url(place, MAILBOX), terminal=its)
    os.close(its)
    drawn = bytearray()
    threading.Thread(target=drain, args=(ours, drawn), daemon=True).start()
    return process, drawn


def url(place, mailbox):
    return f"imap{'s' if place.secure else ''}://{USER}@{place.host}:{place.port}/{mailbox}"


def drain(terminal, drawn):
    try:
        while data := os.read(terminal, 65536):
            drawn += data
    except OSError:
        os.close(terminal)


def browse(place):
    process, drawn = start(place, "<change-folder>?<toggle-mailboxes>")
    try:
        place.until(lambda: b"Incoming" in drawn and b"Trash" in drawn, "neomutt to list the mailboxes")
    finally:
        process.terminate()
        process.wait()


def read(place):
    browse(place)
    process, _ = start(place, f"<tag-pattern>~A<enter><tag-prefix><copy-message>{place.path('mail')}<enter><sync-mailbox><exit>")
    process.wait(60)
    return [re.sub(rb"^(Status|Lines|Content-Length): .*\n", b"", m, flags=re.M) for m in files(place.path("mail"))]


def mark(place):
    process, _ = start(place, "<first-entry><flag-message><sync-mailbox><exit>")
    process.wait(60)


def wait(place):
    process, drawn = start(place, "<last-entry><refresh>")
    try:
        place.until(lambda: b"number %d" % len(place.messages) in drawn, "neomutt to show the last message")
        place.deliver()
        place.until(lambda: b"number %d" % len(place.messages) in drawn, "neomutt to show the new message")
    finally:
        process.terminate()
        process.wait()


def move(place):
    process, _ = start(place, f"3<enter><save-message>{url(place, 'Trash')}<enter><sync-mailbox><exit>")
    process.wait(60)


def remove(place):
    process, _ = start(place, "2<enter><delete-message><sync-mailbox><exit>")
    process.wait(60)
