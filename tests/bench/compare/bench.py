# SPDX-License-Identifier: ISC
"""One run: the servers, the mail in them, and what the operations may ask for."""
import os
import re
import shutil
import tempfile
import time

from . import peers, programs


class Bench:
    """Both servers, loaded with the same `count` messages. A context; everything is gone at its end."""

    def __init__(self, count, rounds, patience, how):
        self.count, self.rounds, self.patience, self.how = count, rounds, patience, how
        self.began = time.monotonic()
        self.loads = [os.getloadavg()[0]]
        self.folder = tempfile.mkdtemp(prefix="bench-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)  # Dovecot's users go through
        self.ours = peers.Ours(os.path.join(self.folder, "ours"))
        self.dovecot = peers.Dovecot(os.path.join(self.folder, "dovecot"))
        self.peers = {"ours": self.ours, **{name: peers.Format(self.dovecot, name) for name in peers.FORMATS}}
        self.rare = rare_word(count // 2)
        self.size = 0

    def __enter__(self):
        self.ours.start()
        self.dovecot.start()
        return self

    def __exit__(self, *_):
        self.ours.stop()
        self.dovecot.stop()
        shutil.rmtree(self.folder)

    def seconds(self):
        return time.monotonic() - self.began

    def chosen(self, *names):
        return [self.peers[name] for name in names]

    def load(self):
        """The corpus into all of them."""
        for name, peer in self.peers.items():
            print(f"loading {name}", end="", flush=True)
            print(f": {peer.load(self.count):,.0f} messages/s", flush=True)
        self.size = self.ours.ask("SELECT " + peers.MAILBOX, "=UID FETCH 1:* BODY.PEEK[]")[0].size


def rare_word(number):
    """What stands in one message's text only: in the first from `number` on in which all servers find it."""
    while True:
        text = programs.run(programs.path("bench_deliver"), "-f", number, 1, "mbox")
        found = re.search(r"Unsubscribe: .*\?([0-9a-f]{16})\n", text)
        if found:
            return found[1]
        number += 1
