#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The figures for monitoring: right, in the form that Prometheus reads, and no way to hold up the server."""
import contextlib
import os
import re
import socket
import struct
import subprocess

from cases import Raw, harness, main, probe, settings


def scrape(path):
    out = harness.run("curl", "-sS", "--max-time", "20", "--unix-socket", path, "http://localhost/metrics").stdout.decode()
    figures = {}
    for line in out.splitlines():
        if not line.startswith("# "):
            match = re.fullmatch(r'(quarantine_[a-z_]+(?:\{[a-z]+="[^"]+"\})?) ([0-9.]+)', line)
            assert match and match[1] not in figures, line
            figures[match[1]] = float(match[2])
            assert f"# TYPE {re.sub('_(bucket|sum|count)$', '', match[1].partition('{')[0])} " in out, line
    return figures


def test_figures(sandbox):
    path = os.path.join(sandbox.path, "metrics.sock")
    for received in ("2025-11-14T22:13:20Z", "2026-01-31T12:00:00Z"):
        sandbox.deliver(b"Subject: x\r\n\r\n", "--received", received, "-f", "a@example.com", "--", "b@example.com")
    server = sandbox.server(*settings(sandbox, metrics=f'"{path}"'))
    first = scrape(path)
    assert first['quarantine_received_total{mailbox="Outgoing"}'] == 2
    assert first['quarantine_messages{mailbox="Incoming"}'] == 0
    assert first['quarantine_oldest_message_timestamp_seconds{mailbox="Outgoing"}'] == 1763158400
    assert first["quarantine_database_bytes"] > 0 and first["quarantine_store_up"] == 1
    with Raw(server) as client:
        client.login()
        for _ in range(5):
            client.send(b"a SELECT Outgoing\r\n")
            client.until(b"a OK")
        with Raw(server) as other:
            other.send(b"a LOGIN global wrong\r\n")
            other.until(b"a NO")
            then = scrape(path)
    assert then['quarantine_logins_total{result="accepted"}'] == 1
    assert then['quarantine_logins_total{result="denied"}'] == 1
    assert then['quarantine_sessions{state="logged_in"}'] == 1
    assert then['quarantine_sessions{state="before_login"}'] == 1
    assert then["quarantine_connections_total"] == 2
    assert then["quarantine_command_seconds_count"] == then['quarantine_command_seconds_bucket{le="+Inf"}'] == 5


def test_oldest(sandbox):
    """Also when an import brought it last, and after it has left."""
    path = os.path.join(sandbox.path, "metrics.sock")
    server = sandbox.server(*settings(sandbox, metrics=f'"{path}"'))
    oldest = 'quarantine_oldest_message_timestamp_seconds{mailbox="Outgoing"}'
    assert scrape(path)[oldest] == 0
    for received, wanted in (("2026-01-31T12:00:00Z", 1769860800), ("2025-11-14T22:13:20Z", 1763158400),
                             ("2026-02-01T00:00:00Z", 1763158400)):
        sandbox.deliver(b"Subject: x\r\n\r\n", "--received", received, "-f", "a@example.com", "--", "b@example.com")
        assert scrape(path)[oldest] == wanted
    with Raw(server) as client:
        client.login()
        for uid, left in ((2, 1769860800), (1, 1769904000), (3, 0)):
            client.send(b"a SELECT Outgoing\r\nb UID STORE %d +FLAGS (\\Deleted)\r\nc EXPUNGE\r\n" % uid)
            client.until(b"c OK")
            assert scrape(path)[oldest] == left


def test_deliveries(sandbox):
    path = os.path.join(sandbox.path, "metrics.sock")
    server = sandbox.server(*settings(sandbox, metrics=f'"{path}"'))
    for _ in range(3):
        sandbox.deliver(b"Subject: x\r\n\r\n", "-f", "a@example.com", "--", "b@example.com")
    with socket.socket(socket.AF_UNIX) as program:
        program.connect(os.path.join(sandbox.store, "deliver", "socket"))
        program.sendall(b"QDq1" + struct.pack("<IQ", 4, 4) + b"what" + b"text")
        assert program.recv(4) == b"QDa1"
        figures = scrape(path)
        assert figures["quarantine_delivery_connections"] == 1, figures
    server.stop()
    assert figures['quarantine_deliveries_total{result="stored"}'] == 3
    assert figures['quarantine_deliveries_total{result="invalid"}'] == 1
    assert figures['quarantine_deliveries_total{result="disk_full"}'] == 0
    assert figures["quarantine_delivery_seconds_count"] == 4
    assert figures['quarantine_delivery_seconds_bucket{le="10.000"}'] >= figures['quarantine_delivery_seconds_bucket{le="0.001"}']


def test_a_disk_that_is_too_full(sandbox):
    """The setting holds for what is handed over, and monitoring sees why deliveries are refused."""
    path = os.path.join(sandbox.path, "metrics.sock")
    sandbox.server(*settings(sandbox, metrics=f'"{path}"', min_free=1 << 60))
    done = sandbox.deliver(b"Subject: x\r\n\r\n", "-f", "a@example.com", "--", "b@example.com", check=False)
    assert done.returncode == 75, done
    assert scrape(path)['quarantine_deliveries_total{result="disk_full"}'] == 1


def test_hostile_readers(sandbox):
    path = os.path.join(sandbox.path, "metrics.sock")
    server = sandbox.server(*settings(sandbox, metrics=f'"{path}"'))
    for request in (b"", b"GET", b"\0" * 4096, b"x" * 4095 + b"\n\n", b"\r\n\r\n" * 100):
        with socket.socket(socket.AF_UNIX) as reader:
            reader.connect(path)
            reader.sendall(request)
            if request.endswith(b"\0") or request.endswith(b"\n"):
                with contextlib.suppress(ConnectionResetError):   # what it sent too much
                    while reader.recv(65536):
                        pass
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as second:
        silent.connect(path)
        probe(server)
        second.connect(path)
        assert second.recv(100) == b""   # one at a time
        assert silent.recv(100) == b""   # after five seconds
    assert scrape(path)


def test_loopback_only(sandbox):
    done = subprocess.run([harness.program("quarantine-imapd"), "--store", sandbox.store, "--listen", "127.0.0.1:0",
                           *settings(sandbox, metrics='"0.0.0.0:0"')], capture_output=True, check=False, timeout=60)
    assert done.returncode == 78 and b"metrics" in done.stderr, done
    server = sandbox.server(*settings(sandbox, metrics='"127.0.0.1:0"'))
    where = re.search(r"event=metrics on=(\S+)", server.log())[1]
    assert "quarantine_store_up 1" in harness.run("curl", "-sS", f"http://{where}/metrics").stdout.decode()


if __name__ == "__main__":
    main(globals())
