# SPDX-License-Identifier: ISC
"""fetchmail: each message through a program, with LF line ends."""
import os

from place import MAILBOX, PASSWORD, USER, files

MARK = b"\\Seen"
CONFIGURATION = """
set no bouncemail
set invisible
poll {host} service {port} protocol imap auth password
    user "{user}" password "{password}" is root here
    folder {mailbox} keep {which} {ssl} {stay} no rewrite no mimedecode pass8bits forcecr
    mda "cat >$(mktemp {folder}/mail/XXXXXXXX)"
"""


def command(place, which="fetchall", stay=""):
    ssl = f'ssl sslcertck sslcertfile "{place.cert}"' if place.secure else 'sslproto ""'
    os.makedirs(place.path("mail"), exist_ok=True)
    return ["fetchmail", "--silent", "--nosyslog", "--pidfile", place.path("pid"), "-f", place.write("fetchmailrc", CONFIGURATION.format(
        host=place.host, port=place.port, user=USER, password=PASSWORD, mailbox=MAILBOX, folder=place.folder, ssl=ssl,
        which=which, stay=stay))]


def read(place):
    place.run(*command(place))
    return files(place.path("mail"))


def mark(_place):
    """It marks as read what it has fetched."""


def wait(place):
    before = len(files(place.path("mail")))
    process = place.start(*command(place, "no fetchall", "idle"))
    try:
        place.deliver()
        place.until(lambda: len(files(place.path("mail"))) > before, "fetchmail to fetch the new message")
        place.deliver()
        place.until(lambda: len(files(place.path("mail"))) > before + 1, "fetchmail to fetch a message while it stays")
    finally:
        process.terminate()
        process.wait()


def remove(place):
    """All that it has seen. Then nothing new is there: exit code 1."""
    done = place.run(*command(place, "no fetchall", "flush"), check=False)
    assert done.returncode == 1, done.stderr
