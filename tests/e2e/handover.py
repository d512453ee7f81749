# SPDX-License-Identifier: ISC
"""What passes between a mail server and quarantine-deliver (handover.sh writes it down)."""
import os
import pwd
import select
import shutil

FOLDER = "/var/lib/handover"
HERE = os.path.dirname(os.path.abspath(__file__))


class Delivery:
    """One run of quarantine-deliver."""

    def __init__(self, name, status):
        self.status = status
        self.input = self._read(name, "in")
        self.arguments = self._read(name, "args").decode("utf-8", "surrogateescape").split("\0")[:-1]
        self.environment = dict(
            pair.split("=", 1) for pair in self._read(name, "env").decode("utf-8", "surrogateescape").split("\0") if "=" in pair)
        self.error = self._read(name, "err").decode()

    @staticmethod
    def _read(name, part):
        with open(os.path.join(FOLDER, f"{name}.{part}"), "rb") as file:
            return file.read()

    def message(self):
        """The message's bytes with CRLF, as IMAP is to show them. Batch SMTP is undone in another way than
        the program does it."""
        lines = self.input.split(b"\n")
        if "--bsmtp" in self.arguments:
            lines = lines[lines.index(b"DATA") + 1:lines.index(b".")] + [b""]
            lines = [line[1:] if line.startswith(b".") else line for line in lines]
        return b"\r\n".join(lines)


class Handover:
    def __init__(self, deliver, user):
        owner = pwd.getpwnam(user)
        os.makedirs("/usr/lib/quarantine", exist_ok=True)
        os.symlink(deliver, "/usr/lib/quarantine/quarantine-deliver")
        shutil.copy(os.path.join(HERE, "handover.sh"), "/usr/bin/quarantine-deliver")
        os.mkdir(FOLDER)
        os.mkfifo(os.path.join(FOLDER, "pipe"))
        for path in (FOLDER, os.path.join(FOLDER, "pipe")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        self._pipe = os.open(os.path.join(FOLDER, "pipe"), os.O_RDWR)
        self._pending = b""

    def next(self, timeout=15):
        """Waits until quarantine-deliver has ended once more."""
        while b"\n" not in self._pending:
            if not select.select([self._pipe], [], [], timeout)[0]:
                raise AssertionError("the mail server did not call quarantine-deliver")
            self._pending += os.read(self._pipe, 4096)
        line, _, self._pending = self._pending.partition(b"\n")
        name, status = line.decode().split()
        return Delivery(name, int(status))

    def expect_none(self):
        """After something that would have led to a delivery by now."""
        if self._pending or select.select([self._pipe], [], [], 0)[0]:
            raise AssertionError(f"an unexpected delivery: {self.next().arguments}")
