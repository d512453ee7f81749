#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Generated commands, valid, half valid and random: no crash, no hang, and every answer valid by the grammar.

    tests/protocol/generated.py [--count N] [--seed S]

A failure names the seed and the last commands."""
import argparse
import collections
import os
import random
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import broken  # noqa: E402
import harness  # noqa: E402
from strict import Strict  # noqa: E402

LITERAL = re.compile(rb"\{(\d+)(\+?)\}\Z")
MESSAGES = 76
DELIVER_EVERY = 100  # commands: some remove messages
RECONNECT_EVERY = 50  # commands: what a session enables stays
SELECT_EVERY = 6  # commands: so that most find a mailbox selected
RULES = {
    "command": ["NOOP", "CHECK", "CAPABILITY", "NAMESPACE", "ID {id}", "ENABLE {atom}", "ENABLE UTF8=ACCEPT", "ENABLE IMAP4rev2", "SELECT {box}", "SELECT {box}", "EXAMINE {box}", "CLOSE", "UNSELECT",
                "LIST {string} {pattern}", "LSUB {string} {pattern}", "XLIST {string} {pattern}", "STATUS {box} ({status})", "CREATE {box}",
                "DELETE {own}", "RENAME {own} {own}", "SUBSCRIBE {box}", "UNSUBSCRIBE {box}", "{uid}FETCH {set} {items}", "{uid}FETCH {set} {items}",
                "{uid}FETCH {set} {items}{modifier}", "{uid}STORE {set} {store}", "{uid}COPY {set} {box}", "{uid}MOVE {few} {own}", "EXPUNGE", "UID EXPUNGE {few}",
                "{uid}SEARCH {return}{charset}{keys}", "{uid}SEARCH {return}{charset}{keys}", "{uid}SORT {return}({sorts}) UTF-8 {keys}",
                "{uid}THREAD {thread} UTF-8 {keys}", "NOTIFY {notify}", "CANCELUPDATE {string}", "APPEND {box} {appended}", "IDLE", "STARTTLS", "GETMETADATA {wish}{box} ({entry} {entry})",
                "SETMETADATA {box} ({entry} {value})", 'SETMETADATA "" ({entry} {value} {entry} {value})', 'GETMETADATA {wish}"" {entry}', "LOGIN a b", "AUTHENTICATE PLAIN", "GETACL {box}"],
    "id": ["NIL", '("name" {string})', "()", '("name")'],
    "uid": ["", "UID "],
    "box": ["INBOX", "Outgoing", "Outgoing", "Outgoing", "outgoing", '"Outgoing"', "Incoming", "Trash", "{own}", "{string}"],
    "own": ["Evidence", "\"\xc3\xa4\"", "\"A\xcc\x8a/x\"", '"Evidence/case 1"', "a/b/c", "&AOQ-", '"&"', "{string}"],
    "pattern": ["*", "%", '"%/%"', '""', "{box}", "(Outgoing %)", "* RETURN (METADATA ({entry}))"],
    "wish": ["", "", "(DEPTH 1) ", "(MAXSIZE 3 DEPTH infinity) ", "({atom}) "],
    "entry": ["/shared/comment", "/private/comment", "/shared", "/private/specialuse", "/shared/admin", "/shared/vendor/a/b", "/private/{atom}", "{string}"],
    "value": ["NIL", "{string}", '"some text"', '"\\\\Sent"', '"\\\\Trash \\\\Junk"', "~{literal4}"],
    "status": ["MESSAGES", "MESSAGES UIDNEXT", "UIDVALIDITY UNSEEN RECENT", "SIZE", "HIGHESTMODSEQ", "MAILBOXID", "DELETED", "{atom}"],
    "set": ["1", "*", "1:*", "*:1", "{n}", "{n}:{n}", "{n},{n}", "{n}:{n},{n}:*", "4294967295", "0", "$", "1,1,1"],
    "few": ["{n}", "{n}", "{n}:{n}"],
    "n": ["1", "2", "3", "7", "20", "60", "75", "80"],
    "items": ["FLAGS", "ALL", "FULL", "FAST", "{item}", "({item} {item})", "({item} {item} {item} UID)", "({item}{item})"],
    "item": ["UID", "FLAGS", "ENVELOPE", "BODY", "BODYSTRUCTURE", "INTERNALDATE", "RFC822.SIZE", "RFC822", "RFC822.HEADER", "RFC822.TEXT", "MODSEQ",
             "BODY{peek}[{section}]{partial}", "BODY{peek}[{section}]{partial}", "BINARY{peek}[{part}]{partial}", "BINARY.SIZE[{part}]", "BINARY.PEEK[]", "{stored}", "{stored}", "{atom}"],
    "stored": ["PREVIEW", "PREVIEW (LAZY)", "PREVIEW ({atom})", "EMAILID", "THREADID", "SAVEDATE"],
    "modifier": [" ({modifying})", " ({modifying})", " ({modifying} {modifying})", "{modifying}"],
    "modifying": ["PARTIAL {window}", "PARTIAL {window}", "CHANGEDSINCE {n}", "VANISHED", "{atom}"],
    "window": ["1:5", "-1:-5", "{n}:{n}", "-{n}:-{n}", "0:1", "1:-1", "4294967295:1"],
    "peek": ["", ".PEEK"],
    "section": ["", "HEADER", "TEXT", "MIME", "{part}", "{part}.MIME", "{part}.HEADER", "{part}.TEXT", "HEADER.FIELDS ({fields})", "HEADER.FIELDS.NOT ({fields})"],
    "part": ["1", "2", "1.1", "1.2.3", "0", "4294967296", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1"],
    "fields": ["From", "From To", '"Subject"', "{string}", ""],
    "partial": ["", "", "<0.10>", "<5.99999>", "<99999999.1>", "<0.0>", "<1>"],
    "store": ["{how} ({flag})", "{how} {flag}", "{how} ({flag} {flag})", "{how} ()", "(UNCHANGEDSINCE {n}) {how} ({flag})"],
    "how": ["FLAGS", "+FLAGS", "-FLAGS", "FLAGS.SILENT", "+flags.silent", "-Flags.Silent"],
    "flag": ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$label1", "NonJunk", "\\Recent", "\\Foo", "{atom}"],
    "return": ["", "", "RETURN () ", "RETURN (COUNT) ", "RETURN (MIN MAX ALL) ", "RETURN (SAVE) ", "RETURN (PARTIAL {window}) ", "RETURN (SAVE MAX PARTIAL {window}) ", "RETURN ({atom}) ",
               "RETURN (UPDATE COUNT) ", "RETURN (UPDATE ({item}) PARTIAL {window}) "],
    "notify": ["NONE", "SET ({watched})", "SET STATUS ({watched}) ({watched})", "SET ({atom} {events})"],
    "watched": ["selected {events}", "selected-delayed {events}", "personal {events}", "mailboxes {box} {events}", "subtree ({box} {box}) {events}"],
    "events": ["NONE", "(MessageNew MessageExpunge)", "(MessageNew ({item}) MessageExpunge FlagChange)", "(MailboxName SubscriptionChange)",
               "(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)", "({atom})", "MessageNew"],
    "charset": ["", "", "CHARSET UTF-8 ", "CHARSET US-ASCII ", "CHARSET {atom} "],
    "keys": ["{key}", "{key} {key}", "({key} {key})", "NOT {key}", "OR {key} {key}", "OR NOT ({key}) ({key} ({key}))"],
    "key": ["ALL", "SEEN", "UNSEEN", "ANSWERED", "DELETED", "KEYWORD $label1", "{set}", "UID {set}", "SUBJECT {string}", "FROM {string}", "TEXT {string}",
            "BODY {string}", "HEADER {string} {string}", "SINCE {date}", "SENTBEFORE {date}", "ON {date}", "SAVEDBEFORE {date}", "SAVEDSINCE {date}", "SAVEDON {date}", "SAVEDATESUPPORTED", "LARGER {n}", "SMALLER 4294967295", "YOUNGER {n}",
            "OLDER {n}", "MODSEQ {n}", "EMAILID M{n}", "THREADID Tm{n}", "THREADID {atom}", "NEW", "OLD", "RECENT", "{atom}", "$"],
    "date": ["1-Jan-2026", '"01-Feb-1970"', "31-Feb-2020", "1-Foo-2020", "99-Jan-2020"],
    "sorts": ["DATE", "REVERSE SUBJECT", "ARRIVAL SIZE", "FROM TO CC", "DISPLAYFROM", "{atom}"],
    "thread": ["ORDEREDSUBJECT", "REFERENCES", "{atom}"],
    "appended": ["{end}", "(\\Seen) {end}", '"01-Jan-2026 00:00:00 +0000" {end}', '(\\Seen {flag}) " 1-Jan-2026 00:00:00 +0000" {end}', '"x" {end}'],
    "end": ["{literal0}", "{literal5}", "{literal300+}", "{literal9+}", "~{literal5}", "~{literal20+}", "UTF8 (~{literal20+}"],
    "string": ["x", '""', '"a b"', '"\\"q\\\\"', "ä", '"\xff"', '"unclosed', "NIL", "Message-ID", "{literal4}", "a%b", '"=?utf-8?q?x?="'],
    "atom": ["CONDSTORE", "METADATA", "FOO", "UTF8=ACCEPT", "koi8-r", "x" * 200, "a-b", "]", "+", "{n}"],
}


def expand(rng, text):
    """A sentence of the rules."""
    def one(found):
        word = found.group(1)
        if word.startswith("literal"):
            return "{" + word.removeprefix("literal") + "}"
        return expand(rng, rng.choice(RULES[word]))
    return re.sub(r"\{([a-z]+[0-9+]*)\}", one, text)


def sentence(rng):
    return expand(rng, rng.choice(RULES["command"])).encode("latin-1")


def half_valid(rng):
    """A sentence with something cut out, doubled, swapped or put in."""
    text = bytearray(sentence(rng))
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.randint(0, 6))
        text[at:end] = rng.choice([b"", text[at:end] * 2, bytes([rng.randrange(256)]), b"(", b")", b'"', b" ", b"{3}", b"[", b"<0", b"*", sentence(rng)])
    return bytes(text)


def random_bytes(rng):
    return bytes(rng.choices(range(256), k=rng.randint(0, 200)))


def command(rng):
    """One line without its end, and the data of a literal at its end."""
    make = rng.choices([sentence, half_valid, random_bytes], [6, 3, 1])[0]
    text = make(rng).translate(None, b"\r\n")
    literal = LITERAL.search(text)
    if literal and int(literal.group(1)) > 5000:
        text = text[:literal.start()] + b"{7}"
    return text


class Talk:
    """A session that is opened anew when the server has ended it."""

    def __init__(self, server, rng):
        self.server, self.rng, self.client, self.recent = server, rng, None, collections.deque(maxlen=20)
        self.kinds = collections.Counter()

    def connect(self):
        self.client = Strict(self.server, nul=True)
        self.client.login()
        self.client.command(b"SELECT Outgoing")

    def one(self, text):
        if self.client is None:
            self.connect()
        self.recent.append(text)
        tag = self.client.start(text)
        literal = LITERAL.search(text)
        if literal and literal.group(2):
            self.finish_literal(literal)
        ended = False
        while True:
            answer = self.client.reader.answer()
            if answer is None:
                assert ended, "the server closed the connection without BYE"
                return self.close()
            self.kinds[answer.kind] += 1
            ended = ended or answer.kind == "BYE"
            if answer.kind == "+":
                self.proceed(text, literal)
            if answer.tag == tag and not ended:
                return None

    def proceed(self, text, literal):
        """What the server waits for after "+"."""
        if literal and not literal.group(2):
            self.finish_literal(literal)
        else:
            self.client.send(b"DONE\r\n" if text.upper().startswith(b"IDLE") else b"*\r\n")

    def finish_literal(self, literal):
        size = int(literal.group(1))
        self.client.send((b"Subject: x\r\n\r\n" * (size // 14 + 1))[:size] + b"\r\n")

    def close(self):
        if self.client:
            self.client.__exit__()
        self.client = None


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=100000)
    options.add_argument("--seed", default="1")
    chosen = options.parse_args()
    rng = random.Random(chosen.seed)
    with harness.Sandbox() as sandbox:
        messages = [message for _, message in broken.corpus(MESSAGES)]
        sandbox.init().import_messages(messages)
        settings = os.path.join(sandbox.path, "imapd.conf")
        with open(settings, "w", encoding="ascii") as file:
            file.write("bad-commands = 100000\n")
        talk = Talk(sandbox.server("--config", settings), rng)
        try:
            for i in range(chosen.count):
                if i % DELIVER_EVERY == 0:
                    sandbox.deliver(messages[i // DELIVER_EVERY % MESSAGES])
                if i % RECONNECT_EVERY == 0:
                    talk.close()
                talk.one(b"SELECT Outgoing" if i % SELECT_EVERY == 0 else command(rng))
        except Exception:
            print(f"seed {chosen.seed}; the last commands:", *talk.recent, sep="\n  ")
            raise
        talk.close()
        print(dict(talk.kinds))


main()
