# SPDX-License-Identifier: ISC
"""getmail: each message through a program, as it refuses a Maildir to root; with LF line ends."""
import os
import re

from place import MAILBOX, PASSWORD, USER, files

MARK = b"\\Seen"
CONFIGURATION = """
[retriever]
type = SimpleIMAP{kind}Retriever
server = {host}
port = {port}
username = {user}
password = {password}
mailboxes = ("{mailbox}",)
use_peek = false
record_mailbox = false
{cert}

[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat >$(mktemp {folder}/mail/XXXXXXXX)")
allow_root_commands = true

[options]
read_all = false
delete = false
delivered_to = false
received = false
verbose = 0
"""


def command(place, *options):
    os.makedirs(place.path("mail"), exist_ok=True)
    rc = place.write("getmailrc", CONFIGURATION.format(
        kind="SSL" if place.secure else "", host=place.host, port=place.port, user=USER, password=PASSWORD, mailbox=MAILBOX,
        folder=place.folder, cert=f"ca_certs = {place.cert}" if place.secure else ""))
    return ["getmail", "--getmaildir", place.folder, "--rcfile", rc, *options]


def read(place):
    place.run(*command(place))
    return [re.sub(rb"\AReturn-Path: <unknown>\n", b"", m) for m in files(place.path("mail"))]  # getmail's own field


def mark(_place):
    """It fetches without PEEK, as its setting asks: that marks as read."""


def wait(place):
    before = len(files(place.path("mail")))
    process = place.start(*command(place, "--idle", MAILBOX))
    try:
        place.deliver()
        place.until(lambda: len(files(place.path("mail"))) > before, "getmail to fetch the new message")
        place.deliver()
        place.until(lambda: len(files(place.path("mail"))) > before + 1, "getmail to fetch a message while it stays")
    finally:
        process.terminate()
        process.wait()
