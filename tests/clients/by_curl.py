# SPDX-License-Identifier: ISC
"""curl: one transfer a message, all over one connection."""
import os

from place import MAILBOX, PASSWORD, USER, files


def curl(place, path, *options):
    scheme = "imaps" if place.secure else "imap"
    return place.run("curl", "--silent", "--show-error", "--fail", "--cacert", place.cert, "--user", f"{USER}:{PASSWORD}",
                     *options, f"{scheme}://{place.host}:{place.port}/{path}").stdout


def read(place):
    assert MAILBOX.encode() in curl(place, "")
    folder = place.path("mail")
    os.mkdir(folder)
    curl(place, f"{MAILBOX};UID=[1-{len(place.messages)}]", "--output", f"{folder}/#1")
    return files(folder)


def mark(place):
    curl(place, MAILBOX, "--request", r"UID STORE 1 +FLAGS (\Flagged)")


def wait(place):
    """curl does not stay; it asks again."""
    place.deliver()
    assert curl(place, f"{MAILBOX};MAILINDEX=*") == place.messages[-1]


def move(place):
    curl(place, MAILBOX, "--request", "UID MOVE 3 Trash")


def remove(place):
    curl(place, MAILBOX, "--request", r"UID STORE 2 +FLAGS (\Deleted)")
    curl(place, MAILBOX, "--request", "EXPUNGE")
