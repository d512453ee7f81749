# SPDX-License-Identifier: ISC
"""retrieve_quarantine_info against servers that do what a test says."""
import base64
import csv
import datetime
import os
import pty
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
from imapserver import Message, Server  # noqa: E402

TITLES = ("#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,Auth.sender,Auth-User,"
          "Auth-Email")
TOOL = harness.program("retrieve_quarantine_info")
SUPPRESSIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libetpan.supp")
UTC = datetime.timezone.utc
NOW = datetime.datetime.now(UTC)


def header(sender="a@b.example", more=""):
    return f"From: {sender}\r\nTo: c@d.example\r\n{more}\r\n".encode()


def today(uid, text=None):
    return Message(uid, NOW, header() if text is None else text)


class RetrieveTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="rt-")
        self.addCleanup(shutil.rmtree, self.folder)

    def rest_of(self, child, terminal):
        """What the tool still writes to its terminal; it ends well."""
        shown = b""
        try:
            while piece := os.read(terminal, 4096):
                shown += piece
        except OSError:
            pass
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        return shown

    def run_tool(self, *options, host=None, password="secret", zone="UTC0", stdout=subprocess.PIPE, environment=None):
        command = [TOOL, *options]
        if host:
            command += ["-s", host]
        if password is not None:
            command += ["-p", password]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, check=False,
                              cwd=self.folder, timeout=harness.TIMEOUT,
                              env={**os.environ, "TZ": zone, "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}",
                                   **(environment or {})})
        self.assertNotIn(b"Sanitizer", done.stderr)
        return done

    def run_with(self, server, *options, **others):
        with server:
            return self.run_tool(*options, host=f"127.0.0.1:{server.port}", **others)

    def lines(self, server, *options, **others):
        done = self.run_with(server, *options, **others)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.decode().split("\n")
        self.assertEqual(lines[0], TITLES)
        self.assertEqual(lines[-1], "")
        return lines[1:-1]

    def certificate(self, name, subject, names, issuer=None):
        """Writes name.crt and name.key; signed by `issuer` or by itself."""
        base = os.path.join(self.folder, name)
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-days", "2", "-subj", f"/CN={subject}", "-keyout", base + ".key", "-out", base + ".crt"]
        if names:
            command += ["-addext", f"subjectAltName={names}", "-addext", "basicConstraints=critical,CA:FALSE"]
        if issuer:
            command += ["-CA", issuer + ".crt", "-CAkey", issuer + ".key"]
        subprocess.run(command, check=True, capture_output=True)
        return base


class Report(RetrieveTest):
    def test_a_line(self):
        text = header("=?utf-8?q?Caf=C3=A9?= <x@y.example>",
                      "X-Test-Username: web-03\r\nX-Test-Outgoing-Evidence: Combined (0.97)\r\n"
                      "Received: from pc (h [192.0.2.1]) (Authenticated sender: bob) by mx\r\n"
                      "X-PHP-Script: d.example/x.php for 192.0.2.9, 192.0.2.10\r\n")
        self.assertEqual(self.lines(Server({"Outgoing": [today(1, text)]}), "-d", "-o", "-t"), [
            '1,Café <x@y.example>,c@d.example,,,,web-03,Combined (0.97),'
            '"d.example/x.php for 192.0.2.9, 192.0.2.10",bob,,'])

    def test_nothing_to_list(self):
        done = self.run_with(Server({"Outgoing": []}), "-d", "-o")
        self.assertEqual((done.returncode, done.stdout.decode()), (0, TITLES + "\n"))
        self.assertIn(b"No mail of", done.stderr)

    def test_display_is_the_default(self):
        self.assertEqual(len(self.lines(Server({"Incoming": [today(7)]}), "-i", "-t")), 1)

    def test_no_bounce(self):
        mails = [today(1, header("Mail Delivery System <Mailer-Daemon@h.example>")), today(2)]
        self.assertEqual(len(self.lines(Server({"Outgoing": mails}), "-o", "-t")), 2)
        lines = self.lines(Server({"Outgoing": mails}), "-o", "-t", "-n")
        self.assertEqual([line.split(",")[:2] for line in lines], [["1", "a@b.example"]])

    def test_other_names_of_the_mailboxes(self):
        server = Server({"Caught (Outgoing)": [today(1)], "Caught": [today(1), today(2)]})
        self.assertEqual(len(self.lines(server, "-o", "-t")), 1)
        server = Server({"Caught (Outgoing)": [today(1)], "Caught": [today(1), today(2)]})
        self.assertEqual(len(self.lines(server, "-i", "-t")), 2)

    def test_many_messages_in_order(self):
        mails = [today(uid, header(f"u{uid}@b.example")) for uid in range(3, 2600, 2)]
        lines = self.lines(Server({"Outgoing": mails}), "-o", "-t")
        self.assertEqual([line.split(",")[1] for line in lines], [f"u{m.uid}@b.example" for m in mails])
        self.assertEqual([line.split(",")[0] for line in lines], [str(n + 1) for n in range(len(mails))])

    def test_long_headers_are_fetched_in_parts(self):
        text = header(more="X-Fill: " + "f" * 3_000_000 + "\r\n")
        server = Server({"Outgoing": [today(uid, text) for uid in range(1, 12)]})
        self.assertEqual(len(self.lines(server, "-o", "-t")), 11)
        fetches = [c for c in server.commands if b"BODY.PEEK" in c]
        self.assertGreater(len(fetches), 1)

    def test_only_reads(self):
        server = Server({"Outgoing": [today(1)]})
        self.lines(server, "-o", "-t")
        words = {command.split(b" ")[0] for command in server.commands}
        self.assertEqual(words, {b"LOGIN", b"EXAMINE", b"UID", b"LOGOUT"})

    def test_display_obeys_no_mail(self):
        text = b"From: \x1b]0;owned\x07 \x1b[2J=1+1\r\nTo: =?utf-8?b?G1szMW3igK4=?= \x9b31m \xff\r\n\r\n"
        done = self.run_with(Server({"Outgoing": [today(1, text)]}), "-d", "-o", "-t")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotRegex(done.stdout.decode(), "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
        self.assertEqual(done.stdout.count(b"\n"), 2)


class Days(RetrieveTest):
    """The day is the local one of the tool, whatever zone within 24 hours of it the server writes its times
    in."""

    def mails(self, midnight):
        moments = {"before": -1, "first": 0, "noon": 12 * 3600, "last": 86399, "after": 86400}
        for zone in (-10, 0, 12):
            for name, seconds in moments.items():
                there = datetime.timezone(datetime.timedelta(hours=zone))
                yield name, (midnight + datetime.timedelta(seconds=seconds)).astimezone(there)

    def check(self, zone, hours, *options, back):
        here = datetime.timezone(datetime.timedelta(hours=hours))
        midnight = datetime.datetime.now(here).replace(hour=0, minute=0, second=0, microsecond=0)
        midnight -= datetime.timedelta(days=back)
        box = [Message(i + 1, moment, header(name + "@b.example"))
               for i, (name, moment) in enumerate(self.mails(midnight))]
        lines = self.lines(Server({"Outgoing": box}), "-o", *options, zone=zone)
        self.assertEqual([line.split(",")[1].split("@")[0] for line in lines], ["first", "noon", "last"] * 3)

    def test_today(self):
        for zone, hours in (("UTC0", 0), ("<+14>-14", 14), ("<-12>12", -12), ("<+0530>-5:30", 5.5)):
            with self.subTest(zone):
                self.check(zone, hours, "-t", back=0)

    def test_yesterday(self):
        for zone, hours in (("UTC0", 0), ("<+14>-14", 14), ("<-12>12", -12)):
            with self.subTest(zone):
                self.check(zone, hours, back=1)


class Files(RetrieveTest):
    def name(self, which="outgoing"):
        return f"quarantine-{which}-{datetime.datetime.now(UTC):%Y-%m-%d}.csv"

    def test_csv(self):
        text = header('"=cmd, x" <x@y.example>')
        done = self.run_with(Server({"Outgoing": [today(1, text), today(2)]}), "-c", "-o", "-t")
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        self.assertIn(self.name().encode(), done.stderr)
        self.assertEqual(os.listdir(self.folder), [self.name()])
        with open(os.path.join(self.folder, self.name()), "rb") as file:
            data = file.read()
        self.assertEqual(data.count(b"\r\n"), 3)
        self.assertEqual(data.count(b"\n"), 3)
        rows = list(csv.reader(data.decode().splitlines()))
        self.assertEqual(rows[0], TITLES.split(","))
        self.assertEqual({len(row) for row in rows}, {12})
        self.assertEqual(rows[1][1], "\"'=cmd, x\" <x@y.example>")

    def test_both_quarantines_and_display(self):
        server = Server({"Outgoing": [today(1)], "Incoming": []})
        done = self.run_with(server, "-c", "-d", "-i", "-o", "-t")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count(TITLES.encode()), 1)
        self.assertEqual(os.listdir(self.folder), [self.name("both")])

    def test_a_file_of_ones_own(self):
        done = self.run_with(Server({"Outgoing": [today(1)]}), "-o", "-t", "--output", "mine.csv")
        self.assertEqual((done.returncode, os.listdir(self.folder)), (0, ["mine.csv"]), done.stderr)

    def test_a_broken_run_leaves_the_old_file(self):
        path = os.path.join(self.folder, "mine.csv")
        with open(path, "w", encoding="ascii") as file:
            file.write("old")
        server = Server({"Outgoing": [today(1)]}, answers={"FETCH": lambda *_: None})
        self.assertEqual(self.run_with(server, "-o", "-t", "--output", "mine.csv").returncode, 3)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "old")
        self.assertEqual(os.listdir(self.folder), ["mine.csv"])

    def test_output_that_cannot_be_written(self):
        server = Server({"Outgoing": [today(1)]})
        self.assertEqual(self.run_with(server, "-o", "-t", "--output", "/nonexistent/x.csv").returncode, 6)
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.run_with(Server({"Outgoing": [today(1)]}), "-o", "-t", stdout=full).returncode, 6)


class Failures(RetrieveTest):
    def test_usage(self):
        for options, word in ((["-d"], b"-o"), (["-o", "--nonsense"], b"nonsense"), (["-o", "stray"], b"stray"),
                              (["-o", "-s", "host:0"], b"HOST"), (["-o", "-i", "--mailbox", "x"], b"--mailbox"),
                              (["-o", "--password-file", "x"], b"password"), (["-o", "-u", "a\nb"], b"control")):
            with self.subTest(options):
                done = self.run_tool(*options)
                self.assertEqual(done.returncode, 2)
                self.assertIn(word, done.stderr)

    def test_help(self):
        for option in ("-h", "--help"):
            done = self.run_tool(option, password=None)
            self.assertEqual(done.returncode, 0)
            self.assertIn("-h, --help", done.stdout.decode())
            for word in ("--csv", "--display", "--incoming", "--outgoing", "--today", "--imaphost", "--username",
                         "--password", "--no-bounce", "--help"):
                self.assertIn(word, done.stdout.decode())

    def test_nobody_there(self):
        with Server() as server:
            port = server.port
        done = self.run_tool("-o", host=f"127.0.0.1:{port}")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"refused", done.stderr)

    def test_wrong_password(self):
        done = self.run_with(Server(), "-o", password="wrong")
        self.assertEqual(done.returncode, 4)
        self.assertNotIn(b"wrong:", done.stderr)

    def test_no_such_mailbox(self):
        self.assertEqual(self.run_with(Server(), "-o").returncode, 5)

    def test_server_texts_are_harmless(self):
        server = Server(answers={"LOGIN": lambda _, tag, __: tag + b" NO \x1b]0;owned\x07 \xc2\x9b31m\r\n"})
        done = self.run_with(server, "-o")
        self.assertEqual(done.returncode, 4)
        self.assertNotRegex(done.stderr.decode(), "[\x00-\x09\x0b-\x1f\x7f-\x9f]")

    def test_broken_servers(self):
        def endless(_, __, ___):
            while True:
                yield b"A" * 65536

        good = {"Outgoing": [today(1)]}
        literal = lambda n: lambda _, tag, __: b"* 1 FETCH (UID 1 BODY[] {%d}\r\nxx" % n  # noqa: E731
        servers = {
            "no IMAP": Server(greeting=b"220 smtp.example ESMTP\r\n"),
            "BYE": Server(greeting=b"* BYE too busy\r\n"),
            "empty greeting": Server(greeting=b"\r\n"),
            "NUL": Server(greeting=b"\0\0\0\r\n"),
            "hang-up at login": Server(answers={"LOGIN": lambda *_: None}),
            "endless line": Server(good, answers={"LOGIN": endless}),
            "endless search": Server(good, answers={"SEARCH": endless}),
            "endless fetch": Server(good, answers={"FETCH": endless}),
            "hang-up in search": Server(good, answers={"SEARCH": lambda *_: None}),
            "no date": Server(good, answers={"FETCH": lambda _, tag, __: b'* 1 FETCH (UID 1 INTERNALDATE "x")\r\n'}),
            "endless numbers": Server(good, answers={"SEARCH": lambda *_: iter(lambda: b"* SEARCH 1\r\n", b"")}),
        }
        for name, server in servers.items():
            with self.subTest(name):
                done = self.run_with(server, "-o", "-t")
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertTrue(done.stderr)
                if name == "BYE":
                    self.assertIn(b"too busy", done.stderr)
        for size in (4294967295, 2147483648, 18446744073709551616):
            with self.subTest(f"literal of {size}"):
                server = Server(good, answers={"FETCH": literal(size)})
                server_thread_ends = self.run_with_hang_up(server)
                self.assertEqual(server_thread_ends.returncode, 3, server_thread_ends.stderr)

    def run_with_hang_up(self, server):
        """The connection ends after the first answer to FETCH."""
        answer = server.answers["FETCH"]

        def once(*arguments):
            yield answer(*arguments)
            raise OSError

        server.answers["FETCH"] = once
        return self.run_with(server, "-o", "-t")

    def test_answers_that_were_not_asked_for(self):
        def fetch(server, tag, command):
            answer = b"".join(server.do_fetch(tag, command)).rsplit(tag, 1)[0]
            yield b"* 9 FETCH (UID 999 FLAGS (\\Seen))\r\n* 3 FETCH (FLAGS ())\r\n"
            yield answer + answer  # twice
            yield answer.replace(b"UID 1 ", b"UID 77 ")
            yield tag + b" OK fetched\r\n"

        server = Server({"Outgoing": [today(1)]}, answers={"FETCH": fetch})
        self.assertEqual(len(self.lines(server, "-o", "-t")), 1)

    def test_messages_that_are_gone(self):
        server = Server({"Outgoing": [today(1)]}, answers={"FETCH": lambda _, tag, __: tag + b" OK none\r\n"})
        self.assertEqual(self.lines(server, "-o", "-t"), [])


class Passwords(RetrieveTest):
    def test_it_leaves_the_process_list(self):
        for option in (["-p", "secret"], ["--password=secret"]):
            children, seen = queue.Queue(), []

            def login(server, tag, command, children=children, seen=seen):
                child = children.get(timeout=harness.TIMEOUT)
                with open(f"/proc/{child.pid}/cmdline", "rb") as file:
                    seen.append(file.read())
                return server.do_login(tag, command)

            with Server({"Outgoing": []}, answers={"LOGIN": login}) as server:
                command = [TOOL, "-o", "-s", f"127.0.0.1:{server.port}", *option]
                child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                children.put(child)
                self.assertEqual(child.wait(harness.TIMEOUT), 0)
            self.assertEqual(len(seen), 1)
            self.assertNotIn(b"secret", seen[0])

    def test_file(self):
        path = os.path.join(self.folder, "password")
        with open(path, "w", encoding="ascii") as file:
            file.write("secret\n")
        server = Server({"Outgoing": []})
        self.assertEqual(self.run_with(server, "-o", "--password-file", path, password=None).returncode, 0)
        self.assertEqual(self.run_tool("-o", "--password-file", "/nonexistent", password=None).returncode, 2)

    def test_nobody_to_ask(self):
        done = subprocess.run(["setsid", "-w", TOOL, "-o"], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=harness.TIMEOUT, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"--password-file", done.stderr)

    def test_special_characters(self):
        for password in ('a"b\\c', "a b", "{5}", "*", "(", "%"):
            with self.subTest(password):
                got = []

                def login(server, tag, command, got=got):
                    got.append(re.fullmatch(rb'LOGIN global "?(.*?)"?', command)[1])
                    return tag + b" OK in\r\n"

                server = Server({"Outgoing": []}, answers={"LOGIN": login})
                self.assertEqual(self.run_with(server, "-o", password=password).returncode, 0)
                self.assertEqual(re.sub(rb"\\(.)", rb"\1", got[0]).decode(), password)

    def test_eight_bits(self):
        def authenticate(_, tag, command):
            said = base64.b64decode(command.split(b" ")[2])
            return tag + (b" OK in\r\n" if said == "\0global\0pässwörd".encode() else b" NO\r\n")

        server = Server({"Outgoing": []}, answers={"AUTHENTICATE": authenticate})
        self.assertEqual(self.run_with(server, "-o", password="pässwörd").returncode, 0)

    def test_control_characters_are_not_sent(self):
        server = Server({"Outgoing": []})
        self.assertEqual(self.run_with(server, "-o", password="a\r\nx NOOP").returncode, 4)
        self.assertEqual([c for c in server.commands if c.startswith(b"LOGIN")], [])

    def test_prompt(self):
        with Server({"Outgoing": []}) as server:
            child, terminal = pty.fork()
            if child == 0:
                os.execv(TOOL, [TOOL, "-o", "-s", f"127.0.0.1:{server.port}"])
            shown = b""
            while not shown.endswith(b"Password:"):
                shown += os.read(terminal, 1024)
            self.assertEqual(shown, b"Please enter the password for the IMAP account 'global'.\r\nPassword:")
            os.write(terminal, b"secret\n")
            shown = self.rest_of(child, terminal)
        self.assertNotIn(b"secret", shown)
        self.assertIn(TITLES.encode(), shown)


class Tls(RetrieveTest):
    def setUp(self):
        super().setUp()
        self.ca = self.certificate("ca", "Test CA", None)

    def run_tls(self, certificate, *options):
        server = Server({"Outgoing": [today(1)]}, tls=(certificate + ".crt", certificate + ".key"))
        with server:
            done = self.run_tool("-o", "-t", *options, host=f"imaps://127.0.0.1:{server.port}")
        return done, server

    def test_good(self):
        good = self.certificate("good", "x", "IP:127.0.0.1", self.ca)
        done, _ = self.run_tls(good, "--ca", self.ca + ".crt")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count(b"\n"), 2)

    def test_refused_before_the_password(self):
        good = self.certificate("good", "x", "IP:127.0.0.1", self.ca)
        other = self.certificate("other", "127.0.0.1", "DNS:other.example,IP:127.0.0.2", self.ca)
        alone = self.certificate("alone", "x", "IP:127.0.0.1")
        ca = ["--ca", self.ca + ".crt"]
        for name, certificate, options in (("untrusted", good, []), ("another host", other, ca),
                                           ("by itself", alone, ca), ("no file", good, ["--ca", "/nonexistent"])):
            with self.subTest(name):
                done, server = self.run_tls(certificate, *options)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(b"certificate", done.stderr)
                self.assertEqual(server.commands, [])

    def test_insecure_warns(self):
        alone = self.certificate("alone", "x", "DNS:other.example")
        done, _ = self.run_tls(alone, "--insecure")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"Warning", done.stderr)

    def test_a_server_without_tls(self):
        with Server() as server:
            done = self.run_tool("-o", host=f"imaps://127.0.0.1:{server.port}")
        self.assertEqual(done.returncode, 3)
        self.assertNotIn(b"LOGIN", b"".join(server.commands))


if __name__ == "__main__":
    unittest.main()
