# SPDX-License-Identifier: ISC
"""The programs that read the quarantine: curl, imaplib, mbsync, the abuse desk's tool, and a client that waits."""
import csv
import glob
import imaplib
import io
import os
import re
import tempfile

import harness

USER = "global"
MBSYNC = """
IMAPStore far
Host {host}
Port {port}
User {user}
Pass "{password}"
SSLType None
AuthMechs LOGIN

MaildirStore near
Path {folder}/
Inbox {folder}/inbox
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Pattern "{mailbox}"
Sync Pull
Create Near
SyncState *
"""


def newest(server, mailbox):
    """UID and bytes of the message with the highest UID, by Python's imaplib."""
    imap = imaplib.IMAP4(*server.address(), timeout=harness.TIMEOUT)
    try:
        imap.login(USER, harness.PASSWORD)
        status, counts = imap.select(mailbox, readonly=True)
        assert status == "OK", counts
        status, answer = imap.fetch(counts[0].decode(), "(UID BODY.PEEK[])")
        assert status == "OK" and isinstance(answer[0], tuple), answer
        uid = int(answer[0][0].split(b"UID ")[1].split()[0])
        return uid, answer[0][1]
    finally:
        imap.logout()


def by_curl(server, mailbox, uid):
    host, port = server.address()
    return harness.run("curl", "--silent", "--show-error", "--fail", "--user", f"{USER}:{harness.PASSWORD}",
                       f"imap://{host}:{port}/{mailbox};UID={uid}").stdout


def by_mbsync(server, mailbox):
    """The messages of a mailbox as mbsync files them: LF line ends, and a header of its own, left out here."""
    host, port = server.address()
    with tempfile.TemporaryDirectory() as folder:
        configuration = os.path.join(folder, "mbsyncrc")
        with open(configuration, "w", encoding="ascii") as file:
            file.write(MBSYNC.format(host=host, port=port, user=USER, password=harness.PASSWORD, folder=folder,
                                     mailbox=mailbox))
        harness.run("mbsync", "--config", configuration, "--all")
        messages = []
        for path in sorted(glob.glob(f"{folder}/{mailbox}/[cn][ue][rw]/*")):
            with open(path, "rb") as file:
                messages.append(re.sub(rb"^X-TUID: \S+\n", b"", file.read(), flags=re.M))
        return messages


def csv_rows(server):
    """Today's outgoing lines of the abuse desk's tool."""
    host, port = server.address()
    done = harness.run(harness.program("retrieve_quarantine_info"), "-d", "-o", "-n", "-t", "-s", f"{host}:{port}",
                       "-u", USER, "-p", harness.PASSWORD)
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


class Idle:
    """A client in IDLE before anything happens."""

    def __init__(self, server, mailbox):
        self.client = harness.Client(server)
        self.client.line()
        self.client.command(f'LOGIN {USER} "{harness.PASSWORD}"'.encode())
        self.client.command(f"SELECT {mailbox}".encode())
        self.client.send(b"i IDLE\r\n")
        assert self.client.line().startswith(b"+")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def expect(self, line):
        while True:
            got = self.client.line()
            assert got is not None, "the server closed the connection"
            if got == line:
                return
