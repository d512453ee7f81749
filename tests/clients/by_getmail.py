# SPDX-License-Identifier: ISC
"""getmail: hands over by LMTP. Its Maildir starts a process for each message and misses the end of one that is quick."""
import os

import lmtp
from place import MAILBOX, PASSWORD, USER

CONFIGURATION = """
[retriever]
type = SimpleIMAP{kind}Retriever
server = {host}
port = {port}
username = {user}
password = {password}
mailboxes = ("{mailboxes}",)
record_mailbox = false
{more}

[destination]
type = MDA_lmtp
host = {folder}/lmtp
override = somebody@localhost

[options]
read_all = false
delivered_to = false
received = false
verbose = 0
"""


def command(place, *options, mailboxes=MAILBOX, more=""):
    if place.secure:
        more += f"\nca_certs = {place.cert}"
    rc = place.write("getmailrc", CONFIGURATION.format(
        kind="SSL" if place.secure else "", host=place.host, port=place.port, user=USER, password=PASSWORD, mailboxes=mailboxes,
        folder=place.folder, more=more))
    return ["getmail", "--getmaildir", place.folder, "--rcfile", rc, *options]


def run(place, *options, **settings):
    """Returns what it has handed over."""
    socket = place.path("lmtp")
    with lmtp.listen(socket) as messages:
        place.run(*command(place, *options, **settings))
    os.unlink(socket)
    return messages


def read(place):
    """From each mailbox that it lists; only one has messages. Its LMTP puts a > before what could be an mbox's From line."""
    return [m.replace(b"\n>From here", b"\nFrom here") for m in run(place, mailboxes="ALL")]


def mark(place):
    """What it does with a message that it has fetched, in place of deleting it."""
    run(place, "--delete", "--searchset", ",Flagged", "--searchset", "UID 1")


def wait(place):
    """What comes along with the answer to IDLE it would not see, as it looks at its socket only: so it has to be idle first."""
    with lmtp.listen(place.path("lmtp")) as messages:
        process = place.start(*command(place, "--trace", "--idle", MAILBOX))
        try:
            for count in (1, 2):
                place.until(lambda: place.printed().count(b"Entering IDLE mode") == count, "getmail to be idle")
                place.deliver()
                place.until(lambda: len(messages) == count, "getmail to fetch a message while it stays")
        finally:
            process.terminate()
            process.wait()
    assert messages == place.messages[-2:]
    os.unlink(place.path("lmtp"))


def move(place):
    """It copies and deletes."""
    run(place, "--delete", "--searchset", "UID 3", more="move_on_delete = Trash")


def remove(place):
    run(place, "--delete", "--searchset", "UID 2")
