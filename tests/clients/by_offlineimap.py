# SPDX-License-Identifier: ISC
"""offlineimap: a Maildir with LF line ends."""
import os

from place import MAILBOX, PASSWORD, USER, file_of, files, mark_file, move_file

MOVES_BY_APPEND = True
CONFIGURATION = """
[general]
accounts = quarantine
metadata = {folder}/state

[Account quarantine]
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
"""


def sync(place):
    os.makedirs(place.path("mail"), exist_ok=True)
    place.run("offlineimap", "-1", "-o", "-u", "basic", "-c", place.write("offlineimaprc", CONFIGURATION.format(
        folder=place.folder, host=place.host, port=place.port, user=USER, password=PASSWORD, cert=place.cert, mailbox=MAILBOX,
        ssl="yes" if place.secure else "no")))


def kept(place):
    return files(place.path(f"mail/{MAILBOX}"))


def read(place):
    sync(place)
    return kept(place)


def mark(place):
    mark_file(place, 1)
    sync(place)


def wait(place):
    """It could stay with IDLE, but tells nobody what it sees; it asks again."""
    place.deliver()
    sync(place)
    assert place.messages[-1].replace(b"\r\n", b"\n") in kept(place)


def move(place):
    move_file(place, 3)
    sync(place)


def remove(place):
    os.unlink(file_of(place, 2))
    sync(place)
