#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""powercut.py [CUTS]: the power goes, again and again, while mail is delivered, expunged and purged and the log is
moved. The store lies on a file system of its own on a loop device; for a cut all programs are stopped and the image is
copied, which holds what the device got and nothing that the kernel still kept. The copy is mounted and read: what was
acknowledged is there, what was expunged is not, nothing is half, UIDs are what they were. With syncs that only say that
they did something the same must fail, or the test could not see a loss."""
import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time

from ledger import harness, tool

SIZE = 320 * 1024 * 1024
SKIPPED = 77
RECORD = 16  # bytes of an acknowledgement
# How each is made, and what a second of the same identity needs to be mounted.
FILE_SYSTEMS = {"ext4": (["mkfs.ext4", "-q", "-F"], "loop"), "xfs": (["mkfs.xfs", "-q", "-f"], "loop,nouuid"),
                "btrfs": (["mkfs.btrfs", "-q", "-f"], "loop")}


class Place:
    """A file system on a loop device, for as long as the with block lasts."""

    def __init__(self, folder, kind):
        self.kind = kind
        self.path = folder  # of a server's sockets and log
        self.image, self.copy = os.path.join(folder, "image"), os.path.join(folder, "copy")
        self.at, self.copy_at = os.path.join(folder, "live"), os.path.join(folder, "cut")
        self.store = os.path.join(self.at, "store")

    def __enter__(self):
        make, options = FILE_SYSTEMS[self.kind]
        for folder in (self.at, self.copy_at):
            os.mkdir(folder)
        with open(self.image, "wb") as file:
            file.truncate(SIZE)
        harness.run(*make, self.image)
        harness.run("mount", "-o", options, self.image, self.at)
        device = os.path.basename(harness.run("findmnt", "-no", "SOURCE", self.at).stdout.decode().strip())
        self.statistics = f"/sys/block/{device}/stat"
        return self

    def __exit__(self, *_):
        harness.run("umount", self.at)

    def writes(self):
        """What the device has written, and what is under way."""
        with open(self.statistics, encoding="ascii") as file:
            fields = file.read().split()
        return fields[4], fields[6], fields[8]

    def snapshot(self):
        """Copies the image while nothing is written to it: the kernel may do so by itself."""
        for _ in range(100):
            before = self.writes()
            harness.run("cp", "--sparse=always", self.image, self.copy)
            if before[2] == "0" and self.writes() == before:
                return
        raise AssertionError("the device never rests")


def states(pid):
    """Those of its threads, a letter each."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii") as file:
            yield file.read().rpartition(")")[2].split()[0]


class Load:
    """Those who write, and what they were told."""

    def __init__(self, place, env=None, handed=False):
        self.handed = handed
        self.server = None
        self.read_end, write_end = os.pipe()
        os.set_blocking(self.read_end, False)
        if handed:
            self.server = harness.Server(place) if env is None else None
        command = [tool("cut"), "load", place.store] + (["handed"] if handed else [])
        self.process = subprocess.Popen(command, stdout=write_end, stderr=subprocess.DEVNULL, env=env,
                                        start_new_session=True)
        os.close(write_end)
        self.acks = b""

    def running(self):
        return self.process.poll() is None

    def members(self):
        """Its processes."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(ProcessLookupError):
                if os.getpgid(int(name)) == self.process.pid:
                    yield int(name)

    def stop(self):
        """All of it, the server too: nothing more is acknowledged or written."""
        self.signal(signal.SIGSTOP)
        pids = list(self.members()) + ([self.server.process.pid] if self.server else [])
        deadline = time.monotonic() + harness.TIMEOUT
        while any(state not in "TZ" for pid in pids for state in states(pid)):
            assert time.monotonic() < deadline
            os.sched_yield()

    def signal(self, how):
        os.killpg(self.process.pid, how)
        if self.server:
            self.server.process.send_signal(how)

    def drain(self):
        try:
            while data := os.read(self.read_end, 1 << 20):
                self.acks += data
        except BlockingIOError:
            pass

    def flow(self, records):
        """Until so many more acknowledgements have come, or all is done."""
        wanted = len(self.acks) + RECORD * records
        while len(self.acks) < wanted and self.running():
            select.select([self.read_end], [], [], 1)
            self.drain()

    def end(self):
        self.signal(signal.SIGCONT)
        fds = [os.pidfd_open(pid) for pid in self.members()]
        os.killpg(self.process.pid, signal.SIGKILL)
        for ended in fds:
            select.select([ended], [], [], harness.TIMEOUT)
            os.close(ended)
        self.process.wait()
        os.close(self.read_end)
        if self.server:
            self.server.stop()


def look(place, load, before):
    """Mounts the copy and reads it. (UIDVALIDITY, UIDNEXT, messages)."""
    harness.run("mount", "-o", FILE_SYSTEMS[place.kind][1], place.copy, place.copy_at)
    try:
        done = subprocess.run([tool("cut"), "verify", os.path.join(place.copy_at, "store")], input=load.acks,
                              capture_output=True, check=False, timeout=120)
    finally:
        harness.run("umount", place.copy_at)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    now = tuple(map(int, done.stdout.split()))
    assert before is None or (now[0] == before[0] and now[1] >= before[1]), (before, now)
    return now


def cut(place, load, cuts):
    """So many cuts under one load. What the last one held."""
    seen = None
    for _ in range(cuts):
        if not load.running():
            break
        load.flow(random.randrange(1, 60))
        load.stop()
        load.drain()
        place.snapshot()
        seen = look(place, load, seen)
        load.signal(signal.SIGCONT)
    return seen


def make_store(place):
    harness.run(harness.program("quarantine"), "init", "--store", place.store)
    harness.run("sync", "-f", place.at)


def run(kind, cuts, env=None, handed=False):
    with tempfile.TemporaryDirectory() as folder, Place(folder, kind) as place:
        make_store(place)
        load = Load(place, env, handed)
        try:
            return cut(place, load, cuts), len(load.acks) // RECORD
        finally:
            load.end()


def control(kind):
    lie = {**os.environ, "LD_PRELOAD": tool("faultio.so"), "QUARANTINE_FAULTIO": "sync 1 -4 1",
           "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    try:
        run(kind, 20, lie)
    except AssertionError as error:
        print(f"{kind}: with syncs that do nothing it fails, as it must: {str(error).strip().splitlines()[-1]}", flush=True)
        return
    raise AssertionError("nothing was lost although nothing was synced: this test sees nothing")


def main():
    cuts = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    if "inside" not in os.environ.get("QUARANTINE_POWERCUT", ""):
        inside = {**os.environ, "QUARANTINE_POWERCUT": "inside"}
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
            print("skipped: mounting is not allowed here")
            return SKIPPED
        return subprocess.run(["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv], env=inside,
                              check=False).returncode
    random.seed()
    total = 0
    for kind, share in (("ext4", 1), ("xfs", 3), ("btrfs", 3)):
        if subprocess.run(["which", FILE_SYSTEMS[kind][0][0]], capture_output=True, check=False).returncode != 0:
            print(f"{kind}: skipped, there is no {FILE_SYSTEMS[kind][0][0]}")
            continue
        for handed in (False, True):
            count = max(cuts // share // 2, 1)
            seen, acks = run(kind, count, handed=handed)
            total += count
            print(f"{kind}, {'handed over' if handed else 'written by all'}: {count} cuts, {acks} acknowledgements, "
                  f"{seen[2]} messages at the last", flush=True)
        control(kind)
    print("cuts:", total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
