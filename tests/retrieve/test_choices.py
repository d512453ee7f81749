# SPDX-License-Identifier: ISC
"""What an administrator chooses: the period, the form, groups, columns, mailboxes."""
import csv
import datetime
import io
import json
import os
import pty
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
from imapserver import Message, Server  # noqa: E402
from test_retrieve import NOW, TITLES, TOOL, RetrieveTest, header, today  # noqa: E402


def ago(uid, **how):
    return Message(uid, NOW - datetime.timedelta(**how), header(f"u{uid}@b.example"))


class Periods(RetrieveTest):
    def uids(self, *options):
        box = [ago(1, days=40), ago(2, days=3), ago(3, hours=5), ago(4, minutes=90), ago(5, minutes=30), ago(6)]
        lines = self.lines(Server({"Outgoing": box}), "-o", *options)
        return [int(re.search(r"u(\d)@", line)[1]) for line in lines]

    def test_since_and_until(self):
        self.assertEqual(self.uids("--since", "2 hours ago"), [4, 5, 6])
        self.assertEqual(self.uids("--since", "1 week ago", "--until", "1 hour ago"), [2, 3, 4])
        self.assertEqual(self.uids("--until", "1 day ago"), [1, 2])
        self.assertEqual(self.uids("--since", "1970-01-01"), [1, 2, 3, 4, 5, 6])
        day = (NOW - datetime.timedelta(days=3)).strftime("%Y-%m-%d")
        self.assertEqual(self.uids("--since", day, "--until", day), [2])
        moment = (NOW - datetime.timedelta(minutes=90)).strftime("%Y-%m-%d %H:%M:%S")
        self.assertEqual(self.uids("--since", moment + "Z"), [4, 5, 6])
        self.assertEqual(self.uids("--until", moment), [1, 2, 3])

    def test_last_hour(self):
        self.assertEqual(self.uids("--last-hour"), [5, 6])

    def test_file_name(self):
        with Server({"Outgoing": [ago(1, days=3)]}) as server:
            done = self.run_tool("-o", "-c", "--since", "2026-01-02", "--until", "2026-01-04",
                                 host=f"127.0.0.1:{server.port}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(self.folder), ["quarantine-outgoing-2026-01-02--2026-01-04.csv"])

    def test_wrong(self):
        for options in (["--since", "soon"], ["--since", "2 hours ago", "--until", "3 hours ago"],
                        ["-t", "--last-hour"], ["--since", "today", "-t"], ["--follow", "--until", "now"]):
            done = self.run_tool("-o", *options)
            self.assertEqual(done.returncode, 2, options)


class Forms(RetrieveTest):
    box = {"Outgoing": [today(1, header('"=1;x" <a@b.example>')), today(2, header("\x1b[2J é <c@d.example>"))]}

    def out(self, *options):
        done = self.run_with(Server(self.box), "-o", "-t", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def test_json(self):
        rows = [json.loads(line) for line in self.out("--format", "json").splitlines()]
        self.assertEqual([row["#"] for row in rows], [1, 2])
        self.assertEqual(list(rows[0]), TITLES.split(","))
        self.assertEqual(rows[0]["From"], '"=1;x" <a@b.example>')
        self.assertRegex(rows[1]["From"], r"^\\x1[Bb]\[2J é <c@d.example>$")

    def test_tsv(self):
        rows = [line.split("\t") for line in self.out("--format", "tsv").splitlines()]
        self.assertEqual(rows[0], TITLES.split(","))
        self.assertEqual([len(row) for row in rows], [12, 12, 12])
        self.assertEqual(rows[1][1], "\"'=1;x\" <a@b.example>")

    def test_table(self):
        lines = self.out("--format", "table").splitlines()
        self.assertRegex(lines[0], r"^#  From +To +Reply-To ")
        self.assertEqual(lines[1].index("c@d.example"), lines[0].index("To"))
        self.assertNotIn("\x1b", lines[2])

    def test_raw(self):
        self.assertIn('"""=1;x""', self.out("--raw"))
        self.assertNotIn("\x1b", self.out("--raw"))

    def test_standard_output(self):
        done = self.run_with(Server(self.box), "-o", "-t", "--output", "-", "--bom")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith(b"\xef\xbb\xbf#,From"))
        self.assertEqual(done.stdout.count(b"\r\n"), 3)
        self.assertEqual(os.listdir(self.folder), [])

    def test_bom_in_a_file(self):
        self.out("--output", "x.csv", "--bom")
        with open(os.path.join(self.folder, "x.csv"), "rb") as file:
            self.assertTrue(file.read().startswith(b"\xef\xbb\xbf#,From"))

    def test_both_mailboxes(self):
        server = Server({"Incoming": [today(5)], "Outgoing": [today(1)]})
        done = self.run_with(server, "-i", "-o", "-t", "--with-mailbox")
        rows = list(csv.reader(io.StringIO(done.stdout.decode())))
        self.assertEqual(rows[0], ["Mailbox", *TITLES.split(",")])
        self.assertEqual([row[:2] for row in rows[1:]], [["Incoming", "1"], ["Outgoing", "2"]])

    def test_a_mailbox_of_ones_own(self):
        server = Server({"Entw&APw-rfe &- more": [today(1)]})
        self.assertEqual(len(self.lines(server, "-o", "-t", "--mailbox", "Entwürfe & more")), 1)
        self.assertEqual(self.run_tool("-i", "-o", "--mailbox", "x").returncode, 2)

    def test_fail_empty(self):
        for box, options, code in (([], ["--fail-empty"], 1), ([], [], 0), ([today(1)], ["--fail-empty"], 0)):
            done = self.run_with(Server({"Outgoing": box}), "-o", "-t", *options)
            self.assertEqual(done.returncode, code)

    def test_password_in_the_environment(self):
        server = Server({"Outgoing": []})
        done = self.run_with(server, "-o", password=None, environment={"QUARANTINE_PASSWORD": "secret"})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_usage(self):
        for options in (["--format", "xml"], ["--top", "3"], ["--group-by", "From", "--top", "0"], ["--bom"],
                        ["--group-by", "Nobody"], ["-d", "--output", "-"], ["--follow", "-c"], ["--follow", "-i"],
                        ["--follow", "--group-by", "From"], ["--columns", "/nonexistent"]):
            done = self.run_tool("-o", *options)
            self.assertEqual(done.returncode, 2, options)


class Groups(RetrieveTest):
    def box(self):
        mails = [Message(uid, NOW - datetime.timedelta(seconds=60 * uid), header(
            f"u{uid}@b.example", f"X-AuthUser: user{uid % 3}\r\nX-A-Domain: d.example\r\n")) for uid in range(1, 9)]
        return {"Outgoing": [m for m in mails if m.arrived.date() == NOW.date()] or mails}

    def rows(self, *options):
        done = self.run_with(Server(self.box()), "-o", "--since", "2 days ago", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(csv.reader(io.StringIO(done.stdout.decode())))

    def test_counts_and_times(self):
        rows = self.rows("--group-by", "identity,domain")
        box = self.box()["Outgoing"]
        self.assertEqual(rows[0], ["Count", "First", "Last", "identity", "domain"])
        self.assertEqual(sum(int(row[0]) for row in rows[1:]), len(box))
        for row in rows[1:]:
            times = [m.arrived for m in box if f"AuthUser: {row[3]}\r".encode() in m.header]
            self.assertEqual(row[1:3], [f"{when:%Y-%m-%d %H:%M:%S}" for when in (min(times), max(times))])
        counts = [int(row[0]) for row in rows[1:]]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_top(self):
        rows = self.rows("--group-by", "identity", "--top", "1")
        if len(self.box()["Outgoing"]) > 1:
            self.assertEqual([row[3] for row in rows[2:]], ["(others)"])

    def test_a_bar_on_a_terminal(self):
        with Server(self.box()) as server:
            child, terminal = pty.fork()
            if child == 0:
                os.execv(TOOL, [TOOL, "-o", "--since", "2 days ago", "--group-by", "Auth-User", "-p", "secret", "-s",
                                f"127.0.0.1:{server.port}"])
            shown = self.rest_of(child, terminal)
        self.assertRegex(shown.decode(), r"3 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .* user1 ")
        self.assertIn("█", shown.decode())
        self.assertIn("Count", shown.decode())


class Columns(RetrieveTest):
    def file(self, text):
        path = os.path.join(self.folder, "columns")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_more_and_fewer(self):
        path = self.file("# ours\n[Ticket]\nX-Ticket last\n[Reply-To] hidden\n[subject] shown\n")
        text = header(more="X-Ticket: 7\r\nSubject: hello\r\n")
        done = self.run_with(Server({"Outgoing": [today(1, text)]}), "-o", "-t", "--columns", path)
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
        self.assertEqual((rows[0]["Ticket"], rows[0]["subject"]), ("7", "hello"), done.stderr)
        self.assertNotIn("Reply-To", rows[0])

    def test_long_fields_are_fetched_only_when_wanted(self):
        for text, wanted in (("", False), ("[Seal]\nARC-Seal\n", True)):
            server = Server({"Outgoing": [today(1)]})
            self.assertEqual(self.run_with(server, "-o", "-t", "--columns", self.file(text)).returncode, 0)
            fetch = next(c for c in server.commands if b"HEADER.FIELDS.NOT" in c)
            self.assertEqual(b"ARC-Seal" not in fetch, wanted)

    def test_mistakes_have_a_place(self):
        done = self.run_tool("-o", "--columns", self.file("[A]\nX-A\nX-B sometimes\n"))
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"columns:3: 'sometimes'", done.stderr)

    def test_shown_table_can_be_read(self):
        shown = harness.run(TOOL, "--show-columns").stdout.decode()
        done = self.run_with(Server({"Outgoing": [today(1)]}), "-o", "-t", "--columns", self.file(shown))
        self.assertEqual(done.stdout.decode().splitlines()[0], TITLES)

    def test_manual_names_every_source(self):
        path = os.path.join(harness.ROOT, "tools", "retrieve", "retrieve_quarantine_info.1.scd")
        with open(path, encoding="utf-8") as file:
            manual = file.read().replace("\\", "")
        for line in harness.run(TOOL, "--show-columns").stdout.decode().splitlines():
            word = re.match(r'"=[^"]*"|[^\s\[]\S*', line)
            if word:
                name = word[0].strip('"').lstrip("=").replace("X-*", "X-_B_")
                self.assertIn(name, manual)


if __name__ == "__main__":
    unittest.main()
