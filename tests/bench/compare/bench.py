# SPDX-License-Identifier: ISC
"""One run: the servers, the mail in them, and what the operations may ask for."""
import concurrent.futures
import os
import re
import shutil
import tempfile
import time

from . import peers, programs


class Timed:
    """What the report says of a run."""

    def __init__(self, count, rounds, patience, how):
        self.count, self.rounds, self.patience, self.how = count, rounds, patience, how
        self.began = time.monotonic()
        self.loads = [os.getloadavg()[0]]
        self.size = 0  # bytes of the mail
        self.folder = tempfile.mkdtemp(prefix="bench-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)  # Dovecot's users go through

    def seconds(self):
        return time.monotonic() - self.began

    def finish(self):
        self.loads.append(os.getloadavg()[0])


class Bench(Timed):
    """Both servers, loaded with the same `count` messages. A context; everything is gone at its end."""

    def __init__(self, count, rounds, patience, how):
        super().__init__(count, rounds, patience, how)
        self.ours = peers.Ours(os.path.join(self.folder, "ours"))
        self.arrivals = peers.Ours(os.path.join(self.folder, "arrivals"))  # with a server, for deliveries
        self.alone = peers.Ours(os.path.join(self.folder, "alone"))  # a store without one
        self.dovecot = peers.Dovecot(os.path.join(self.folder, "dovecot"))
        self.peers = {"ours": self.ours, **{name: peers.Format(self.dovecot, name) for name in peers.FORMATS}}
        self.loaded = list(self.peers.values())
        self.peers[peers.INDEXED] = peers.Indexed(self.dovecot)
        self.rare = rare_word(count // 2)
        self.batch = max(40, min(2000, count // 20))  # messages that a delivery hands over
        self.delivered = count

    def __enter__(self):
        self.ours.start()
        self.arrivals.start()
        self.alone.make()
        self.dovecot.start()
        return self

    def __exit__(self, *_):
        self.ours.stop()
        self.arrivals.stop()
        self.dovecot.stop()
        shutil.rmtree(self.folder)

    def chosen(self, *names):
        return [self.peers[name] for name in names]

    def fresh(self, count):
        """The first of so many message numbers that were not used before."""
        self.delivered += count
        return self.delivered - count

    def clients(self, number):
        """So many, or a few where the whole run is a small one."""
        return number if self.count >= 10_000 else 20

    def load(self):
        """The corpus into all of them, two at a time."""
        self.dovecot.stop()
        self.dovecot.start(fsync="never")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda peer: peer.load(self.count), self.loaded))
        self.dovecot.stop()
        self.dovecot.start()
        print(f"loaded {self.count:,} messages five times in {self.seconds():.0f} s", flush=True)
        self.size = self.ours.ask("SELECT " + peers.MAILBOX, "=UID FETCH 1:* BODY.PEEK[]")[0].size


def rare_word(number):
    """What stands in one message's text only: in the first from `number` on in which all servers find it."""
    while True:
        text = programs.run(programs.path("bench_deliver"), "-f", number, 1, "mbox")
        found = re.search(r"Unsubscribe: .*\?([0-9a-f]{16})\n", text)
        if found:
            return found[1]
        number += 1
