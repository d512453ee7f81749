# SPDX-License-Identifier: ISC
"""getmail: a Maildir with LF line ends, which it refuses to root: root runs it as nobody."""
import os
import re

from place import MAILBOX, PASSWORD, USER, files

NOBODY = 65534
CONFIGURATION = """
[retriever]
type = SimpleIMAP{kind}Retriever
server = {host}
port = {port}
username = {user}
password = {password}
mailboxes = ("{mailbox}",)
record_mailbox = false
{cert}

[destination]
type = Maildir
path = {folder}/mail/

[options]
read_all = false
delete = false
delivered_to = false
received = false
verbose = 0
"""


def command(place, *options):
    for part in ("cur", "new", "tmp"):
        os.makedirs(place.path(f"mail/{part}"), exist_ok=True)
    rc = place.write("getmailrc", CONFIGURATION.format(
        kind="SSL" if place.secure else "", host=place.host, port=place.port, user=USER, password=PASSWORD, mailbox=MAILBOX,
        folder=place.folder, cert=f"ca_certs = {place.cert}" if place.secure else ""))
    return [*as_nobody(place), "getmail", "--getmaildir", place.folder, "--rcfile", rc, *options]


def as_nobody(place):
    if os.geteuid() != 0:
        return []
    os.chmod(place.sandbox.path, 0o711)
    for folder, _, names in os.walk(place.folder):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.chown(path, NOBODY, NOBODY)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def read(place):
    place.run(*command(place))
    return [re.sub(rb"\AReturn-Path: <unknown>\n", b"", m) for m in files(place.path("mail"))]  # getmail's own field


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
