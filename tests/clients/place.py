# SPDX-License-Identifier: ISC
"""A server with more than 2,000 messages, plain and with TLS, and what a client's script needs to know of it."""
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

import harness  # pylint: disable=wrong-import-position
from strict import Strict  # pylint: disable=wrong-import-position

COUNT = 2050
PATIENCE = 240  # seconds that a program may take for all messages
MAILBOX = "Outgoing"
USER, PASSWORD = "global", harness.PASSWORD
BODIES = [
    "Hello\r\n",
    ".\r\n..\r\n. x\r\nFrom here\r\n>From there\r\n",
    "Ümläute und 漢字\r\n" * 5,
    "x" * 990 + "\r\n",
    "trailing blanks  \t \r\n\r\n\r\n",
    "--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--\r\n",
    "* BYE\r\n)\r\na1 OK done\r\n{5}\r\n",
    "".join(f"line {i} of a long letter\r\n" for i in range(400)),
]


def message(number):
    """One of several shapes; every line ends in CRLF, so that a client can keep it with LF and nothing is lost."""
    return (f"Received: from a by b; Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: =?utf-8?q?S=C3=A4nder?= <s{number}@example.net>\r\n"
            f"To: <r@example.org>,\r\n\t<q@example.org>\r\nSubject: number {number}\r\n"
            f"Date: Thu, 01 Jan 2026 00:00:{number % 60:02} +0000\r\nMessage-ID: <{number}@example.net>\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            f"{BODIES[number % len(BODIES)]}").encode()


def files(folder):
    """The contents of all files in a folder and below, by name."""
    found = []
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(path, name), "rb") as file:
                found.append(file.read())
    return found


def file_of(place, uid):
    """The path of a message's file in the Maildir of mbsync or offlineimap."""
    folder = place.path(f"mail/{MAILBOX}")
    return next(os.path.join(folder, part, name) for part in ("cur", "new") for name in os.listdir(os.path.join(folder, part))
                if re.search(rf",U={uid}\b", name))


def maildir(sync):
    """mark, follow, move and remove, for a program that keeps a Maildir and brings it in line by sync(place)."""
    def mark(place):
        path = file_of(place, 1)
        os.rename(path, place.path(f"mail/{MAILBOX}/cur/{os.path.basename(path).split(':')[0]}:2,F"))
        sync(place)

    def follow(place):
        """What another client changes comes into the Maildir."""
        removed = file_of(place, 5)
        place.change()
        sync(place)
        assert "F" in file_of(place, 4).split(":2,")[1]
        assert not os.path.exists(removed)

    def move(place):
        """Into the folder Trash, with a name that has no UID there."""
        path = file_of(place, 3)
        os.rename(path, place.path(f"mail/Trash/cur/{os.path.basename(path).split(',')[0]}:2,S"))
        sync(place)

    def remove(place):
        os.unlink(file_of(place, 2))
        sync(place)

    return mark, follow, move, remove


class Place:
    """messages: what the mailbox holds, in order. folder: for the client's own files. secure: it uses TLS."""

    def __init__(self, sandbox, secure):
        self.sandbox, self.secure = sandbox, secure
        self.messages = [message(i) for i in range(1, COUNT + 1)]
        self.cert, key = (os.path.join(sandbox.path, name) for name in ("cert.pem", "key.pem"))
        harness.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", self.cert)
        sandbox.init().import_messages(self.messages)
        self.server = sandbox.server("--listen-tls", "127.0.0.1:0", "--cert", self.cert, "--key", key)
        self.host, self.port = "localhost", self.server.address("tls" if secure else "tcp")[1]  # as in the certificate
        self.folder = os.path.join(sandbox.path, "client")
        os.mkdir(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        """A configuration file that only its owner may read; returns its path."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(file.name, 0o600)
        return file.name

    def run(self, *command, **options):
        """Runs a program to its end."""
        return harness.run(*command, cwd=self.folder, env={**os.environ, "HOME": self.folder}, timeout=PATIENCE, **options)

    def start(self, *command, terminal=None):
        """A client that stays, on a terminal when it needs one; .terminate() it."""
        with open(self.path("printed"), "wb") as printed:
            return subprocess.Popen(command, cwd=self.folder, env={**os.environ, "HOME": self.folder}, start_new_session=True,
                                    stdin=terminal or subprocess.DEVNULL, stdout=terminal or printed, stderr=terminal or printed)

    def printed(self):
        """What the client that stays has said without a terminal."""
        with open(self.path("printed"), "rb") as file:
            return file.read()

    def deliver(self):
        """One more message arrives."""
        self.messages.append(message(len(self.messages) + 1))
        self.sandbox.deliver(self.messages[-1])

    def flags(self, uid):
        with Strict(self.server) as client:
            client.login()
            client.command(b"EXAMINE " + MAILBOX.encode())
            (answer,) = client.command(b"UID FETCH %d FLAGS" % uid)
            return answer.data[b"FLAGS"]

    def contents(self, mailbox):
        """The bytes of each message in a mailbox, by UID."""
        with Strict(self.server) as client:
            client.login()
            client.command(b"EXAMINE " + mailbox.encode())
            return {data[b"UID"]: data[b"BODY[]"] for _, data in client.fetch(b"1:*", b"(UID BODY.PEEK[])")} if client.exists else {}

    def take_back(self):
        """What is in Trash is the very message that was in the mailbox: it may go back there."""
        with Strict(self.server) as client:
            client.login()
            client.command(b"SELECT Trash")
            client.command(b"MOVE 1 " + MAILBOX.encode())

    def change(self):
        """Another client marks the message with UID 4 and removes the one with UID 5."""
        with Strict(self.server) as client:
            client.login()
            client.command(b"SELECT " + MAILBOX.encode())
            client.command(rb"UID STORE 4 +FLAGS (\Flagged)")
            client.command(rb"UID STORE 5 +FLAGS (\Deleted)")
            client.command(b"UID EXPUNGE 5")

    def until(self, condition, what):
        """For what a client does not tell but leaves in a file."""
        deadline = time.monotonic() + harness.TIMEOUT
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {harness.TIMEOUT} s for {what}; it printed {self.printed()[-2000:]}")
            time.sleep(0.05)
