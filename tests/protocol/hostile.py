#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Some thousand broken messages in one import: every answer about them has to be valid by the grammar, and the
bytes have to be those that came in.

    tests/protocol/hostile.py [--count N] [--seed S] [--etpan PROGRAM] [--imapflow]

--etpan: read_all.c, which reads them all with libetpan; --imapflow: imapflow from npm
reads them, and nothing else does."""
import argparse
import base64
import os
import re
import shutil
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import broken  # noqa: E402
import harness  # noqa: E402
from strict import Strict  # noqa: E402

PARTS_MAX = 20  # parts of a message whose sections are asked for
ITEMS_MAX = 30  # of a FETCH
IDENTITIES = (b"7bit", b"8bit", b"binary")
NAMES = b'(From to SUBJECT "Content-Type" X-Spam Received x-0)'


def stored(message):
    """What the store makes of a message: CR before each LF when no line ends in CRLF."""
    return message if b"\r\n" in message else message.replace(b"\n", b"\r\n")


class Check:
    """The checks, each over all messages; what the structure said is kept for those after it."""

    def __init__(self, client, messages):
        self.client, self.messages, self.structures = client, messages, {}

    def fail(self, number, what):
        raise AssertionError(f"message {number} ({self.messages[number - 1][0]}): {what}")

    def each(self, items, check):
        seen = 0
        for number, data in self.client.fetch(b"1:*", items):
            seen += 1
            check(number, data, stored(self.messages[number - 1][1]))
        assert seen == len(self.messages), (items, seen)

    def same(self, number, got, wanted, what):
        if got != wanted:
            self.fail(number, f"{what}: {got!r:.200}, not {wanted!r:.200}")

    def rows(self):
        def check(number, data, message):
            self.same(number, data[b"RFC822.SIZE"], len(message), "size")
            self.same(number, data[b"UID"], number, "uid")
            self.same(number, shape(data[b"BODY"]), shape(data[b"BODYSTRUCTURE"]), "BODY and BODYSTRUCTURE")
            self.structures[number] = data[b"BODYSTRUCTURE"]
        self.each(b"(UID FLAGS INTERNALDATE SAVEDATE EMAILID THREADID RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE)", check)

    def content(self):
        def check(number, data, message):
            self.same(number, data[b"BODY[]"], message, "BODY[]")
            self.same(number, data[b"BODY[HEADER]"] + data[b"BODY[TEXT]"], message, "header and text")
        self.each(b"(BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT])", check)

    def old_content(self):
        def check(number, data, message):
            self.same(number, data[b"RFC822"], message, "RFC822")
            self.same(number, data[b"RFC822.HEADER"] + data[b"RFC822.TEXT"], message, "RFC822.HEADER and .TEXT")
        self.each(b"(RFC822 RFC822.HEADER RFC822.TEXT)", check)

    def partials(self):
        def check(number, data, message):
            self.same(number, data[b"BODY[]<0>"], message[:100], "BODY[]<0.100>")
            self.same(number, data[b"BODY[]<77>"], message[77:77 + 3000], "BODY[]<77.3000>")
            self.same(number, data[b"BODY[]<4000000000>"], b"", "BODY[] beyond the end")
        self.each(b"(BODY.PEEK[]<0.100> BODY.PEEK[]<77.3000> BODY.PEEK[]<4000000000.9>)", check)

    def some_fields(self):
        label = b"BODY[HEADER.FIELDS " + NAMES + b"]"

        def check(number, data, _):
            if len(data) != 2 or not all(v is not None and v.endswith(b"\r\n") for v in data.values()):
                self.fail(number, f"fields: {data!r:.300}")
            for line in data[label].split(b"\r\n"):
                if line and line[:1] not in b" \t" and b"\r" not in line and b"\n" not in line:
                    name = line.partition(b":")[0].strip(b" \t").upper()
                    if name not in NAMES.upper().translate(None, b'()"').split():
                        self.fail(number, f"field {line!r:.200} was not asked for")
        self.each(b"(BODY.PEEK[HEADER.FIELDS " + NAMES + b"] BODY.PEEK[HEADER.FIELDS.NOT " + NAMES + b"])", check)

    def sections(self):
        """Sections of each part: as long as the structure says."""
        for number, structure in self.structures.items():
            wanted = {}
            for path, part in list(walk(structure))[:PARTS_MAX]:
                wanted[b"BODY[%s]" % path] = part.octets
                wanted[b"BODY[%s.MIME]" % path] = None
                if part.envelope:
                    wanted.update({b"BODY[%s.%s]" % (path, name): None for name in (b"HEADER", b"TEXT")})
            labels = list(wanted)
            for i in range(0, len(labels), ITEMS_MAX):
                self.section_lengths(number, {label: wanted[label] for label in labels[i:i + ITEMS_MAX]})

    def section_lengths(self, number, wanted):
        items = b" ".join(label.replace(b"BODY[", b"BODY.PEEK[") for label in wanted)
        for _, data in self.client.fetch(b"%d" % number, b"(" + items + b")"):
            self.same(number, set(data), set(wanted), "sections")
            for label, octets in wanted.items():
                if data[label] is None or octets is not None and len(data[label]) != octets:
                    self.fail(number, f"{label!r}: {data[label]!r:.100}, not {octets} octets")

    def binaries(self):
        """Parts decoded: as long as BINARY.SIZE says, and what the encoding says where that can be told. NO
        [UNKNOWN-CTE] only for an encoding that is unknown."""
        for number, structure in self.structures.items():
            parts = dict(list(walk(structure))[:PARTS_MAX])
            for path, part in parts.items():
                self.binary(number, path, part)

    def binary(self, number, path, part):
        items = b"(BINARY.SIZE[%s] BINARY.PEEK[%s] BINARY.PEEK[%s]<3.50> BODY.PEEK[%s])" % (path, path, path, path)
        *answers, tagged = self.client.until(self.client.start(b"FETCH %d %s" % (number, items)))
        (data,) = [answer.data for answer in answers if answer.kind == "FETCH"]
        size, whole, slice_ = (data.get(b"BINARY" + label % path) for label in (b".SIZE[%s]", b"[%s]", b"[%s]<3>"))
        if part.parts or part.encoding.lower() in IDENTITIES:
            self.same(number, whole, data[b"BODY[%s]" % path], f"part {path} as it stands")
        if whole is None:
            self.same(number, (tagged.kind, tagged.code, size, slice_), ("NO", b"UNKNOWN-CTE", None, None), "unknown encoding")
            return
        self.same(number, (tagged.kind, size, slice_), ("OK", len(whole), whole[3:53]), "size and slice")
        if part.encoding.lower() == b"base64" and not part.parts:
            self.same(number, whole, from_base64(data[b"BODY[%s]" % path]), "from base64")

    def previews(self):
        """At most 200 characters that show, on one line."""
        def check(number, data, _):
            text = data[b"PREVIEW"].decode()
            if len(text) > 200 or text != " ".join(text.split()) or any(unicodedata.category(c) == "Cc" for c in text):
                self.fail(number, f"preview {text!r}")
        self.each(b"(PREVIEW)", check)
        self.each(b"(PREVIEW (LAZY))", check)

    def missing_sections(self):
        """What is not there is an empty string or NIL, never an error."""
        self.each(b"(BODY.PEEK[99] BODY.PEEK[1.1.1.1.1.1.HEADER] BODY.PEEK[2.MIME] BODY.PEEK[4294967295.TEXT])", lambda *_: None)

    def search(self):
        for keys in (b"ALL", b'HEADER From ""', b"SUBJECT x", b"BODY x", b"TEXT \"(\"", b"SENTSINCE 1-Jan-1970", b"LARGER 5", b"FROM a"):
            self.client.command(b"SEARCH " + keys)


def from_base64(text):
    """What is not of the alphabet is skipped, what follows the padding left out."""
    kept = b""
    for piece in re.findall(rb"[A-Za-z0-9+/]+|=", text):
        if piece != b"=":
            kept += piece
        elif len(kept) % 4 >= 2:
            break
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return base64.b64decode(kept + b"=" * (-len(kept) % 4))


def shape(part):
    """What BODY and BODYSTRUCTURE have in common."""
    return (part.kind, part.octets, part.lines, part.encoding, part.envelope, [shape(p) for p in part.parts])


def walk(part, path=b""):
    """(b"1.2", Part) of every part, by the numbers of RFC 3501; a message that is no multipart is part 1."""
    if not part.kind.startswith(b"MULTIPART/"):
        yield path or b"1", part
    if part.envelope is not None:
        yield from walk_message(part.parts[0], path or b"1")
    elif part.parts:
        for i, child in enumerate(part.parts, 1):
            yield from walk(child, (path + b"." if path else b"") + b"%d" % i)


def walk_message(part, path):
    """What a message/rfc822 holds: a multipart has the number of the message, another has .1."""
    yield from walk(part, path if part.kind.startswith(b"MULTIPART/") else path + b".1")


def read_all(server, count, *command):
    """Another IMAP library reads them all and prints their number."""
    host, port = server.address()
    done = harness.run(*command, host, str(port), "global", harness.PASSWORD, "Outgoing")
    assert int(done.stdout) == count, (command, done.stdout)


def imapflow(sandbox):
    """The command that reads with imapflow, installed into the sandbox."""
    folder = os.path.join(sandbox.path, "imapflow")
    shutil.copytree(os.path.join(HERE, "..", "clients", "imapflow"), folder)
    harness.run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--cache", os.path.join(sandbox.path, "npm"), cwd=folder)
    return "node", os.path.join(folder, "read_all.js")


def strictly(server, messages):
    with Strict(server, nul=True) as client:
        client.login()
        client.command(b"SELECT Outgoing")
        check = Check(client, messages)
        for step in (check.rows, check.content, check.old_content, check.partials, check.some_fields, check.sections, check.binaries, check.previews,
                     check.missing_sections, check.search):
            step()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=3040)
    options.add_argument("--seed", default="1")
    options.add_argument("--etpan")
    options.add_argument("--imapflow", action="store_true")
    chosen = options.parse_args()
    messages = list(broken.corpus(chosen.count, chosen.seed))
    with harness.Sandbox() as sandbox:
        sandbox.init().import_messages([message for _, message in messages])
        server = sandbox.server()
        if chosen.imapflow:
            read_all(server, len(messages), *imapflow(sandbox))
            return
        strictly(server, messages)
        if chosen.etpan:
            read_all(server, len(messages), chosen.etpan)


main()
