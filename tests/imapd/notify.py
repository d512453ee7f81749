#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""NOTIFY at the socket: news without a command, soon, once, and only where they may stand."""
import contextlib
import time

from cases import LOGIN, Raw, main, settings

SELECTED = b"(selected (MessageNew (UID) MessageExpunge FlagChange))"


def deliver(sandbox, direction="outgoing"):
    sandbox.deliver(b"Subject: news\r\n\r\nbody\r\n", "-f", "a@example.com", "--", "b@example.com", direction=direction)


def watch(client, what=SELECTED, mailbox=b"Outgoing"):
    client.send(LOGIN + b"s SELECT " + mailbox + b"\r\nn NOTIFY SET " + what + b"\r\n")
    client.until(b"n OK NOTIFY completed\r\n")
    return client


def test_soon(sandbox):
    """Within 100 ms of the end of the delivery by another process, as the median of ten (sanitizers and all)."""
    server = sandbox.server()
    times = []
    with watch(Raw(server), SELECTED + b" (mailboxes Incoming (MessageNew MessageExpunge))") as client:
        for n in range(1, 11):
            deliver(sandbox)
            delivered = time.monotonic()
            client.until(b"* %d FETCH (UID %d)\r\n" % (n, n))
            times.append(time.monotonic() - delivered)
            deliver(sandbox, "incoming")
            client.until(b"* STATUS Incoming (MESSAGES %d UIDNEXT %d)\r\n" % (n, n + 1))
    print(f"  heard after {sorted(times)[5] * 1000:.1f} ms, at worst {max(times) * 1000:.1f} ms")
    assert sorted(times)[5] < 0.1


def test_all_hear_of_it(sandbox):
    """Some in IDLE, some by NOTIFY, some of another mailbox."""
    server = sandbox.server()
    with contextlib.ExitStack() as stack:
        here = [watch(stack.enter_context(Raw(server, source=f"127.0.4.{n}"))) for n in range(1, 21)]
        others = [watch(stack.enter_context(Raw(server, source=f"127.0.5.{n}")),
                        b"(personal (MessageNew MessageExpunge))", b"INBOX") for n in range(1, 21)]
        idler = stack.enter_context(Raw(server))
        idler.send(LOGIN + b"s SELECT Outgoing\r\ni IDLE\r\n")
        idler.until(b"+ idling\r\n")
        for n in range(1, 4):
            deliver(sandbox)
            for client in here:
                client.until(b"* %d FETCH (UID %d)\r\n" % (n, n))
            for client in others:
                client.until(b"* STATUS Outgoing (MESSAGES %d UIDNEXT %d)\r\n" % (n, n + 1))
            idler.until(b"* %d EXISTS\r\n" % n)


def test_amid_a_command(sandbox):
    """What comes while a command is being sent is told at its end: before its tagged line, and once."""
    server = sandbox.server()
    with watch(Raw(server)) as client, watch(Raw(server)) as other:
        client.send(b"a FETCH 1:* (UI")
        client.send(b"")
        deliver(sandbox)
        other.until(b"* 1 FETCH (UID 1)\r\n")
        client.send(b"D)\r\nb NOOP\r\n")
        said = client.until(b"b OK NOOP completed\r\n")
        assert said.count(b"* 1 EXISTS\r\n") == 1, said
        # a literal that waits for the "+"
        client.send(b"c SELECT {8}\r\n")
        client.until(b"+ OK\r\n")
        deliver(sandbox)
        other.until(b"* 2 FETCH (UID 2)\r\n")
        client.send(b"Outgoing\r\n")
        assert b"* 2 EXISTS\r\n" in client.until(b"c OK")


def test_pipelined_commands(sandbox):
    """Commands that come while news are told are run behind them."""
    server = sandbox.server()
    with watch(Raw(server)) as client:
        for n in range(1, 21):
            deliver(sandbox)
            client.send(b"x UID SEARCH ALL\r\n")
            client.until(b"x OK SEARCH completed\r\n")
        client.send(b"y STATUS Outgoing (MESSAGES)\r\n")
        client.until(b"* STATUS Outgoing (MESSAGES 20)\r\n")


def test_flood_is_joined(sandbox):
    """Thousands of arrivals in groups: far fewer answers, and the last of them is right."""
    server = sandbox.server()
    with watch(Raw(server), b"(personal (MessageNew MessageExpunge))", b"INBOX") as client:
        sandbox.import_messages([b"Subject: many %d\r\n\r\nx\r\n" % n for n in range(2000)])
        said = client.until(b"MESSAGES 2000 UIDNEXT 2001)\r\n")
        assert said.count(b"* STATUS Outgoing") <= 1000, said.count(b"* STATUS")


def test_client_that_does_not_read(sandbox):
    """It is left alone: the others hear in time, and when it reads again it gets all of it."""
    server = sandbox.server()
    items = b"(selected (MessageNew (UID BODY.PEEK[]) MessageExpunge))"
    body = b"x" * 70 + b"\r\n"
    with watch(Raw(server, receive_buffer=4096), items) as slow, watch(Raw(server)) as other:
        for n in range(3):
            sandbox.import_messages([b"Subject: %d of %d\r\n\r\n" % (i, n) + body * 1000 for i in range(20)])
            other.until(b"* %d FETCH (UID %d)\r\n" % (20 * n + 20, 20 * n + 20))
        tail, answers = b"", 0
        while answers < 60:
            lines = (tail + slow.socket.recv(65536)).split(b"\r\n")
            answers += sum(b" FETCH (UID " in line for line in lines[:-1])
            tail = lines[-1]


def test_hangup(sandbox):
    server = sandbox.server()
    for _ in range(20):
        watch(Raw(server)).socket.close()
    deliver(sandbox)
    with watch(Raw(server)) as client:
        deliver(sandbox)
        client.until(b"* 2 FETCH (UID 2)\r\n")


def test_replaced_while_it_rings(sandbox):
    """Other mailboxes to watch, again and again, while mail arrives."""
    server = sandbox.server()
    with watch(Raw(server)) as client:
        for n in range(1, 11):
            client.send(b"".join(b"r NOTIFY SET (personal (MessageNew MessageExpunge)) " + SELECTED + b"\r\n" for _ in range(50)))
            deliver(sandbox)
            client.until(b"* %d FETCH (UID %d)\r\n" % (n, n))
        client.send(b"z NOOP\r\n")
        client.until(b"z OK NOOP completed\r\n")


def test_compressed(sandbox):
    """News between commands are compressed as all else is."""
    import zlib
    server = sandbox.server()
    with Raw(server) as client:
        client.send(LOGIN + b"s SELECT Outgoing\r\nc COMPRESS DEFLATE\r\n")
        client.until(b"c OK")
        client.until(b"\r\n")
        pack, unpack = zlib.compressobj(wbits=-15), zlib.decompressobj(-15)
        command = b"n NOTIFY SET " + SELECTED + b"\r\n"
        client.socket.sendall(pack.compress(command) + pack.flush(zlib.Z_SYNC_FLUSH))
        said = b""
        deliver(sandbox)
        while b"* 1 FETCH (UID 1)\r\n" not in said:
            said += unpack.decompress(client.socket.recv(4096))


def test_closed_for_inactivity(sandbox):
    server = sandbox.server(*settings(sandbox, idle_timeout=1))
    with watch(Raw(server)) as client:
        client.until(b"* BYE Closed for inactivity\r\n")


if __name__ == "__main__":
    main(globals())
