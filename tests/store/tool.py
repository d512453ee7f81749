#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The tool `quarantine` as a person and a script use it: words, exit codes, prompts, Ctrl-C, damage found."""
import json
import os
import pty
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Sandbox, TIMEOUT, program, run  # noqa: E402

USAGE, DATAERR, NOINPUT, NOUSER, CANTCREAT, TEMPFAIL, NOPERM = 64, 65, 66, 67, 73, 75, 77


def message(number, size=300):
    return (f"Received: from client by mx; Mon, 02 Nov 2026 10:00:{number % 60:02d} +0000\n"
            f"Subject: offer {number}\n\n").encode() + b"x" * size + b"\n"


def mbox(count, size=300):
    return b"".join(b"From shop Mon Nov  2 10:00:00 2026\n" + message(n, size) + b"\n" for n in range(count))


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.sandbox = Sandbox()
        self.addCleanup(self.sandbox.__exit__)
        self.sandbox.init(account=False)

    def tool(self, *words, store=None, status=0, stdin=b""):
        done = run(program("quarantine"), *words, "--store", store or self.sandbox.store, check=False, stdin=stdin)
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return (done.stdout if status == 0 else done.stdout + done.stderr).decode()

    def path(self, name):
        return os.path.join(self.sandbox.path, name)

    def stats(self, store=None):
        return json.loads(self.tool("stats", "--json", store=store))

    def ingest(self, count, direction="outgoing"):
        self.tool("import", "-", "--direction", direction, "--class", "spam", stdin=mbox(count))

    def mailbox(self, name, store=None):
        path = os.path.join(store or self.sandbox.store, "mail", "quarantine.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("SELECT uidvalidity, uidnext FROM mailbox WHERE name = ?", (name,)).fetchone()


class Words(ToolTest):
    def test_help_and_mistakes(self):
        for word in ("init", "account", "import", "stats", "check", "expire", "backup", "restore", "recover"):
            done = run(program("quarantine"), word, "--help")
            self.assertIn(b"Examples:", done.stdout)
            self.assertTrue(done.stdout.startswith(b"Usage: quarantine " + word.encode()))
        for words in ((), ("nonsense",), ("init", "extra"), ("backup",), ("account",), ("account", "set"),
                      ("account", "list", "x"), ("import", "-"), ("import", "-", "--direction", "sideways"),
                      ("import", "--direction", "incoming"), ("stats", "--nonsense")):
            done = run(program("quarantine"), *words, check=False)
            self.assertEqual(done.returncode, USAGE, words)
            self.assertTrue(done.stderr, words)

    def test_no_store(self):
        for words in (("stats",), ("check",), ("backup", self.path("x")),
                      ("import", "-", "--direction", "incoming")):
            text = self.tool(*words, store=self.path("nowhere"), status=NOINPUT)
            self.assertIn("nowhere", text)

    def test_modes(self):
        self.ingest(1)
        self.sandbox.account("global", "a good password")
        self.tool("init")
        for folder, folders, files in os.walk(self.sandbox.store):
            for name in folders:
                mode = 0o2750 if name == "deliver" else 0o750
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), mode, name)
            for name in files:
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o640, name)

    @unittest.skipUnless(os.geteuid() == 0, "only root gives files away")
    def test_owners(self):
        self.sandbox.account("global", "a good password")
        self.tool("init", "--user", "nobody", "--group", "nogroup")
        owner = os.stat(os.path.join(self.sandbox.store, "mail", "quarantine.db"))
        top, accounts = os.stat(self.sandbox.store), os.stat(os.path.join(self.sandbox.store, "accounts.db"))
        self.assertNotEqual(owner.st_uid, 0)
        self.assertEqual((top.st_uid, top.st_gid), (0, owner.st_gid))
        self.assertEqual((accounts.st_uid, accounts.st_gid), (0, owner.st_gid))
        self.ingest(3)
        wal = os.stat(os.path.join(self.sandbox.store, "mail", "quarantine.db-wal"))
        self.assertEqual((wal.st_uid, wal.st_gid), (owner.st_uid, owner.st_gid))
        self.tool("init", "--user", "no-such-user", status=NOUSER)

    @unittest.skipUnless(os.geteuid() == 0, "only root gives files away")
    def test_second_name(self):
        """A file of the system that the store's owner has linked into the store is not given away."""
        with open(self.path("shadow"), "w", encoding="ascii"):
            os.link(self.path("shadow"), os.path.join(self.sandbox.store, "mail", "x"))
        self.tool("init", "--user", "nobody", "--group", "nogroup", status=NOPERM)
        self.assertEqual(os.stat(self.path("shadow")).st_uid, 0)


class Accounts(ToolTest):
    def account(self, *words, **options):
        return self.tool("account", *words, **options)

    def test_life(self):
        self.assertIn("set", self.account("set", "global", "--password-file", "-", stdin=b"a good password\n"))
        self.account("set", "other", "--password-file", "-", stdin=b"another password\n")
        self.assertEqual([line.split()[0] for line in self.account("list").splitlines()], ["global", "other"])
        self.account("remove", "other")
        self.account("remove", "other", status=NOUSER)
        self.assertEqual(len(self.account("list").splitlines()), 1)

    def test_refused(self):
        self.account("set", "global", "--password-file", "-", stdin=b"short\n", status=DATAERR)
        self.account("set", "global", "--password-file", "-", stdin=b"x" * 2000, status=DATAERR)
        self.account("set", "global", "--password-file", self.path("none"), status=NOINPUT)

    def prompt(self, *answers):
        """Answers the prompts on a terminal; returns what was shown, and the exit code."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(program("quarantine"), ["quarantine", "account", "set", "global", "--store", self.sandbox.store])
        shown = b""
        for answer in answers:
            while not shown.endswith(b": "):
                shown += os.read(terminal, 1000)
            os.write(terminal, answer)
            shown += os.read(terminal, 1000)
        try:
            while data := os.read(terminal, 1000):
                shown += data
        except OSError:
            pass
        os.close(terminal)
        return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_prompt(self):
        shown, code = self.prompt(b"wrong\x15a good pas\xc3\xa9\x7fsword\n", b"a good password\n")
        self.assertEqual(code, 0, shown)
        self.assertNotIn("password\r", shown.replace("New password", ""))
        self.assertNotIn("good", shown)
        shown, code = self.prompt(b"a good password\n", b"another password\n")
        self.assertEqual(code, DATAERR)
        self.assertIn("differ", shown)
        shown, code = self.prompt(b"half\x03")
        self.assertEqual(code, DATAERR)
        self.assertIn("cancelled", shown)


class Import(ToolTest):
    def test_sources(self):
        with open(self.path("box"), "wb") as file:
            file.write(mbox(250))
        text = self.tool("import", "--mbox", self.path("box"), "--direction", "outgoing", "--class", "spam",
                         "--received-from-header")
        self.assertTrue(text.startswith("250 messages"), text)
        os.makedirs(self.path("maildir/cur"))
        os.makedirs(self.path("maildir/new"))
        for n in range(30):
            with open(self.path(f"maildir/cur/{n}.x:2,S"), "wb") as file:
                file.write(message(n))
        self.tool("import", "--maildir", self.path("maildir"), "--direction", "incoming")
        self.tool("import", "-", "--direction", "incoming", stdin=message(99))
        stats = self.stats()
        self.assertEqual([(c["direction"], c["class"], c["messages"]) for c in stats["classes"]],
                         [("incoming", "", 31), ("outgoing", "spam", 250)] if stats["classes"][0]["direction"] ==
                         "incoming" else [("outgoing", "spam", 250), ("incoming", "", 31)])
        spam = next(c for c in stats["classes"] if c["class"] == "spam")
        self.assertEqual((spam["first"], spam["last"]), (1793613600, 1793613659))
        self.assertEqual(self.tool("check"), "no faults\n")

    def test_twice(self):
        self.ingest(120)
        self.ingest(120)
        self.assertEqual(self.stats()["messages"], 120)
        self.tool("import", "-", "--direction", "outgoing", "--again", stdin=mbox(120))
        self.assertEqual(self.stats()["messages"], 240)

    def test_missing(self):
        self.assertIn("none", self.tool("import", "--mbox", self.path("none"), "--direction", "incoming",
                                        status=NOINPUT))
        self.tool("import", "--maildir", self.sandbox.path, "--direction", "incoming", status=NOINPUT)

    def test_stop(self):
        """Ctrl-C while input is awaited: what was read is stored, and the same command goes on from there."""
        command = [program("quarantine"), "import", "-", "--direction", "outgoing", "--store", self.sandbox.store]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdin.write(mbox(250, 1000) + b"From x\nSubject: unfinished")
            process.stdin.flush()
            while self.stats()["messages"] < 200:
                pass
            process.send_signal(signal.SIGINT)
            text = process.stdout.read().decode()
            process.stdin.close()
            self.assertEqual(process.wait(TIMEOUT), TEMPFAIL)
        self.assertIn("250 messages", text)
        self.assertIn("Run the same command again", text)
        self.assertEqual(self.stats()["messages"], 250)
        self.tool("import", "-", "--direction", "outgoing", stdin=mbox(300, 1000))
        self.assertEqual(self.stats()["messages"], 300)

    def test_hostile_class(self):
        self.tool("import", "-", "--direction", "outgoing", "--class", "\033]0;x\007\"", stdin=message(1))
        self.assertNotIn("\033", self.tool("stats"))
        self.assertEqual(self.stats()["classes"][0]["class"], '\\x1B]0;x\\x07"')


class CheckAndBackup(ToolTest):
    def damage(self, *statements):
        with sqlite3.connect(os.path.join(self.sandbox.store, "mail", "quarantine.db")) as db:
            for statement in statements:
                db.execute(statement)
        db.close()

    def faults(self):
        return self.tool("check", status=DATAERR)

    def test_damage(self):
        """Each kind of damage is found, and named by what it hit."""
        self.ingest(50)
        cases = (
            ("UPDATE mailbox SET unseen = 7 WHERE name = 'Outgoing'", "mailbox Outgoing: the counters"),
            ("UPDATE mailbox SET uidnext = 5 WHERE name = 'Outgoing'", "UIDNEXT 5"),
            ("UPDATE mailbox SET uidnext = 500 WHERE name = 'Outgoing'", "UIDs 0 to 127 have modseqs up to 51, their block says 0"),
            ("INSERT INTO entry_block VALUES ((SELECT id FROM mailbox WHERE name = 'Outgoing'), 5, 1)", "UIDs 640 to 767 are gone"),
            ("INSERT INTO message_shared VALUES (5, 1)", "message 5: 1 entries"),
            ("INSERT INTO message_shared VALUES (51, 0)", "message 51: 0 entries name it, it counts 0 and is not there"),
            ("DELETE FROM message WHERE id = 6", "message 6"),
            ("DELETE FROM fact WHERE message = 7", "message 7"),
            ("UPDATE fact SET hash = zeroblob(32) WHERE message = 8", "message 8: its bytes"),
            ("UPDATE structure SET users = users + 1", "structure"),
            ("UPDATE blob SET siblings = siblings + 1", "blobs build on it"),
            ("UPDATE blob SET data = zeroblob(40) WHERE id = (SELECT body FROM message WHERE id = 9)", "message 9"),
            ("DELETE FROM blob WHERE id = (SELECT head FROM message WHERE id = 10)", "and is not there"),
        )
        for statement, text in cases:
            self.damage(statement)
            self.assertIn(text, self.faults(), statement)

    def test_rows_out_of_order(self):
        """A page whose rows stand the other way round does not lead the check round in a circle."""
        self.ingest(5)
        path = os.path.join(self.sandbox.store, "mail", "quarantine.db")
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message'").fetchone()[0]
        db.close()
        with open(path, "r+b") as file:
            file.seek((root - 1) * 4096)
            page = file.read(4096)
            self.assertEqual(page[:1], b"\x0d", "a leaf")
            cells = struct.unpack(">5H", page[8:18])
            file.seek((root - 1) * 4096 + 8)
            file.write(struct.pack(">5H", *reversed(cells)))
        self.assertIn("out of order", self.faults())

    def test_row_of_zeroes(self):
        """Where a page was lost in its middle a row reads as NULLs. It is no empty message."""
        self.ingest(5)
        self.damage("PRAGMA writable_schema = ON",
                    "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'message'")
        self.damage("UPDATE message SET length = NULL, header_length = NULL, head = NULL, body = NULL WHERE id = 3",
                    "DELETE FROM fact WHERE message = 3")
        self.assertIn("message 3 (mailbox 2, UID 3) is damaged", self.tool("recover", self.path("new"), status=DATAERR))
        self.assertEqual(self.stats(store=self.path("new"))["messages"], 4)

    def test_torn_page(self):
        self.ingest(200)
        copy = self.path("copy.db")
        self.tool("backup", copy)
        with open(copy, "r+b") as file:
            file.seek(os.path.getsize(copy) // 4096 // 2 * 4096)
            file.write(b"\xff" * 4096)
        self.tool("restore", copy, store=self.path("restored"), status=DATAERR)
        self.assertFalse(os.path.exists(self.path("restored/mail/restore.db")))

    def test_expire(self):
        self.ingest(20)
        self.tool("import", "-", "--direction", "incoming", "--class", "virus", "--received-from-header",
                  stdin=mbox(10).replace(b"2026", b"2025"))
        self.assertEqual(self.tool("expire", "--keep", "incoming=never"), "0 messages expired\n")
        self.assertEqual(self.tool("expire"), "10 messages expired\n")
        self.assertEqual(self.stats()["messages"], 30)
        self.assertEqual(self.tool("expire", "--keep", "spam=0d", "--purge"), "20 messages expired\n")
        self.assertEqual(self.stats()["messages"], 0)
        self.assertEqual(self.tool("check"), "no faults\n")
        self.tool("expire", "--keep", "soon", status=USAGE)

    def test_backup_and_restore(self):
        self.ingest(150)
        copy, restored = self.path("copy.db"), self.path("restored")
        self.tool("backup", copy)
        self.assertEqual(stat.S_IMODE(os.stat(copy).st_mode), 0o600)
        self.tool("backup", copy, status=CANTCREAT)
        self.tool("restore", copy, status=CANTCREAT)
        self.tool("restore", copy, store=restored)
        self.assertEqual(self.tool("check", store=restored), "no faults\n")
        before, after = self.mailbox("Outgoing"), self.mailbox("Outgoing", restored)
        self.assertGreater(after[0], before[0])
        self.assertEqual(after[1], before[1])
        self.assertEqual(self.stats(restored)["messages"], 150)

    def test_no_backup(self):
        for content in (b"", b"x" * 100000, b"SQLite format 3\0" + b"\0" * 20000):
            with open(self.path("copy.db"), "wb") as file:
                file.write(content)
            self.tool("restore", self.path("copy.db"), store=self.path("restored"), status=DATAERR)
        with sqlite3.connect(self.path("other.db")) as db:
            db.execute("CREATE TABLE t (x)")
        db.close()
        self.tool("restore", self.path("other.db"), store=self.path("restored"), status=DATAERR)
        self.tool("restore", self.path("none.db"), store=self.path("restored"), status=NOINPUT)
        # What failed left no store: there is room for a good one.
        self.ingest(1)
        self.tool("backup", self.path("good.db"))
        self.tool("restore", self.path("good.db"), store=self.path("restored"))


if __name__ == "__main__":
    unittest.main()
