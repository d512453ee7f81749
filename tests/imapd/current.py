#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What others have done and been told of is seen by the next command, although much is answered from memory."""
import contextlib
import socket
import threading

from cases import Raw, main

MESSAGE = b"Subject: news\r\n\r\nbody %d\r\n"


def say(client, command):
    client.send(b"a " + command + b"\r\n")
    return client.until(b"a OK")


def deliver(sandbox, n):
    sandbox.deliver(MESSAGE % n, "-f", "a@example.com", "--", "b@example.com")


def test_each_delivery(sandbox):
    """Through the server and, as an import, by another process."""
    server = sandbox.server()
    with Raw(server).login() as client, Raw(server).login() as other:
        say(client, b"SELECT Outgoing")
        for n in range(1, 41):
            if n % 4 == 0:
                sandbox.import_messages([MESSAGE % n])
            else:
                deliver(sandbox, n)
            assert b"(MESSAGES %d)" % n in say(other, b"STATUS Outgoing (MESSAGES)")
            assert b"* %d EXISTS" % n in say(client, b"NOOP")
            assert b"EXISTS" not in say(client, b"NOOP")
            assert b"* %d EXISTS" % n in say(other, b"SELECT Outgoing")
            assert b"* %d EXISTS" % n in say(other, b"SELECT Outgoing")


def test_each_change(sandbox):
    """Of flags, keywords, mailboxes and what is there, by another session."""
    server = sandbox.server()
    sandbox.import_messages([MESSAGE % n for n in range(20)])
    with Raw(server).login() as client, Raw(server).login() as other:
        say(client, b"SELECT Outgoing")
        say(other, b"SELECT Outgoing")
        for n in range(1, 11):
            say(other, b"STORE %d +FLAGS.SILENT (\\Seen $k%d)" % (n, n))
            news = say(client, b"NOOP")
            assert b"* %d FETCH" % n in news and b"$k%d" % n in news, news
            assert b"(UNSEEN %d)" % (20 - n) in say(client, b"STATUS Outgoing (UNSEEN)")
            assert b"[UNSEEN %d]" % (n + 1) in say(client, b"SELECT Outgoing")
        for n in range(10):
            say(other, b"CREATE Box%d" % n)
            assert b"(MESSAGES 0)" in say(client, b"STATUS Box%d (MESSAGES)" % n)
            say(other, b"MOVE 1 Box%d" % n)
            assert b"* 1 EXPUNGE" in say(client, b"NOOP")
            assert b"(MESSAGES 1)" in say(client, b"STATUS Box%d (MESSAGES)" % n)
            say(other, b"RENAME Box%d Case%d" % (n, n))
            client.send(b"b STATUS Box%d (MESSAGES)\r\n" % n)
            client.until(b"b NO")
            assert b"(MESSAGES 1)" in say(client, b"STATUS Case%d (MESSAGES)" % n)


def test_order_of_pipelined_commands(sandbox):
    """Quick answers do not overtake those for which the store is read."""
    server = sandbox.server()
    sandbox.import_messages([MESSAGE % n for n in range(100)])
    commands = [b"NOOP", b"UID FETCH 1:* (FLAGS ENVELOPE)", b"STATUS Outgoing (MESSAGES)", b"SELECT Outgoing", b"NOOP",
                b"STORE 1:5 +FLAGS (\\Flagged)", b"NOOP", b"STORE 1:5 -FLAGS (\\Flagged)", b"CHECK"]
    with Raw(server).login() as client:
        say(client, b"SELECT Outgoing")
        client.send(b"".join(b"t%d %s\r\n" % (i, commands[i % len(commands)]) for i in range(900)))
        answers = client.until(b"t899 OK").split(b"\r\n")
    tags = [answer.split()[0] for answer in answers if answer.startswith(b"t")]
    assert tags == [b"t%d" % i for i in range(900)]


def test_beside_endless_noops(sandbox):
    """One that pipelines without an end what is answered at once leaves time for others."""
    server = sandbox.server()
    with Raw(server).login() as greedy, Raw(server).login() as modest:
        say(greedy, b"SELECT Outgoing")
        say(modest, b"SELECT Outgoing")

        def ask():
            with contextlib.suppress(OSError):
                while True:
                    greedy.send(b"a NOOP\r\n" * 1000)

        def listen():
            with contextlib.suppress(OSError):
                while greedy.socket.recv(65536):
                    pass

        threads = [threading.Thread(target=ask), threading.Thread(target=listen)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(20):
                say(modest, b"NOOP")
            assert all(thread.is_alive() for thread in threads)
        finally:
            greedy.socket.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    main(globals())
