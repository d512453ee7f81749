# SPDX-License-Identifier: ISC
"""Python's own library."""
import imaplib
import ssl

from place import MAILBOX, PASSWORD, USER, harness


def connect(place):
    if place.secure:
        imap = imaplib.IMAP4_SSL(place.host, place.port, ssl_context=ssl.create_default_context(cafile=place.cert), timeout=harness.TIMEOUT)
    else:
        imap = imaplib.IMAP4(place.host, place.port, timeout=harness.TIMEOUT)
    imap.login(USER, PASSWORD)
    status, _ = imap.select(MAILBOX)
    assert status == "OK"
    return imap


def read(place):
    with connect(place) as imap:
        assert any(MAILBOX.encode() in line for line in imap.list()[1])
        _, (uids,) = imap.uid("SEARCH", "ALL")
        assert len(uids.split()) == len(place.messages)
        _, answer = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [item[1] for item in answer if isinstance(item, tuple)]


def mark(place):
    with connect(place) as imap:
        imap.uid("STORE", "1", "+FLAGS", r"(\Flagged)")


def wait(place):
    with connect(place) as imap:
        imap.send(b"i IDLE\r\n")
        assert imap.readline().startswith(b"+")
        place.deliver()
        assert imap.readline() == b"* %d EXISTS\r\n" % len(place.messages)
        imap.send(b"DONE\r\n")
        while not imap.readline().startswith(b"i OK"):
            pass


def move(place):
    with connect(place) as imap:
        status, _ = imap.uid("MOVE", "3", "Trash")
        assert status == "OK"


def remove(place):
    with connect(place) as imap:
        imap.uid("STORE", "2", "+FLAGS.SILENT", r"(\Deleted)")
        imap.expunge()
