#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""recover.py [ROUNDS]: quarantine recover. Of a whole store everything comes back; of one with damaged pages, a cut
file or a damaged log what comes back is what was delivered, in a store without faults, and the damaged one is not
touched."""
import os
import random
import shutil
import sqlite3
import sys

from ledger import harness

WHOLE, PARTLY = 0, 65
COUNT = 400
PAGE = 4096


# What a tool might take for its own: ends and beginnings of an mbox, a spool file, a database dump, SMTP, a table.
MARKERS = [b"From shop Mon Nov  2 10:00:00 2026", b"", b"quarantine-spool 1", b"length 0", b"", b"QDq1", b".", b"QUIT",
           b"BEGIN TRANSACTION;", b"DELETE FROM message;", b"COMMIT;", b"sender,recipients", b'"=1+1","@x"', b"* 1 EXPUNGE"]


def message(number):
    """One in three with bare LF; some that need frames of their own."""
    end = b"\n" if number % 3 == 0 else b"\r\n"
    noise = random.Random(number)
    lines = [b"Subject: number %d" % number, b"From: shop@customer.example", b"To: victim@example.net", b""]
    if number % 50 == 11:
        lines += MARKERS
    lines += [noise.randbytes(30).hex().encode() for _ in range(8000 if number == 7 else number % 60)]
    return end.join(lines) + end


def fill(sandbox):
    """Messages of both directions; flags, keywords, copies, moves, own mailboxes, a notice, some expunged."""
    sandbox.import_messages([message(n) for n in range(COUNT)])
    sandbox.import_messages([message(n) for n in range(COUNT, COUNT + 50)], direction="incoming")
    server = sandbox.server()
    client = harness.Client(server)
    client.line()
    for command in (b"LOGIN global \"" + harness.PASSWORD.encode() + b"\"", b"CREATE Cases/Shop", b"SELECT Outgoing",
                    b"STORE 1:40 +FLAGS (\\Seen)", b"STORE 20:30 +FLAGS (\\Flagged looked spamrun)",
                    b"COPY 5:9 Cases/Shop", b"MOVE 300:320 Trash", b"STORE 100:110 +FLAGS (\\Deleted)", b"EXPUNGE",
                    b"SELECT Cases/Shop", b"STORE 1 +FLAGS (followed)", b"APPEND Cases {5+}\r\nA: b\n"):
        lines = client.command(command)
        assert lines[-1].startswith(b"t OK"), lines
    client.close()
    server.stop()


def contents(store):
    """A sorted list of all that is to come back."""
    with sqlite3.connect(f"file:{store}/mail/quarantine.db?mode=ro", uri=True) as db:
        db.text_factory = lambda text: text.decode(errors="surrogateescape")  # texts are bytes as they came
        keywords = {}
        for mailbox, bit, name in db.execute("SELECT mailbox, bit, name FROM keyword"):
            keywords[mailbox, bit] = name.lower()
        rows = db.execute(
            "SELECT m.name, e.mailbox, e.flags, f.hash, f.raw_length, f.line_feeds, f.direction, f.received, f.class, "
            "f.sender FROM entry e JOIN mailbox m ON m.id = e.mailbox JOIN fact f ON f.message = e.message "
            "WHERE e.gone = 0").fetchall()
    db.close()
    return sorted((name, sorted(keywords.get((mailbox, bit), str(bit)) for bit in range(63) if flags >> bit & 1), *facts)
                  for name, mailbox, flags, *facts in rows)


def files(store):
    result = {}
    for name in ("quarantine.db", "quarantine.db-wal"):
        with open(os.path.join(store, "mail", name), "rb") as file:
            result[name] = file.read()
    return result


def recover(damaged, new):
    before = files(damaged)
    done = harness.run(harness.program("quarantine"), "recover", new, "--store", damaged, check=False)
    assert files(damaged) == before, "the damaged store was changed"
    assert not os.path.exists(new + ".scratch")
    return done


class Damage:
    """Ways to spoil a copy of the files. Each returns what it did."""

    def __init__(self, store, noise):
        self.mail, self.noise = os.path.join(store, "mail"), noise

    def _change(self, name, act):
        path = os.path.join(self.mail, name)
        with open(path, "r+b") as file:
            size = os.path.getsize(path)
            return act(file, size) if size else f"{name} is empty"

    def zero_pages(self):
        def act(file, size):
            pages = sorted(self.noise.sample(range(size // PAGE), min(self.noise.randrange(1, 6), size // PAGE)))
            for page in pages:
                file.seek(page * PAGE)
                file.write(bytes(PAGE))
            return f"pages {pages} zeroed"
        return self._change("quarantine.db", act)

    def flip(self, name="quarantine.db"):
        def act(file, size):
            places = [self.noise.randrange(size) for _ in range(self.noise.choice((1, 10, 100)))]
            for at in places:
                file.seek(at)
                byte = file.read(1)[0]
                file.seek(at)
                file.write(bytes([byte ^ 1 << self.noise.randrange(8)]))
            return f"{len(places)} bits of {name} flipped"
        return self._change(name, act)

    def flip_log(self):
        return self.flip("quarantine.db-wal")

    def cut(self):
        def act(file, size):
            at = self.noise.randrange(size)
            file.truncate(at)
            return f"cut to {at} of {size}"
        return self._change("quarantine.db", act)

    def swap(self):
        def act(file, size):
            one, other = (self.noise.randrange(size // PAGE) * PAGE for _ in range(2))
            pages = []
            for at in (one, other):
                file.seek(at)
                pages.append(file.read(PAGE))
            for at, page in ((one, pages[1]), (other, pages[0])):
                file.seek(at)
                file.write(page)
            return f"pages {one // PAGE} and {other // PAGE} swapped"
        return self._change("quarantine.db", act)

    def first_page(self):
        def act(file, _):
            file.write(self.noise.randbytes(PAGE))
            return "the first page overwritten"
        return self._change("quarantine.db", act)

    def any(self):
        ways = (self.zero_pages, self.flip, self.flip_log, self.cut, self.swap, self.first_page)
        return self.noise.choice(ways)()


def delivered(store):
    """The hashes of all that is stored, expunged messages included: where lists are lost these may come back."""
    with sqlite3.connect(f"file:{store}/mail/quarantine.db?mode=ro", uri=True) as db:
        return {row[0] for row in db.execute("SELECT hash FROM fact")}


def check_new(new, hashes):
    """Without faults, and nothing that was not delivered. How many messages it holds."""
    assert harness.run(harness.program("quarantine"), "check", "--store", new).stdout == b"no faults\n"
    rows = contents(new)
    assert all(row[2] in hashes for row in rows), "a message that was never delivered"
    return len({row[2] for row in rows})


def round_of(sandbox, number, hashes):
    damaged, new = (os.path.join(sandbox.path, name) for name in ("damaged", "new"))
    shutil.copytree(sandbox.store, damaged, ignore=shutil.ignore_patterns("reserve", "*.sock", "watch", "deliver"))
    what = Damage(damaged, random.Random(number)).any()
    done = recover(damaged, new)
    assert done.returncode in (WHOLE, PARTLY), (what, done)
    there = check_new(new, hashes)
    shutil.rmtree(damaged)
    shutil.rmtree(new)
    return what, there


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with harness.Sandbox().init() as sandbox:
        fill(sandbox)
        whole, new = contents(sandbox.store), os.path.join(sandbox.path, "new")
        done = recover(sandbox.store, new)
        assert done.returncode == WHOLE, done
        back = contents(new)
        assert back == whole, ([row for row in back if row not in whole][:3], [row for row in whole if row not in back][:3])
        shutil.rmtree(new)
        print(f"a whole store: all {len(whole)} entries come back", flush=True)
        hashes = delivered(sandbox.store)
        messages = len({row[2] for row in whole})
        shares = []
        for number in range(rounds):
            try:
                what, there = round_of(sandbox, number, hashes)
            except Exception:
                print(f"round {number}", file=sys.stderr)
                raise
            if rounds <= 30:
                print(f"{what}: {there} of {messages}", flush=True)
            shares.append(there)
        shares.sort()
        print(f"{rounds} damaged stores of {messages} messages: came back in the middle {shares[rounds // 2]}, "
              f"in one of ten less than {shares[rounds // 10]}, at least {shares[0]}")


if __name__ == "__main__":
    main()
