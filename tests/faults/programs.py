#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""programs.py [POINTS]: the programs themselves, with faultio in LD_PRELOAD. At each n-th write, sync, cut, open,
rename and unlink (of many, POINTS evenly spread ones) quarantine-deliver, quarantine init and the server that others
hand their messages to fail or die. What was acknowledged is stored, once and whole; what was not is taken the next
time."""
import contextlib
import os
import socket
import struct
import subprocess
import sys

from ledger import Ledger, harness, tool

KILL, SHORT, TORN = -1, -2, -3
EIO, ENOSPC = 5, 28
# What fails, how, and whether all that follow do too; and what else may follow.
FAULTS = [("write", KILL, 0), ("write", TORN, 0), ("write", EIO, 0), ("write", ENOSPC, 1), ("write", SHORT, 1),
          ("sync", KILL, 0), ("sync", EIO, 0), ("sync", EIO, 1), ("truncate", KILL, 0), ("truncate", EIO, 0),
          ("open", KILL, 0), ("open", EIO, 0), ("rename", KILL, 0), ("rename", EIO, 0), ("unlink", KILL, 0),
          ("unlink", EIO, 0), ("read", EIO, 0)]
CALLS = ["write", "sync", "truncate", "open", "rename", "unlink", "read"]
TOGETHER = 3  # messages that are handed over at once


def environment(call="write", n=0, error=0, sticky=0, counts=None):
    env = {**os.environ, "LD_PRELOAD": tool("faultio.so"), "QUARANTINE_FAULTIO": f"{call} {n} {error} {sticky}",
           "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    if counts:
        env["QUARANTINE_FAULTIO_COUNTS"] = counts
    return env


def read_counts(path):
    with open(path, encoding="ascii") as file:
        return dict(zip(CALLS, map(int, file)))


def places(counts, points):
    """(call, n, error, sticky) for each place and fault."""
    for call, error, sticky in FAULTS:
        calls = counts[call]
        for k in range(min(calls, points)):
            yield call, 1 + k * calls // min(calls, points), error, sticky


class Deliveries:
    """quarantine-deliver, a process a message."""
    name = "quarantine-deliver"

    def __init__(self, sandbox):
        self.sandbox, self.ledger, self.next = sandbox, Ledger(), 0

    def deliver(self, number, env=None):
        command = [harness.program("quarantine-deliver"), "--store", self.sandbox.store, "--direction", "outgoing",
                   "--queue-id", f"Q{number}", "-f", "a@example.com", "--", "b@example.com"]
        done = subprocess.run(command, input=self.ledger.offer(number), env=env, capture_output=True, check=False,
                              timeout=60)
        assert done.returncode in (0, 75, 77, -9), done
        if done.returncode == 0:
            self.ledger.acknowledge(number)
        return done.returncode

    def run(self, **fault):
        """One with the fault, then the same again without. Not acknowledged the second time: a failure."""
        self.next += 1
        self.deliver(self.next, environment(**fault))
        self.ledger.verify(self.sandbox.store)
        assert self.deliver(self.next) == 0
        assert self.ledger.verify(self.sandbox.store) == set(range(1, self.next + 1))


class HandOver:
    """The server, and messages through its socket."""
    name = "handing over"

    def __init__(self, sandbox):
        self.sandbox, self.ledger, self.next = sandbox, Ledger(), 0

    def offer(self, number):
        data = self.ledger.offer(number)
        head = b"quarantine-spool 1\ndirection outgoing\nreceived 1700000000\nkey %d\nlength %d\n\n" % (number, len(data))
        return b"QDq1" + struct.pack("<IQ", len(head), len(data)) + head + data

    def hand(self, numbers):
        """All at once; acknowledges those whose answer says so."""
        hands = []
        for number in numbers:
            with contextlib.suppress(OSError):
                hand = socket.socket(socket.AF_UNIX)
                hand.settimeout(60)
                hand.connect(os.path.join(self.sandbox.store, "deliver", "socket"))
                hand.sendall(self.offer(number))
                hands.append((number, hand))
        for number, hand in hands:
            with contextlib.suppress(ConnectionError), hand:
                head = hand.recv(20, socket.MSG_WAITALL)
                if len(head) == 20 and struct.unpack("<4siqI", head)[1] == 0:
                    self.ledger.acknowledge(number)

    def server(self, env=None):
        old = dict(os.environ)
        os.environ.update(env or {})
        try:
            return harness.Server(self.sandbox)
        except AssertionError:  # it ended: it may not begin where calls fail
            assert env
            return None
        finally:
            os.environ.clear()
            os.environ.update(old)

    def run(self, **fault):
        numbers = range(self.next + 1, self.next + 2 * TOGETHER + 1)
        self.next = numbers[-1]
        server = self.server(environment(**fault))
        if server:
            self.hand(numbers[:TOGETHER])
            self.hand(numbers[TOGETHER:])
            server.stop()
        self.ledger.verify(self.sandbox.store)
        server = self.server()
        self.hand(numbers)
        assert server.stop() == 0
        assert self.ledger.verify(self.sandbox.store) == set(range(1, self.next + 1))
        os.unlink(server.log_path)


class Creation:
    """quarantine init, each time in a place where nothing is."""
    name = "quarantine init"

    def __init__(self, sandbox):
        self.sandbox, self.next = sandbox, 0

    def run(self, **fault):
        self.next += 1
        store = os.path.join(self.sandbox.path, f"made-{self.next}")
        command = [harness.program("quarantine"), "init", "--store", store]
        subprocess.run(command, env=environment(**fault), capture_output=True, check=False, timeout=60)
        harness.run(*command)
        ledger = Ledger()
        harness.run(harness.program("quarantine-deliver"), "--store", store, "--direction", "outgoing",
                    stdin=ledger.offer(1))
        ledger.acknowledge(1)
        ledger.verify(store)
        harness.run("rm", "-r", store)


def sweep(kind, points):
    with harness.Sandbox().init(account=False) as sandbox:
        scene = kind(sandbox)
        counts = os.path.join(sandbox.path, "counts")
        scene.run(counts=counts)
        done = 0
        for call, n, error, sticky in places(read_counts(counts), points):
            try:
                scene.run(call=call, n=n, error=error, sticky=sticky)
            except Exception:
                print(f"{kind.name}: {call} {n} error {error} sticky {sticky}", file=sys.stderr)
                raise
            done += 1
        print(f"{kind.name}: {done} places", flush=True)
        return done


def main():
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print("points:", sum(sweep(kind, points) for kind in (Deliveries, HandOver, Creation)))


if __name__ == "__main__":
    main()
