#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Clients that want the server's memory, time or life: every state fed too much, too little, or nonsense."""
import contextlib
import itertools
import os
import socket
import time

from cases import LOGIN, Raw, eventually, harness, main, probe, resident_kib, settings

MIB = 1024
UTF8_ERRORS = (b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\x80", b"\xff",
               b"\xe2\x82", b"caf\xc3")


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def selected(server):
    client = Raw(server).login()
    client.send(b"s SELECT Outgoing\r\n")
    client.until(b"s OK")
    client.until(b"\r\n")
    return client


def test_unfinished_lines_take_no_memory(sandbox):
    """256 connections that have not logged in, each in the middle of a line of the greatest length."""
    server = sandbox.server()
    probe(server)
    before = resident_kib(server)
    with contextlib.ExitStack() as stack:
        for n in range(252):
            client = stack.enter_context(Raw(server, source=f"127.0.4.{n // 60 + 1}"))
            unit = (b"(", b")", b"()", b"{1}", b'"')[n % 5]
            client.send(b"a NOOP " + unit * (8100 // len(unit)))
        probe(server)
        assert resident_kib(server) - before < 32 * MIB


def test_unfinished_commands_take_no_time(sandbox):
    """A conversation cut at its bytes, then silent or half-closed, until the server has had enough."""
    server = sandbox.server(*settings(sandbox, command_timeout=2, login_timeout=3, idle_timeout=2))
    said = b'a LOGIN {6}\r\nglobal "correct horse battery"\r\nb AUTHENTICATE PLAIN\r\nAGdsb2JhbA==\r\nc ID ("a" NIL)\r\n'
    with contextlib.ExitStack() as stack:
        clients = []
        for cut in range(1, len(said), 2):
            client = stack.enter_context(Raw(server, source=f"127.0.5.{cut + 1}"))
            client.send(said[:cut])
            if cut % 4 == 1:
                client.socket.shutdown(socket.SHUT_WR)
            clients.append(client)
        probe(server)
        before = cpu_seconds(server)
        for client in clients:
            client.rest()
        assert cpu_seconds(server) - before < 1.5
    probe(server)


def test_commands_before_login(sandbox):
    """Each of them with nothing, too much, a wrong kind, a literal, a NUL: one tagged answer, or the end."""
    server = sandbox.server()
    commands = (b"CAPABILITY", b"NOOP", b"ID", b"LOGIN", b"AUTHENTICATE", b"STARTTLS", b"ENABLE", b"SELECT", b"UID FETCH", b"XYZZY", b"")
    arguments = (b"", b" ", b" x", b" x y z", b" ()", b" ((", b' "', b' "\0" x', b" {0+}\r\n", b" {3+}\r\na\0b x", b" {99999}", b" {1", b" NIL",
                 b" \x80 \xff", b" \\", b' "\\', b" * *", b" PLAIN !", b" PLAIN =", b" {18446744073709551616}")
    for n, (command, argument) in enumerate(itertools.product(commands, arguments)):
        with Raw(server, source=f"127.0.6.{n % 250 + 1}") as client:
            client.send(b"tag " + command + argument + b"\r\n")
            client.socket.shutdown(socket.SHUT_WR)
            answers = client.rest().split(b"\r\n")
            tagged = [line for line in answers if line.startswith(b"tag ")]
            # A password may not have been looked at when the client has gone.
            assert len(tagged) <= 1 and (tagged or any(line.startswith((b"+", b"* BYE")) for line in answers) or
                                         b"\0" in argument or command in (b"LOGIN", b"AUTHENTICATE")), (command, argument, answers)
    probe(server)
    assert server.log().count("result=accepted") == 1


def test_broken_authentication_beside_good(sandbox):
    """Exchanges that are cancelled, broken or nonsense leave others alone, and no memory behind."""
    server = sandbox.server()
    probe(server)
    before = resident_kib(server)
    for n in range(400):
        with Raw(server, source=f"127.0.{n // 200 + 20}.{n % 200 + 1}") as client:
            client.send(b"a AUTHENTICATE PLAIN" + (b"\r\n*\r\n", b"\r\n!!!!\r\n", b" ====\r\n", b"\r\n", b"\r\nAGdsb2JhbA\r\n")[n % 5])
            if n % 5 != 3:
                client.until(b"a ")
        if n % 50 == 0:
            started = time.monotonic()
            probe(server)
            assert time.monotonic() - started < 5
    assert resident_kib(server) - before < 16 * MIB


def test_very_many_literals(sandbox):
    """The hundredth is taken, of the next none is asked for, and the session goes on."""
    server = sandbox.server(*settings(sandbox, literals=100))
    for count, wanted in ((99, b"a OK"), (100, b"a OK"), (101, b"a BAD")):
        with selected(server) as client:
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.send(b"a SEARCH")
            asked = 0
            for _ in range(count):
                client.send(b" SUBJECT {1}\r\n")
                answer = client.until(b"\r\n")
                if not answer.startswith(b"+"):
                    client.pending = answer + client.pending
                    break
                asked += 1
                client.send(b"x")
            else:
                client.send(b"\r\n")
            client.until(wanted)
            client.until(b"\r\n")
            client.send(b"b NOOP\r\n")
            client.until(b"b OK")
            assert asked == min(count, 100)


def test_every_state_has_an_end(sandbox):
    """Each state of the parser is fed its own legal byte without end, and answers, or ends the session."""
    server = sandbox.server(*settings(sandbox, line=65536, command_size=131072, literal=65536, bad_commands_before_login=1000))
    forms = ((b"", b"A"), (b"a ", b"N"), (b"a NOOP ", b"x"), (b'a LOGIN "', b"x"), (b'a LOGIN "', b'\\"'), (b"a LOGIN x ", b"y"),
             (b"a ID (", b'"k" "v" '), (b"a ID ", b"("), (b"a LOGIN {", b"1"), (b"a AUTHENTICATE PLAIN ", b"QUFB"),
             (b"a AUTHENTICATE PLAIN\r\n", b"QUFB"), (b"a LOGIN ", b"{1+}\r\nx "), (b"", b"\r\n"), (b"a UID ", b" "))
    after = ((b"a FETCH 1:", b"9"), (b"a FETCH ", b"1,"), (b"a SEARCH ", b"NOT "), (b"a SEARCH ", b"("), (b"a SEARCH OR ", b"OR "),
             (b'a LIST "" "', b"*"), (b"a STORE 1 FLAGS (", b"\\Seen "), (b"a FETCH 1 BODY[", b"1."), (b"a APPEND x (", b"k "),
             (b"a IDLE\r\n", b"D"), (b"a SELECT Outgoing (", b"QRESYNC "), (b"a SORT (", b"DATE "))
    for logged_in, cases in ((False, forms), (True, after)):
        for begun, unit in cases:
            with selected(server) if logged_in else Raw(server) as client:
                client.socket.settimeout(0.2)
                sent, block = 0, unit * (16384 // len(unit))
                with contextlib.suppress(OSError):
                    client.send(begun)
                    while sent < 1 << 20:
                        client.send(block)
                        sent += len(block)
                client.socket.settimeout(60)
                with contextlib.suppress(OSError):
                    client.send(b"\r\n")
                    client.socket.shutdown(socket.SHUT_WR)
                answer = client.rest()
                assert unit == b"\r\n" or b"BAD" in answer or b"BYE" in answer or b"NO" in answer, (begun, unit, sent, answer[-200:])
    probe(server)


def test_lengths_of_literals(sandbox):
    """What is announced takes no memory, and what overflows is refused."""
    server = sandbox.server()
    probe(server)
    before = resident_kib(server)
    lengths = (b"4294967295", b"4294967296", b"2147483648", b"18446744073709551615", b"18446744073709551616", b"9" * 40, b"-1", b"1 ",
               b"", b"1+1", b"0x10", b"131073")
    for length, plus, logged_in in itertools.product(lengths, (b"", b"+"), (False, True)):
        with selected(server) if logged_in else Raw(server) as client:
            client.send((b"a SEARCH SUBJECT {" if logged_in else b"a LOGIN {") + length + plus + b"}\r\n")
            client.socket.shutdown(socket.SHUT_WR)
            answer = client.rest()
            waits = plus and length == b"131073"   # it is read and dropped before it is answered
            assert not answer.startswith(b"+") and (b"a BAD" in answer or b"BYE" in answer or waits), (length, answer)
    assert resident_kib(server) - before < 8 * MIB
    probe(server)


def test_sequence_sets(sandbox):
    """Cost follows what is there, not what the numbers span."""
    sandbox.import_messages([b"Subject: %d\r\n\r\n" % n for n in range(3)])
    server = sandbox.server()
    with selected(server) as client:
        before = resident_kib(server)
        for text, count in ((b"1:4294967295", 3), (b"*:1", 3), (b"4294967295:*", 1), (b"*", 1), (b"2:2,2,2", 1),
                            (b",".join(b"%d:%d" % (n, n) for n in range(1, 20002, 2)), 2)):
            started = time.monotonic()
            client.send(b"a UID FETCH " + text + b" (FLAGS)\r\n")
            answer = client.until(b"a OK")
            assert answer.count(b" FETCH (") == count and time.monotonic() - started < 2, (text[:30], answer)
            client.until(b"\r\n")
        for text in (b"1,", b",1", b"1:", b":1", b"0", b"1:2:3", b"1,,2", b"4294967296", b"-1", b"1:18446744073709551616", b"**", b"1 2"):
            client.send(b"b UID FETCH " + text + b" (FLAGS)\r\n")
            client.until(b"b BAD")
            client.until(b"\r\n")
        assert resident_kib(server) - before < 16 * MIB


def test_texts_that_are_no_texts(sandbox):
    """Invalid UTF-8, formats and SQL as names, keys and mailboxes: refused or not found, in one line of the log."""
    server = sandbox.server()
    nasty = UTF8_ERRORS + (b"%n%s%n", b"' OR 1=1--", b"%{user}", b"../../etc/passwd", b"x" * 1000, b"global\0", b"\x1b[2J")
    for n, name in enumerate(nasty):
        with Raw(server, source=f"127.0.8.{n + 1}") as client:
            client.send(b"a LOGIN {%d+}\r\n%s {3+}\r\nabc\r\n" % (len(name), name))
            answer = client.until(b"\r\n")
            assert answer.startswith((b"a NO", b"a BAD")), (name, answer)
    with selected(server) as client:
        for name in nasty[:-2]:
            literal = b"{%d+}\r\n%s" % (len(name), name)
            for command in (b"SELECT %s", b"STATUS %s (MESSAGES)", b"SEARCH CHARSET UTF-8 SUBJECT %s", b"CREATE %s", b"LIST \"\" %s"):
                if command.startswith(b"CREATE") and b"passwd" not in name and n > 0:
                    continue
                client.send(b"b NOOP\r\nc " + command % literal + b"\r\n")
                answer = client.until(b"\r\nc ")
                assert b"\0" not in answer + client.until(b"\r\n")
                client.send(b"d SELECT Outgoing\r\n")
                client.until(b"d OK")
    assert all(line.isprintable() and len(line) <= 1024 for line in server.log().splitlines())


def test_numbers_at_their_ends(sandbox):
    sandbox.import_messages([b"Subject: %d\r\n\r\nbody\r\n" % n for n in range(3)])
    server = sandbox.server(*settings(sandbox, bad_commands=1000))
    numbers = (b"0", b"1", b"4294967295", b"4294967296", b"9223372036854775807", b"9223372036854775808", b"18446744073709551615",
               b"18446744073709551616")
    with selected(server) as client:
        for one, other in itertools.product(numbers, numbers):
            for command in (b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE %s)" % one, b"FETCH 1 BODY.PEEK[]<%s.%s>" % (one, other),
                            b"SEARCH RETURN (PARTIAL %s:%s) ALL" % (one, other), b"STORE 1 (UNCHANGEDSINCE %s) +FLAGS (\\Seen)" % one,
                            b"SEARCH LARGER %s SMALLER %s MODSEQ %s" % (one, other, one), b"SEARCH OLDER %s YOUNGER %s" % (one, other)):
                client.send(b"a " + command + b"\r\n")
                while True:
                    line = client.until(b"\r\n")
                    if line.startswith(b"a "):
                        break
    probe(server)


def test_a_needle_that_nearly_fits(sandbox):
    """A search that a naive one would take for ever for."""
    sandbox.import_messages([b"Subject: x\r\n\r\n" + (b"a" * 998 + b"\r\n") * 8000])
    server = sandbox.server()
    with selected(server) as client:
        started = time.monotonic()
        client.send(b'a SEARCH BODY "' + b"a" * 990 + b'b"\r\n')
        client.until(b"a OK")
        assert time.monotonic() - started < 10


def test_logins_beyond_what_can_be_checked(sandbox):
    """Those that find no place are told so at once; who is logged in feels nothing."""
    server = sandbox.server(*settings(sandbox, auth_workers=1, auth_queue=2))
    with contextlib.ExitStack() as stack:
        inside = stack.enter_context(Raw(server)).login()
        clients = [stack.enter_context(Raw(server, source=f"127.0.9.{n + 1}")) for n in range(40)]
        for client in clients:
            client.send(b"a LOGIN global wrong\r\n")
        inside.send(b"n NOOP\r\n")
        inside.until(b"n OK")
        answers = [client.until(b"\r\n") for client in clients]
        assert any(b"a NO [UNAVAILABLE]" in answer for answer in answers) and any(b"AUTHENTICATIONFAILED" in answer for answer in answers)
    eventually("all is over", lambda: server.log().count("event=disconnect") >= 41)
    probe(server)


def test_many_clients_behind_one_address(sandbox):
    """Twenty mail programs of five connections each, from one place."""
    server = sandbox.server()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Raw(server, source="127.0.10.1")).login() for _ in range(100)]
        for client in clients:
            client.send(b"a NOOP\r\n")
        for client in clients:
            client.until(b"a OK")


if __name__ == "__main__":
    main(globals())
