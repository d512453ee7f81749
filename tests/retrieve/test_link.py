# SPDX-License-Identifier: ISC
"""The connection: what breaks, what is hostile, what stays open, what is interrupted."""
import os
import queue
import re
import resource
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
from imapserver import Server  # noqa: E402
from test_retrieve import SUPPRESSIONS, TITLES, TOOL, RetrieveTest, header, today  # noqa: E402


def breaking(times, command="FETCH", after=0):
    """An answer that closes the connection `times` times, once it has been given `after` times."""
    seen = []

    def answer(server, tag, line):
        seen.append(line)
        if after < len(seen) <= after + times:
            return None
        return getattr(server, "do_" + command.lower())(tag, line)
    return answer


class Broken(RetrieveTest):
    box = {"Outgoing": [today(uid, header(f"u{uid}@b.example")) for uid in range(1, 1601)]}

    def test_the_work_goes_on(self):
        for command, after in (("FETCH", 0), ("FETCH", 1), ("FETCH", 4), ("SEARCH", 0)):
            with self.subTest(f"{command} {after}"):
                server = Server(self.box, answers={command: breaking(1, command, after)})
                lines = self.lines(server, "-o", "-t")
                self.assertEqual([line.split(",")[:2] for line in lines],
                                 [[str(n), f"u{n}@b.example"] for n in range(1, 1601)])
                self.assertEqual(server.connections, 2)

    def test_only_once_where_nothing_was_done(self):
        server = Server(self.box, answers={"FETCH": breaking(2)})
        self.assertEqual(self.run_with(server, "-o", "-t").returncode, 3)
        self.assertEqual(server.connections, 2)

    def test_not_in_another_mailbox(self):
        def renewed(server, *arguments):
            server.uidvalidity += 1
            return breaking(1)(server, *arguments)

        server = Server(self.box, answers={"FETCH": renewed})
        self.assertEqual(self.run_with(server, "-o", "-t", "--output", "x").returncode, 5)
        self.assertEqual(os.listdir(self.folder), [])


class Interrupted(RetrieveTest):
    def setUp(self):
        super().setUp()
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests may ignore it

    def start(self, server, *options):
        return subprocess.Popen([TOOL, "-p", "secret", "-s", f"127.0.0.1:{server.port}", *options], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env={**os.environ, "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}"})

    def test_no_half_file(self):
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(how):
                children = queue.Queue()

                def fetch(server, tag, line, children=children, how=how):
                    children.get(timeout=harness.TIMEOUT).send_signal(how)
                    while True:  # for ever, a little at a time
                        yield b"* OK still here\r\n" * 100

                with Server({"Outgoing": [today(1)]}, answers={"FETCH": fetch}) as server:
                    child = self.start(server, "-o", "-t", "-c")
                    children.put(child)
                    child.communicate(timeout=harness.TIMEOUT)
                self.assertEqual(child.returncode, -how)
                self.assertEqual(os.listdir(self.folder), [])

    def test_follow(self):
        for knows_idle in (True, False):
            with self.subTest(knows_idle):
                idles = queue.Queue()

                def idle(server, tag, line, idles=idles, knows_idle=knows_idle):
                    if len(server.messages) < 3:
                        server.messages.append(today(len(server.messages) + 1))
                        server.idle_tag = tag
                        return b"+ idling\r\n* %d EXISTS\r\n" % len(server.messages) if knows_idle else (
                            tag + b" BAD what\r\n* 1 EXISTS\r\n")
                    idles.put(1)
                    return server.do_idle(tag, line)

                with Server({"Outgoing": [today(1)]}, answers={"IDLE": idle}) as server:
                    child = self.start(server, "-o", "--follow")
                    lines = [child.stdout.readline().decode().rstrip("\n") for _ in range(3)]
                    self.assertEqual(lines[0], TITLES)
                    self.assertEqual([line.split(",")[0] for line in lines[1:]], ["1", "2"])
                    idles.get(timeout=harness.TIMEOUT)
                    child.send_signal(signal.SIGINT)
                    out, error = child.communicate(timeout=harness.TIMEOUT)
                self.assertEqual((child.returncode, out), (0, b""), error)

    def test_follow_lists_the_period_first(self):
        idles = queue.Queue()

        def idle(server, tag, line):
            idles.put(1)
            return server.do_idle(tag, line)

        with Server({"Outgoing": [today(1), today(2)]}, answers={"IDLE": idle}) as server:
            child = self.start(server, "-o", "-t", "--follow")
            idles.get(timeout=harness.TIMEOUT)
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(out.count(b"\n"), 3)


class StartTls(RetrieveTest):
    def setUp(self):
        super().setUp()
        self.ca = self.certificate("ca", "Test CA", None)
        self.good = self.certificate("good", "x", "IP:127.0.0.1", self.ca)

    def server(self, **how):
        server = Server({"Outgoing": [today(1)]}, tls=(self.good + ".crt", self.good + ".key"), **how)
        server.starttls = True
        return server

    def test_good(self):
        server = self.server()
        self.assertEqual(len(self.lines(server, "-o", "-t", "--starttls", "--ca", self.ca + ".crt")), 1)
        self.assertEqual(server.commands[:2], [b"STARTTLS", b'LOGIN "global" "secret"'] if b'"' in server.commands[1]
                         else [b"STARTTLS", b"LOGIN global secret"])

    def test_no_password_without_it(self):
        refusing = Server({"Outgoing": [today(1)]})
        injecting = self.server(answers={"STARTTLS": lambda _, tag, __: tag + b" OK go on\r\n* OK injected\r\n"})
        for name, server, options in (("refused", refusing, []), ("untrusted", self.server(), []),
                                      ("injected", injecting, ["--ca", self.ca + ".crt"]),
                                      ("no login", self.server(greeting=b"* PREAUTH hello\r\n"), [])):
            with self.subTest(name):
                done = self.run_with(server, "-o", "-t", "--starttls", *options)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertNotIn(b"LOGIN", b"".join(server.commands))


class Hostile(RetrieveTest):
    """A server that wants to bring the tool down gets an error message, soon, and little memory."""
    MEMORY_KIB = 300 * 1024  # with the sanitizers' own

    def check(self, answer, code=3, command="FETCH"):
        server = Server({"Outgoing": [today(1)]}, answers={command: answer})
        with server:
            done = self.run_tool("-o", "-t", host=f"127.0.0.1:{server.port}")
        self.assertEqual(done.returncode, code, done.stderr[-500:])
        self.assertTrue(done.stderr or code == 0)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, self.MEMORY_KIB)
        return done

    def test_deep_nesting(self):
        for open_, close in ((b"(", b")"), (b'("a" ', b")"), (b"((((", b"))))"), (b"BODY (", b")")):
            done = self.check(lambda _, tag, __, o=open_, c=close:
                              b"* 1 FETCH (UID 1 BODYSTRUCTURE " + o * 200000 + c * 200000 + b")\r\n")
            self.assertIn(b"nested", done.stderr)

    def test_nesting_in_a_literal_is_a_header_as_any(self):
        text = header("(" * 5000 + " a@b.example")
        self.assertEqual(len(self.lines(Server({"Outgoing": [today(1, text)]}), "-o", "-t")), 1)

    def test_huge_literals(self):
        for size in (2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64, 10**40, 100_000_000):
            def answer(_, tag, __, size=size):
                yield b"* 1 FETCH (UID 1 BODY[HEADER] {%d}\r\n" % size
                for _ in range(3000):
                    yield b"x" * 65536
                raise OSError
            self.check(answer)

    def test_wrong_counts(self):
        self.check(lambda _, tag, __: b"* 4294967295 EXISTS\r\n* SEARCH 1 2 3\r\n" + tag + b" OK done\r\n", command="SEARCH",
                   code=0)
        self.check(lambda s, tag, line: s.do_examine(tag, line).replace(b"* 1 EXISTS", b"* 1000000 EXISTS"),
                   command="EXAMINE", code=0)
        self.check(lambda s, tag, line: s.do_examine(tag, line).replace(b"* 1 EXISTS", b"* x EXISTS"), command="EXAMINE")

    def test_many_that_are_not_there(self):
        def search(_, tag, __, count=100000):
            yield b"* SEARCH" + b"".join(b" %d" % n for n in range(1, count)) + b"\r\n" + tag + b" OK done\r\n"
        server = Server({"Outgoing": [today(1)]}, answers={"SEARCH": search})
        self.assertEqual(len(self.lines(server, "-o", "-t")), 1)
        done = self.check(lambda *arguments: search(*arguments, count=300000), command="SEARCH")
        self.assertIn(b"more messages", done.stderr)

    def test_nuls_and_early_ends(self):
        good = b'* 1 FETCH (UID 1 INTERNALDATE "01-Jan-2026 00:00:00 +0000" RFC822.SIZE 5)\r\n'
        for text in (b"\0" * 100 + b"\r\n", b"* 1 FETCH (UID\0 1)\r\n", b"* 1 FETCH (UID 1 BODY[] \"\0\")\r\n",
                     *(good[:n] for n in range(0, len(good), 7))):
            def answer(_, __, ___, text=text):
                yield text
                raise OSError
            self.check(answer)

    def test_endless_header(self):
        text = b"From: a@b.example\r\nX-A: " + b"y" * 5_000_000
        self.assertEqual(len(self.lines(Server({"Outgoing": [today(1, text)]}), "-o", "-t")), 1)


if __name__ == "__main__":
    unittest.main()
