# SPDX-License-Identifier: ISC
"""What was delivered and what was acknowledged, held against what a store has."""
import hashlib
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import harness  # noqa: E402


def tool(name):
    return os.path.join(harness.BUILD, "tests", "faults", name)


def message(number):
    """Always the same bytes: a text that is like the others, and one time in eight one that is not."""
    noise = random.Random(number)
    lines = [b"Subject: offer %d" % number, b"From: shop@customer.example", b"X-Number: %d" % number, b""]
    if number % 8 == 0:
        lines += [noise.randbytes(40).hex().encode() for _ in range(200)]
    else:
        lines += [b"Dear customer, line %d of our offer." % n for n in range(40)]
    return b"\r\n".join(lines) + b"\r\n"


class Ledger:
    """Messages by their hash. acknowledge() what was told to be stored, verify() after each fault."""

    def __init__(self):
        self.hashes = {}  # hash -> number
        self.acknowledged = set()
        self.uids, self.uidvalidity, self.uidnext = {}, None, 0  # number -> UID

    def offer(self, number):
        data = message(number)
        self.hashes[hashlib.blake2b(data, digest_size=32).hexdigest()] = number
        return data

    def acknowledge(self, number):
        self.acknowledged.add(number)

    def verify(self, store):
        """Acknowledged are there, all are whole and there once, UIDs stay and never come again. The numbers."""
        done = subprocess.run([tool("contents"), store], capture_output=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        head, *rows = [line.split() for line in done.stdout.decode().splitlines()]
        uidvalidity, uidnext = int(head[1]), int(head[2])
        assert self.uidvalidity in (None, uidvalidity), "another UIDVALIDITY"
        assert uidnext >= self.uidnext, "a lower UIDNEXT"
        there = {}
        for uid, digest in rows:
            number = self.hashes.get(digest)
            assert number is not None, f"UID {uid} is none of ours"
            assert number not in there, f"message {number} is there twice"
            there[number] = int(uid)
            before = self.uids.get(number)
            assert before == int(uid) or (before is None and int(uid) >= self.uidnext), f"UID {uid} is used again"
        lost = self.acknowledged - set(there)
        assert not lost, f"{len(lost)} acknowledged messages are lost: {sorted(lost)[:5]}"
        self.uids, self.uidvalidity, self.uidnext = there, uidvalidity, uidnext
        return set(there)
