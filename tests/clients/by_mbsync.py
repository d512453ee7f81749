# SPDX-License-Identifier: ISC
"""mbsync: a Maildir with LF line ends."""
import os
import re

from place import MAILBOX, PASSWORD, USER, files, maildir

MOVES_BY_APPEND = True
CONFIGURATION = """
IMAPAccount quarantine
Host {host}
Port {port}
User {user}
Pass "{password}"
SSLType {kind}
CertificateFile {cert}
AuthMechs {mechanism}

IMAPStore far
Account quarantine

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/inbox
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns {mailbox} Trash
Sync Pull Push
Create Near
Expunge Both
SyncState *
"""


def sync(place):
    os.makedirs(place.path("mail"), exist_ok=True)
    place.run("mbsync", "--config", place.write("mbsyncrc", CONFIGURATION.format(
        host=place.host, port=place.port, user=USER, password=PASSWORD, cert=place.cert, folder=place.folder,
        mailbox=MAILBOX, kind="IMAPS" if place.secure else "None", mechanism="SCRAM-SHA-256" if place.secure else "LOGIN")), "--all")


def kept(place):
    """Without the field that mbsync puts in."""
    return [re.sub(rb"^X-TUID: \S+\n", b"", m, flags=re.M) for m in files(place.path(f"mail/{MAILBOX}")) if b"Message-ID" in m]


def read(place):
    sync(place)
    return kept(place)


def wait(place):
    """mbsync does not stay; it asks again."""
    place.deliver()
    sync(place)
    assert place.messages[-1].replace(b"\r\n", b"\n") in kept(place)


mark, follow, move, remove = maildir(sync)
