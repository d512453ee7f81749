#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Deliveries handed over to the running server: DIR/deliver/socket."""
import contextlib
import itertools
import os
import re
import resource
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import sys

from cases import DEADLINE, LOGIN, Raw, eventually, harness, main

MESSAGE = b"Subject: handed over\r\n\r\nbody\r\n"
KEYS = itertools.count()


def socket_path(sandbox):
    return os.path.join(sandbox.store, "deliver", "socket")


def request(message=MESSAGE, envelope=None, length=None, mark=b"QDq1"):
    length = len(message) if length is None else length
    if envelope is None:
        envelope = (b"quarantine-spool 1\ndirection outgoing\nreceived 1700000000\nkey %d\nlength %d\n\n"
                    % (next(KEYS), length))
    return mark + struct.pack("<IQ", len(envelope), length) + envelope + message


class Hand:
    """A program that delivers, by bytes."""

    def __init__(self, sandbox, data=b""):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(socket_path(sandbox))
        self.socket.sendall(data)

    def answer(self):
        """(status, message, text), or None when the server has closed."""
        with contextlib.suppress(ConnectionResetError):
            head = self.socket.recv(20, socket.MSG_WAITALL)
            if head:
                mark, status, message, length = struct.unpack("<4siqI", head)
                assert mark == b"QDa1"
                return status, message, self.socket.recv(length, socket.MSG_WAITALL) if length else b""
        return None


def deliver(sandbox, message=MESSAGE, **options):
    return sandbox.deliver(message, "-f", "a@example.com", "--", "b@example.com", **options)


def idle(server):
    client = Raw(server)
    client.send(LOGIN + b"s SELECT Outgoing\r\ni IDLE\r\n")
    client.until(b"+ idling\r\n")
    return client


def count(server):
    with Raw(server) as client:
        client.login()
        client.send(b"s STATUS Outgoing (MESSAGES)\r\n")
        return int(re.search(rb"MESSAGES (\d+)", client.until(b"s OK"))[1])


def test_idle_hears_of_it(sandbox):
    server = sandbox.server()
    with idle(server) as client:
        assert deliver(sandbox).stdout == b"1\n"
        client.until(b"* 1 EXISTS\r\n")
    eventually("a line in the log", lambda: re.search(r"event=handed-over uid=\d+ pid=\d+ stored=1 refused=0", server.log()))
    assert stat.S_IMODE(os.stat(socket_path(sandbox)).st_mode) == 0o660
    assert stat.S_IMODE(os.stat(os.path.dirname(socket_path(sandbox))).st_mode) == 0o2750
    assert server.stop() == 0
    assert not os.path.exists(socket_path(sandbox))
    assert deliver(sandbox).stdout == b"2\n"  # by itself


def test_many_on_one_connection(sandbox):
    server = sandbox.server()
    hand = Hand(sandbox)
    for n in range(1, 51):
        hand.socket.sendall(request())
        assert hand.answer() == (0, n, b"")
    again = request()
    for _ in range(2):  # one key is one message
        hand.socket.sendall(again)
        assert hand.answer() == (0, 51, b"")
    assert count(server) == 51


def test_hostile(sandbox):
    server = sandbox.server()
    whole = request()
    for cut in range(len(whole)):
        Hand(sandbox, whole[:cut]).socket.close()
    for bad in (b"GET / HTTP/1.0\r\n\r\n", request(mark=b"QDq2"), request(length=64 * 1024 * 1024 + 1),
                request() + b"x", b"QDq1" + b"\xff" * 12, b"\0" * 100000):
        assert Hand(sandbox, bad).answer() is None, bad[:20]
    for envelope in (b"", b"\n\n", b"quarantine-spool 1\n\n", b"quarantine-spool 1\ndirection outgoing\n\n",
                     b"quarantine-spool 1\ndirection outgoing\nreceived 1\nkey k\nlength 1\n\n"):
        hand = Hand(sandbox, request(envelope=envelope))
        assert hand.answer()[0] == -8
        hand.socket.sendall(request())  # and goes on
        assert hand.answer()[0] == 0
    key = b"quarantine-spool 1\ndirection outgoing\nreceived 1\nkey %s\nlength 30\n\n"
    for length, status in ((199, 0), (200, 0), (201, -8)):
        assert Hand(sandbox, request(b"x" * 30, envelope=key % (b"k" * length))).answer()[0] == status
    assert count(server) == 7


def test_one_bad_among_good(sandbox):
    """A message that is refused does not take those of its group with it."""
    server = sandbox.server()
    key = b"quarantine-spool 1\ndirection outgoing\nreceived 1\nkey %s\nlength 30\n\n"
    os.kill(server.process.pid, signal.SIGSTOP)  # so that they come together
    hands = [Hand(sandbox, request(b"x" * 30, envelope=key % (b"k" * 201 if n == 5 else b"k%d" % n))) for n in range(10)]
    os.kill(server.process.pid, signal.SIGCONT)
    answers = [hand.answer() for hand in hands]
    assert [status for status, _, _ in answers] == [-8 if n == 5 else 0 for n in range(10)], answers
    assert b"delivery_key is too long" in answers[5][2]
    assert count(server) == 9


def test_one_that_cannot_be_committed(sandbox):
    """Nor does one that fails when its group is committed."""
    sandbox.server().stop()  # the store is there now
    with contextlib.closing(sqlite3.connect(os.path.join(sandbox.store, "mail", "quarantine.db"))) as database:
        database.execute("CREATE TRIGGER refuse BEFORE INSERT ON fact WHEN new.sender = 'bad' "
                         "BEGIN SELECT RAISE(ABORT, 'refused'); END")
    server = sandbox.server()
    envelope = b"quarantine-spool 1\ndirection outgoing\nreceived 1\nkey k%d\nsender %s\nlength 30\n\n"
    os.kill(server.process.pid, signal.SIGSTOP)
    hands = [Hand(sandbox, request(b"x" * 30, envelope=envelope % (n, b"bad" if n in (5, 20) else b"good"))) for n in range(30)]
    os.kill(server.process.pid, signal.SIGCONT)
    answers = [hand.answer() for hand in hands]
    assert [status == 0 for status, _, _ in answers] == [n not in (5, 20) for n in range(30)], answers
    assert b"refused" in answers[5][2]
    assert len({message for status, message, _ in answers if status == 0}) == 28
    assert count(server) == 28


def test_hanging_program(sandbox):
    """Some hang in the middle, some never read: the others are served."""
    server = sandbox.server()
    hanging = [Hand(sandbox, request()[:n]) for n in (0, 1, 15, 16, 60)]
    hanging += [Hand(sandbox, request(b"x", length=64 * 1024 * 1024)) for _ in range(6)]  # more than there is room
    hanging += [Hand(sandbox, request()) for _ in range(3)]
    eventually("all there", lambda: count(server) == 3)
    deliver(sandbox)
    assert count(server) == 4
    hanging += [Hand(sandbox) for _ in range(200)]  # more than there are places
    deliver(sandbox)
    assert count(server) == 5


def test_large(sandbox):
    server = sandbox.server()
    for size in (16 * 1024 - 1, 16 * 1024, 65535, 65536, 65537, 1024 * 1024, 64 * 1024 * 1024):
        deliver(sandbox, b"x" * size)
    assert count(server) == 7
    assert deliver(sandbox, b"x" * (64 * 1024 * 1024 + 1), check=False).returncode == 65
    with Raw(server) as client:
        client.login()
        client.send(b"s EXAMINE Outgoing\r\nf FETCH 1:* RFC822.SIZE\r\n")
        assert client.until(b"f OK").count(b"RFC822.SIZE 6553") == 3


def test_full_disk(sandbox):
    """The status of the server is that of the program."""
    server = sandbox.server()
    deliver(sandbox)
    size = os.path.getsize(os.path.join(sandbox.store, "mail", "quarantine.db-wal"))
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    done = deliver(sandbox, os.urandom(1024 * 1024), check=False)
    assert done.returncode == 75 and b"server:" in done.stderr, done
    answer = Hand(sandbox, request(os.urandom(1024 * 1024))).answer()
    assert answer[0] in (-2, -3) and b"quarantine.db" in answer[2], answer  # SQLite does not tell this limit apart
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    deliver(sandbox)
    assert count(server) == 2


def test_without_a_right_to_the_store(sandbox):
    if os.geteuid() != 0:
        return
    folder, nobody = os.path.dirname(socket_path(sandbox)), 65534
    os.chmod(sandbox.path, 0o711)
    os.chown(folder, -1, nobody)
    os.chmod(folder, 0o2750)
    server = sandbox.server()
    command = (harness.program("quarantine-deliver"), "--store", sandbox.store, "--direction", "outgoing")
    who = {"user": nobody, "group": nobody, "extra_groups": [], "check": False, "stdin": MESSAGE}
    assert harness.run(*command, **who).stdout == b"1\n"
    assert f"uid={nobody}" in server.log()
    who["group"] = 12345
    assert harness.run(*command, **who).returncode == 77
    who["group"] = nobody
    server.stop()
    assert harness.run(*command, **who).returncode == 77


def deliver_meanwhile(sandbox, act):
    """1,000 deliveries by 8 processes; act() after each hundred."""
    worker = subprocess.Popen([os.path.join(harness.BUILD, "tests", "store", "store_handed"), sandbox.store],
                              stdout=subprocess.PIPE)
    lines = []
    for line in worker.stdout:
        lines.append(line)
        if line == b"acked\n":
            act()
    assert worker.wait() == 0 and lines[-1] == b"all there\n", lines


def test_kill(sandbox):
    """kill -9 in the middle: nothing acknowledged is lost, nothing is doubled."""
    servers = [harness.Server(sandbox)]

    def kill():
        servers[-1].process.kill()
        servers[-1].process.wait()
        servers.append(harness.Server(sandbox))
    deliver_meanwhile(sandbox, kill)
    assert len(servers) == 11 and servers[-1].stop() == 0


def test_stop(sandbox):
    """A server that ends in good order in the middle, and none for a while."""
    servers = [sandbox.server()]

    def stop():
        if servers[-1].process.poll() is None:
            assert servers[-1].stop() == 0
        else:
            servers.append(sandbox.server())
    deliver_meanwhile(sandbox, stop)
    assert "event=handed-over" in servers[0].log()


if __name__ == "__main__":
    sys.exit(main(globals()))
