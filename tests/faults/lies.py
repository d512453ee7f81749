#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""lies.py [EVERY]: rows that say what cannot be. In each column of each table (or each EVERY-th) values go into some rows
that no program of ours writes: numbers at the ends of their ranges, texts and bytes of no sense, nothing. The server is
then asked for everything. It may refuse, and answers go on being answers; it does not crash, hang or swell."""
import os
import random
import resource
import shutil
import sqlite3
import sys

from ledger import harness, message

COUNT = 40
MEMORY = 1 << 31  # that a server may take; sanitizers need more and have it
VALUES = (0, 1, -1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, -2**63, "", "text", b"", b"\0\xff" * 40, b"(" * 5000, None)
QUESTIONS = (b"SELECT Outgoing", b"FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ)", b"FETCH 1:* (ENVELOPE BODYSTRUCTURE)",
             b"FETCH 1:* (BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODY.PEEK[1]<5.20> BODY.PEEK[TEXT])",
             b"UID SEARCH OR FROM shop BODY dear", b"SEARCH LARGER 5 SINCE 1-Jan-2000 KEYWORD x", b"SORT (SUBJECT DATE) UTF-8 ALL",
             b"THREAD REFERENCES UTF-8 ALL", b"STORE 1:5 +FLAGS (\\Flagged marked)", b"COPY 1:4 Trash", b"MOVE 5:6 Trash",
             b"STATUS Trash (MESSAGES UIDNEXT UNSEEN SIZE)", b"LIST \"\" *", b"STORE 7:8 +FLAGS (\\Deleted)", b"EXPUNGE",
             b"SELECT Trash", b"FETCH 1:* (UID ENVELOPE)", b"NOOP")


def columns(db):
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
    return [(table, row[1]) for table in sorted(tables) for row in db.execute(f"PRAGMA table_info({table})")]


def lie(path, table, column, noise):
    """Each value in some rows; those that the table's own rules refuse stay out."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        for value in VALUES:
            try:
                db.execute(f"UPDATE {table} SET {column} = ? WHERE abs(random()) % 4 = {noise.randrange(4)}", (value,))
            except (sqlite3.IntegrityError, OverflowError):
                pass
    db.close()


def is_sanitized(server):
    with open(f"/proc/{server.process.pid}/maps", encoding="utf-8") as maps:
        return "libasan" in maps.read()


def ask(sandbox, what):
    server = harness.Server(sandbox)
    try:
        if not is_sanitized(server):
            resource.prlimit(server.process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        client = harness.Client(server)
        client.line()
        client.command(b"LOGIN global \"" + harness.PASSWORD.encode() + b"\"")
        for question in QUESTIONS:
            answer = client.command(question)[-1].split()[1]
            assert answer in (b"OK", b"NO", b"BAD"), (what, question, answer)
        client.close()
        harness.run(harness.program("quarantine"), "check", "--store", sandbox.store, check=False)
        harness.run(harness.program("quarantine"), "expire", "--keep", "0d", "--purge", "--store", sandbox.store, check=False)
        sandbox.deliver(message(1), check=False)
    except AssertionError as error:
        raise AssertionError(f"{what}: {error}\n{server.log()[-2000:]}") from error
    finally:
        assert server.stop() == 0, (what, server.log()[-2000:])


def main():
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with harness.Sandbox().init() as sandbox:
        sandbox.import_messages([message(n) for n in range(COUNT)])
        saved, mail = os.path.join(sandbox.path, "saved"), os.path.join(sandbox.store, "mail")
        shutil.copytree(mail, saved, ignore=shutil.ignore_patterns("watch"))
        with sqlite3.connect(os.path.join(mail, "quarantine.db")) as db:
            chosen = columns(db)[::every]
        db.close()
        for number, (table, column) in enumerate(chosen):
            shutil.copytree(saved, mail, dirs_exist_ok=True)
            for name in ("quarantine.db-wal", "quarantine.db-shm"):
                if not os.path.exists(os.path.join(saved, name)) and os.path.exists(os.path.join(mail, name)):
                    os.unlink(os.path.join(mail, name))
            lie(os.path.join(mail, "quarantine.db"), table, column, random.Random(number))
            ask(sandbox, f"{table}.{column}")
        print(f"{len(chosen)} columns with rows that lie")


if __name__ == "__main__":
    main()
