#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""IDLE: who hears of new mail, how soon, and what clients do around it."""
import contextlib
import time

from cases import LOGIN, Raw, main, settings

MESSAGE = b"Subject: news\r\n\r\nbody\r\n"


def idle(client, mailbox=b"Outgoing"):
    client.send(LOGIN + b"s SELECT " + mailbox + b"\r\ni IDLE\r\n")
    client.until(b"+ idling\r\n")
    return client


def deliver(sandbox, direction="outgoing"):
    sandbox.deliver(MESSAGE, "-f", "a@example.com", "--", "b@example.com", direction=direction)


def test_all_hear_of_it(sandbox):
    server = sandbox.server()
    with contextlib.ExitStack() as stack:
        clients = [idle(stack.enter_context(Raw(server, source=f"127.0.3.{n}"))) for n in range(1, 51)]
        other = idle(stack.enter_context(Raw(server)), b"Incoming")
        for n in range(1, 4):
            deliver(sandbox)
            for client in clients:
                client.until(b"* %d EXISTS\r\n" % n)
        deliver(sandbox, "incoming")
        other.until(b"* 1 EXISTS\r\n")
        assert other.pending in (b"", b"* 1 RECENT\r\n")


def test_soon(sandbox):
    """Within 100 ms of the end of the delivery, as the median of ten (sanitizers and all)."""
    server = sandbox.server()
    times = []
    with idle(Raw(server)) as client:
        for n in range(1, 11):
            deliver(sandbox)
            delivered = time.monotonic()
            client.until(b"* %d EXISTS\r\n" % n)
            times.append(time.monotonic() - delivered)
    print(f"  heard after {sorted(times)[5] * 1000:.1f} ms, at worst {max(times) * 1000:.1f} ms")
    assert sorted(times)[5] < 0.1


def test_done(sandbox):
    server = sandbox.server()
    with Raw(server) as client:
        client.login()
        client.send(b"a IDLE\r\nDONE\r\nb NOOP\r\n")  # before our "+"
        assert client.until(b"b OK NOOP completed\r\n").startswith(b"+ idling\r\na OK")
        client.send(b"a IDLE\r\n")
        client.until(b"+ idling\r\n")
        client.send(b"\r\ndone\r\nb NOOP\r\n")  # in one packet
        assert client.until(b"b OK NOOP completed\r\n").startswith(b"a OK")
        client.send(b"a IDLE\r\n")
        client.until(b"+ idling\r\n")
        client.send(b"c NOOP\r\nd NOOP\r\n")
        assert client.until(b"d OK").startswith(b"a BAD")


def test_heartbeat(sandbox):
    server = sandbox.server(*settings(sandbox, heartbeat=1, idle_timeout=1))
    with idle(Raw(server)) as client:
        for _ in range(3):
            client.until(b"* OK Still here\r\n")
        deliver(sandbox)
        client.until(b"* 1 EXISTS\r\n")


def test_commit_while_busy(sandbox):
    """Deliveries while an idling client is being served: none is missed."""
    server = sandbox.server()
    with idle(Raw(server)) as client:
        for _ in range(20):
            deliver(sandbox)
        client.until(b"* 20 EXISTS\r\n")


def test_hangup_while_idle(sandbox):
    server = sandbox.server()
    for _ in range(20):
        idle(Raw(server)).socket.close()
    deliver(sandbox)
    with idle(Raw(server)) as client:
        deliver(sandbox)
        client.until(b"* 2 EXISTS\r\n")


if __name__ == "__main__":
    main(globals())
