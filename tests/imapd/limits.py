#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Limits, floods and hostile clients."""
import contextlib
import resource
import signal
import socket
import time

from cases import Raw, eventually, main, probe, resident_kib, settings


def test_pipelining(sandbox):
    server = sandbox.server()
    with Raw(server) as client:
        client.login()
        client.send(b"".join(b"%d NOOP\r\n" % n for n in range(10000)))
        answers = client.until(b"9999 OK NOOP completed\r\n").split(b"\r\n")
    assert [a.split()[0] for a in answers[:-1]] == [b"%d" % n for n in range(10000)]


def test_byte_by_byte(sandbox):
    server = sandbox.server()
    with Raw(server) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b'\r\na LOGIN {6}\r\nglobal "correct horse battery"\r\nb SELECT Outgoing\r\nc LOGOUT\r\n':
            client.send(bytes([byte]))
        assert b"a OK" in client.until(b"a OK") and b"b OK" in client.until(b"b OK")
        assert client.rest().endswith(b"c OK LOGOUT completed\r\n")


def test_flood_of_commands_is_read_slowly(sandbox):
    """A client that sends and never reads: its input waits in its own socket, not in our memory."""
    server = sandbox.server()
    with Raw(server, receive_buffer=4096) as client:
        client.login()
        before = resident_kib(server)
        client.socket.settimeout(2)
        with contextlib.suppress(TimeoutError):
            for _ in range(4000):
                client.send(b"a NOOP\r\n" * 2048)
        probe(server)
        assert resident_kib(server) - before < 16 * 1024


def test_refused_commands_end_in_bye(sandbox):
    server = sandbox.server()
    for login, count in ((False, 3), (True, 20)):
        with Raw(server) as client:
            if login:
                client.login()
            client.send(b"x FOO\r\n" * (count + 50))
            answer = client.rest()
            assert answer.count(b"x BAD") == count and b"* BYE" in answer.splitlines()[-1], answer


def test_failed_logins_end_in_bye_and_are_delayed(sandbox):
    server = sandbox.server()
    started = time.monotonic()
    with Raw(server) as client:
        client.send(b"a LOGIN global wrong\r\nb LOGIN nobody wrong\r\nc AUTHENTICATE PLAIN =\r\n")
        answer = client.rest()
        assert [w in answer for w in (b"a NO", b"b NO", b"* BYE")] == [True] * 3, answer
    assert time.monotonic() - started > 2
    assert b"wrong" not in server.log().encode() and "correct horse" not in server.log()
    assert 'event=login result=denied' in server.log()


def test_guessing_in_parallel(sandbox):
    """64 connections from one address that each try three passwords get no more guesses than one would."""
    server = sandbox.server()

    def guesses():
        return sum("address=127.0.0.66" in line and "result=denied" in line for line in server.log().splitlines())

    with contextlib.ExitStack() as stack:
        started = time.monotonic()
        for n in range(64):
            guesser = stack.enter_context(Raw(server, source="127.0.0.66"))
            guesser.send(b"".join(b"%d LOGIN global guess%d.%d\r\n" % (i, n, i) for i in range(3)))
        eventually("the third guess", lambda: guesses() == 3)
        took = time.monotonic() - started
        assert took > 5.9, took
        started = time.monotonic()
        probe(server)
        assert time.monotonic() - started < 2


def test_a_turn_that_is_left_passes_on(sandbox):
    """Connections that go while their login is held back do not hold up the next one."""
    server = sandbox.server()
    with Raw(server) as client:
        client.send(b"a LOGIN global wrong\r\n")
        client.until(b"a NO")
    for _ in range(3):
        with Raw(server) as client:
            client.send(b"a LOGIN global wrong\r\n")
    probe(server)
    with Raw(server) as asked:
        asked.send(b"a AUTHENTICATE PLAIN\r\n")
        asked.until(b"+ ")
        probe(server)


def test_other_protocols_hear_nothing(sandbox):
    server = sandbox.server()
    for first in (b"GET / HTTP/1.1\r\n\r\n", b"POST /a\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\x02\x00\x01\x00"):
        with Raw(server) as client:
            client.send(first)
            assert client.rest() == b""


def test_long_lines_before_login(sandbox):
    server = sandbox.server()
    with Raw(server) as client:
        client.send(b"a NOOP " + b"x" * 8000 + b"\r\n")
        client.until(b"\r\n")
        client.send(b"b NOOP " + b"x" * 9000 + b"\r\nc NOOP\r\n")
        assert b"c OK" in client.until(b"c OK")
    with Raw(server) as client:
        with contextlib.suppress(ConnectionError, TimeoutError):
            for _ in range(1000):
                client.send(b"(" * 4096)
        assert b"* BYE" in client.rest()


def test_long_lines_after_login(sandbox):
    server = sandbox.server()
    with Raw(server) as client:
        client.login()
        client.send(b"a SELECT Outgoing\r\n")
        client.until(b"a OK")
        uids = b",".join(b"%d" % n for n in range(1, 200001, 2))
        client.send(b"b UID FETCH " + uids + b" (FLAGS)\r\n")
        assert b"b OK" in client.until(b"b OK")
        client.send(b"c UID FETCH 1:" + b"9" * 1100000 + b" (FLAGS)\r\nd NOOP\r\n")
        assert b"d OK" in client.until(b"d OK")


def test_oldest_before_login_makes_room(sandbox):
    server = sandbox.server(*settings(sandbox, max_before_login=8))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Raw(server)) for _ in range(8)]
        probe(server)
        assert clients[0].rest() == b""
        clients[1].send(b"a NOOP\r\n")
        clients[1].until(b"a OK")


def test_each_that_comes_at_once_is_made_room_for(sandbox):
    """Three are accepted in one turn: three make room, not the same one three times."""
    server = sandbox.server(*settings(sandbox, max_before_login=8))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Raw(server)) for _ in range(8)]
        server.process.send_signal(signal.SIGSTOP)
        try:
            late = [stack.enter_context(socket.create_connection(server.address())) for _ in range(3)]
        finally:
            server.process.send_signal(signal.SIGCONT)
        for client in late:
            assert client.recv(4) == b"* OK"
        for client in clients[:3]:
            assert client.rest() == b""
        clients[3].send(b"a NOOP\r\n")
        clients[3].until(b"a OK")


def test_addresses_are_limited_apart(sandbox):
    server = sandbox.server(*settings(sandbox, max_before_login_per_address=3))
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(Raw(server, source="127.0.0.9"))
        clients = [stack.enter_context(Raw(server)) for _ in range(4)]
        assert clients[0].rest() == b""
        other.send(b"a NOOP\r\n")
        other.until(b"a OK")


def test_all_connections_in_use(sandbox):
    server = sandbox.server(*settings(sandbox, max_connections=3))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Raw(server)).login() for _ in range(3)]
        late = stack.enter_context(Raw(server, greeting=False))
        assert b"* BYE [UNAVAILABLE]" in late.rest()
        clients[0].send(b"z LOGOUT\r\n")
        clients[0].rest()
        eventually("the place is free", lambda: server.log().count("event=disconnect") >= 1)
        probe(server)


def test_flood_of_connections(sandbox):
    """Good logins succeed while others open connections and say nothing."""
    server = sandbox.server()
    with contextlib.ExitStack() as stack:
        for n in range(600):
            stack.enter_context(Raw(server, greeting=False, source=f"127.0.1.{n % 200 + 1}"))
            if n % 100 == 0:
                started = time.monotonic()
                probe(server)
                assert time.monotonic() - started < 2


def test_timeouts(sandbox):
    server = sandbox.server(*settings(sandbox, login_timeout=1, command_timeout=1, idle_timeout=1))
    with Raw(server) as silent:
        assert b"* BYE" in silent.rest()
    with Raw(server) as half:
        half.login()
        half.send(b"a NOO")
        assert b"* BYE" in half.rest()
    with Raw(server) as waiting:
        waiting.send(b"a AUTHENTICATE PLAIN\r\n")
        waiting.until(b"+ ")
        assert b"* BYE" in waiting.rest()


def test_client_that_does_not_read_is_dropped(sandbox):
    server = sandbox.server(*settings(sandbox, write_timeout=1))
    message = b"Subject: large\r\n\r\n" + b"0123456789abcdef" * 4096 * 64
    sandbox.deliver(message, "-f", "a@example.com", "--", "b@example.com")
    with Raw(server, receive_buffer=4096) as client:
        client.login()
        client.send(b"a SELECT Outgoing\r\n")
        client.until(b"a OK")
        before = resident_kib(server)
        client.send(b"b FETCH 1 BODY.PEEK[]\r\n" * 10)
        eventually("dropped", lambda: "no progress in output" in server.log())
        assert resident_kib(server) - before < 16 * 1024


def test_descriptors_run_out(sandbox):
    """accept() fails: the server waits a little, does not spin, and recovers."""
    server = sandbox.server()
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (64, 64))
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(Raw(server)).login()
        for _ in range(80):
            stack.enter_context(Raw(server, greeting=False))
        eventually("accept fails", lambda: "event=accept-failed" in server.log())
        first.send(b"a NOOP\r\n")
        first.until(b"a OK")
        assert server.log().count("event=accept-failed") < 100
    probe(server)


def test_hangup_at_every_byte(sandbox):
    """A conversation cut at each of its bytes, closed and reset."""
    server = sandbox.server()
    conversation = (b'a LOGIN global "correct horse battery"\r\nb SELECT Outgoing\r\nc FETCH 1:* FLAGS\r\nd IDLE\r\nDONE\r\n'
                    b"e AUTHENTICATE PLAIN\r\nf LOGOUT\r\n")
    for cut in range(0, len(conversation), 2):
        with Raw(server, greeting=False) as client:
            client.send(conversation[:cut])
            if cut % 4:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    probe(server)
    assert server.process.poll() is None
    server.stop(signal.SIGTERM)
    assert server.log().count("event=connect ") == server.log().count("event=disconnect")


def test_metadata(sandbox):
    """Values and entries up to the limits; many of them go out in pieces."""
    server = sandbox.server(*settings(sandbox, metadata_size=2000, metadata_entries=150, admin_contact='"mailto:abuse@example.net"'))
    with Raw(server) as client:
        client.login()
        client.send(b'a GETMETADATA "" /shared/admin\r\n')
        assert b'(/shared/admin "mailto:abuse@example.net")' in client.until(b"a OK")
        for size, answer in ((2000, b"b OK"), (2001, b"b NO [METADATA MAXSIZE 2000]")):
            client.send(b"b SETMETADATA Trash (/private/x {%d+}\r\n%s)\r\n" % (size, b"x" * size))
            client.until(answer)
        for number in range(150):
            client.send(b"c SETMETADATA Trash (/shared/e/%d {2000+}\r\n%s)\r\n" % (number, b"%04d" % number * 500))
            client.until(b"c OK")
        client.send(b'd SETMETADATA Trash (/shared/e/150 "" /shared/e/1 "")\r\n')
        client.until(b"d NO [METADATA TOOMANY]")
        client.send(b"e GETMETADATA (DEPTH 1) Trash /shared/e\r\nf LIST \"\" Trash RETURN (METADATA (DEPTH 1) (/shared/e))\r\n")
        for tag in (b"e OK", b"f OK"):
            answer = client.until(tag)
            for number in range(150):
                assert answer.count(b"%04d" % number * 500) == 1, (tag, number)
            assert answer.count(b"* METADATA Trash (") == 2, answer.count(b"* METADATA")


if __name__ == "__main__":
    main(globals())
