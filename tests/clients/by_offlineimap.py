# SPDX-License-Identifier: ISC
"""offlineimap: a Maildir with LF line ends."""
import os

from place import MAILBOX, PASSWORD, USER, files, maildir

MOVES_BY_APPEND = True
CONFIGURATION = """
[general]
accounts = quarantine
metadata = {folder}/state

[Account quarantine]
autorefresh = 60
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {folder}/mail

[Repository far]
type = IMAP
remotehost = {host}
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = {ssl}
starttls = no
sslcacertfile = {cert}
auth_mechanisms = PLAIN, LOGIN
folderfilter = lambda name: name in ('{mailbox}', 'Trash')
idlefolders = ['{mailbox}']
"""


def command(place, *options):
    os.makedirs(place.path("mail"), exist_ok=True)
    return ["offlineimap", *options, "-u", "basic", "-c", place.write("offlineimaprc", CONFIGURATION.format(
        folder=place.folder, host=place.host, port=place.port, user=USER, password=PASSWORD, cert=place.cert, mailbox=MAILBOX,
        ssl="yes" if place.secure else "no"))]


def sync(place):
    place.run(*command(place, "-1", "-o"))


def kept(place):
    return files(place.path(f"mail/{MAILBOX}"))


def read(place):
    sync(place)
    return kept(place)


def wait(place):
    process = place.start(*command(place, "-d", "imap"))
    try:
        idle(place, 1)
        for count in (2, 3):
            place.deliver()
            idle(place, count)  # again, when it has fetched and written down what it has
            assert place.messages[-1].replace(b"\r\n", b"\n") in kept(place)
    finally:
        process.kill()
        process.wait()


def idle(place, count):
    place.until(lambda: place.printed().count(b"< b'+ idling") == count, "offlineimap to be idle")


mark, follow, move, remove = maildir(sync)
