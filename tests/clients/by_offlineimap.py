# SPDX-License-Identifier: ISC
"""offlineimap: a Maildir with LF line ends."""
import os

from place import MAILBOX, PASSWORD, USER, files

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
folderfilter = lambda name: name == '{mailbox}'
"""


def sync(place):
    os.makedirs(place.path("mail"), exist_ok=True)
    place.run("offlineimap", "-o", "-u", "basic", "-c", place.write("offlineimaprc", CONFIGURATION.format(
        folder=place.folder, host=place.host, port=place.port, user=USER, password=PASSWORD, cert=place.cert, mailbox=MAILBOX,
        ssl="yes" if place.secure else "no")))


def kept(place):
    return files(place.path(f"mail/{MAILBOX}"))


def read(place):
    sync(place)
    return kept(place)


def local(place, uid):
    """The file of a message: its folder and its name."""
    folder = place.path(f"mail/{MAILBOX}")
    return next((os.path.join(folder, part), name) for part in ("cur", "new") for name in os.listdir(os.path.join(folder, part))
                if f",U={uid}," in name)


def mark(place):
    folder, name = local(place, 1)
    os.rename(os.path.join(folder, name), os.path.join(folder, "..", "cur", name.split(":")[0] + ":2,F"))
    sync(place)


def wait(place):
    """It could stay with IDLE, but tells nobody what it sees; it asks again."""
    place.deliver()
    sync(place)
    assert place.messages[-1].replace(b"\r\n", b"\n") in kept(place)


def remove(place):
    os.unlink(os.path.join(*local(place, 2)))
    sync(place)
