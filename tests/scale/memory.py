#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A large mailbox is listed, searched and fetched whole while the server's memory stays bounded.

memory.py [COUNT]: messages (default 100,000). Wants a build without sanitizers, whose memory is no measure."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

LIMIT_KIB = 64 * 1024
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000


def peak_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as refs:
        refs.write("5")


def fill(sandbox):
    corpus = subprocess.Popen([os.path.join(harness.ROOT, "tools", "corpus"), "--count", str(COUNT)], stdout=subprocess.PIPE)
    started = time.monotonic()
    subprocess.run([harness.program("quarantine"), "import", "-", "--direction", "outgoing", "--store", sandbox.store],
                   stdin=corpus.stdout, check=True)
    assert corpus.wait() == 0
    print(f"imported {COUNT} messages, {COUNT / (time.monotonic() - started):.0f} a second with the corpus made meanwhile")


def timed(client, pid, text, wanted):
    """Runs a command, counts its untagged lines that hold `wanted`, reports time and peak."""
    started, lines, size = time.monotonic(), 0, 0
    client.send(b"t " + text + b"\r\n")
    while True:
        line = client.file.readline()
        assert line, f"the server closed the connection in {text!r}"
        size += len(line)
        if line.startswith(b"t "):
            assert line.startswith(b"t OK"), line
            break
        lines += line.startswith(b"* ") and wanted in line
    print(f"{text.decode():70} {time.monotonic() - started:7.2f} s {size / 1e6:8.1f} MB, peak {peak_kib(pid) / 1024:5.1f} MiB")
    return lines


def main():
    with harness.Sandbox().init() as sandbox:
        fill(sandbox)
        server = sandbox.server()
        pid = server.process.pid
        client = harness.Client(server)
        client.line()
        client.command(b'LOGIN global "' + harness.PASSWORD.encode() + b'"')
        forget_peak(pid)  # checking a password takes 64 MiB for a moment, by design of Argon2id
        lines = client.command(b"SELECT Outgoing")
        assert f"* {COUNT} EXISTS".encode() in lines, lines
        assert timed(client, pid, b"UID FETCH 1:* (FLAGS)", b"FETCH") == COUNT
        assert timed(client, pid, b"FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)", b"FETCH") >= COUNT
        assert timed(client, pid, b"UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])", b"FETCH") == COUNT
        assert timed(client, pid, b"UID SEARCH FROM example", b"SEARCH") == 1
        assert timed(client, pid, b"UID SEARCH HEADER X-PHP-Script wp-content", b"SEARCH") == 1
        assert timed(client, pid, b"UID SEARCH BODY attorney", b"SEARCH") == 1
        assert timed(client, pid, b"UID FETCH 1:* (BODY.PEEK[])", b"FETCH") >= COUNT
        peak = peak_kib(pid)
        client.close()
    assert peak <= LIMIT_KIB, f"peak memory {peak} KiB, at most {LIMIT_KIB}"
    print(f"peak {peak / 1024:.1f} MiB of {LIMIT_KIB // 1024}")


main()
