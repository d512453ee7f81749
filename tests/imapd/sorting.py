#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""SORT and THREAD against a plain re-implementation of RFC 5256 and 5957, over generated messages."""
import datetime
import email.utils
import random
import re
import unicodedata

from cases import Raw, harness, main, probe

BLOB = r"\[[^\[\]]*\][ \t]*"
LEADER = re.compile(rf"(?:{BLOB})*(re|fwd?)[ \t]*(?:{BLOB})?:|[ \t]", re.I)
TRAILER = re.compile(r"\(fwd\)$|[ \t]$", re.I)
NONE = object()


def base_subject(text):
    """RFC 5256 section 2.1, step by step: the base subject, and whether it is a reply or forward."""
    text, reply = re.sub(r"\s+", " ", text), False
    while True:
        while found := TRAILER.search(text):
            reply |= found.group() not in " \t"
            text = text[:found.start()]
        while True:
            if found := LEADER.match(text):
                reply |= found.group() not in " \t"
                text = text[found.end():]
            elif (found := re.match(BLOB, text)) and text[found.end():]:
                text = text[found.end():]
            else:
                break
        if not re.fullmatch(r"\[fwd:.*\]", text, re.I):
            return collated(text), reply
        text, reply = text[5:-1], True


def collated(text):
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c.upper() if c.isascii() else c for c in folded).encode()


class Message:
    def __init__(self, rng, number):
        word = ["offer", "Parcel", "prize", "[list] news", "é", "_x", "Zoo", "[fwd: offer]", ""]
        prefix = ["", "", "", "Re: ", "Fwd: ", "[a] re[2]: ", "AW: ", "re : "]
        self.subject = rng.choice(prefix) + rng.choice(word) + rng.choice(["", "", "", " (fwd)", "  "])
        self.base, self.reply = base_subject(self.subject)
        self.name = rng.choice(["", "Ann", "bob B.", "_u", "Zoë"])
        self.sender = rng.choice(["ann", "Bob", "carl", "_d"])
        self.to = rng.choice(["x", "Y", "zed", None])
        self.cc = rng.choice(["k", "L", None, None])
        self.date = rng.choice([None, 1700000000 + rng.randrange(40) * 60, 1700000000 + rng.randrange(10 ** 7)])
        self.zone = rng.choice([-800, 0, 530])
        self.received = 1690000000 + rng.randrange(2 * 10 ** 7)
        ids = [f"{i}@x" for i in range(150)]
        self.id = rng.choice([None, rng.choice(ids), f"own{number}@x"])
        self.references = rng.sample(ids, rng.choice([0, 0, 0, 1, 2, 5]))
        self.in_reply_to = rng.choice([None, None, rng.choice(ids)])
        self.body = "x" * rng.randrange(200)

    def text(self):
        lines = [f"Subject: {encoded(self.subject)}",
                 f"From: {encoded(self.name)} <{self.sender}@a.example>" if self.name else f"From: {self.sender}@a.example"]
        if self.to:
            lines.append(f"To: {self.to}@b.example, other@b.example")
        if self.cc:
            lines.append(f"Cc: group: {self.cc}@c.example;")
        if self.date:
            zone = datetime.timezone(datetime.timedelta(hours=self.zone // 100, minutes=self.zone % 100))
            lines.append("Date: " + email.utils.format_datetime(datetime.datetime.fromtimestamp(self.date, zone)))
        if self.id:
            lines.append(f"Message-ID: <{self.id}>")
        if self.references:
            lines.append("References: " + "\n ".join(f"<{i}>" for i in self.references))
        if self.in_reply_to:
            lines.append(f"In-Reply-To: text <{self.in_reply_to}> <other@y>")
        return "\n".join(lines) + "\n\n" + self.body + "\n"

    def learn(self, size, received):
        self.size, self.arrival = size, received
        self.sent = self.date if self.date is not None else received
        self.parents = self.references or ([self.in_reply_to] if self.in_reply_to else [])

    def key(self, by):
        return {"ARRIVAL": self.arrival, "DATE": self.sent, "SIZE": self.size, "SUBJECT": self.base,
                "FROM": collated(self.sender), "TO": collated(self.to or ""),
                "CC": collated("group" if self.cc else ""),
                "DISPLAYFROM": collated(self.name or self.sender + "@a.example"),
                "DISPLAYTO": collated(self.to + "@b.example" if self.to else "")}[by]


def encoded(text):
    if text.isascii():
        return text
    return "=?utf-8?q?" + "".join(chr(b) if chr(b).isalnum() and b < 128 else f"={b:02X}" for b in text.encode()) + "?="


# ------------------------------------------------------------------------------------------ threads

class Node:
    def __init__(self, message=None, number=0):
        self.message, self.number, self.parent, self.children = message, number, None, []

    def first(self):
        return self if self.message else min(self.children, key=Node.order)

    def order(self):
        first = self.first()
        return first.message.sent, first.number

    def adopt(self, child):
        at = self
        while at is not None:
            if at is child:
                return
            at = at.parent
        child.leave()
        child.parent = self
        self.children.append(child)

    def leave(self):
        if self.parent:
            self.parent.children.remove(self)
        self.parent = None

    def text(self):
        children = sorted(self.children, key=Node.order)
        own = str(self.number) if self.message else ""
        if not children:
            return own
        if len(children) == 1:
            inner = children[0].text()
        else:
            inner = "".join(f"({c.text()})" for c in children)
        return f"{own} {inner}" if own else inner


def told(roots):
    return "".join(f"({root.text()})" for root in sorted(roots, key=Node.order))


def ordered_subject(messages):
    threads = {}
    for number, message in sorted(messages, key=lambda m: (m[1].sent, m[0])):
        node = Node(message, number)
        threads.setdefault(message.base, node)
        if threads[message.base] is not node:
            threads[message.base].adopt(node)
    return told(threads.values())


def linked(messages):
    """Step 1. Whose parent a message is by its own word comes before what others say."""
    named, nodes = {}, []
    for number, message in messages:
        node = Node(message, number)
        nodes.append(node)
        if message.id:
            named.setdefault(message.id, node)
    for node in nodes:
        for reference in node.message.parents:
            named.setdefault(reference, Node())
    for node in nodes:
        if node.message.parents:
            named[node.message.parents[-1]].adopt(node)
    for node in nodes:
        for above, below in zip(node.message.parents, node.message.parents[1:]):
            if not named[below].message and not named[below].parent:
                named[above].adopt(named[below])
    return list({id(n): n for n in nodes + list(named.values())}.values())


def prune(node, top):
    for child in list(node.children):
        prune(child, False)
    if not node.message and (not top or len(node.children) < 2):
        for child in list(node.children):
            parent = node.parent
            child.leave()
            child.parent = parent
            if parent:
                parent.children.append(child)
        node.leave()


def references(messages):
    nodes = linked(messages)
    for root in [n for n in nodes if not n.parent]:
        prune(root, True)
    roots = sorted((n for n in nodes if not n.parent and (n.message or n.children)), key=Node.order)
    table = {}
    for root in roots:
        base, entry = root.first().message.base, table.get(root.first().message.base)
        if base and (entry is None or (entry.message and (
                not root.message or (entry.message.reply and not root.message.reply)))):
            table[base] = root
    result = []
    for root in roots:
        base = root.first().message.base
        entry = table.get(base)
        if not base or entry is root:
            result.append(root)
        elif not root.message and not entry.message:
            for child in list(root.children):
                entry.adopt(child)
        elif not entry.message or (root.message.reply and not entry.message.reply):
            entry.adopt(root)
        else:
            both = Node()
            table[base] = both
            result = [n for n in result if n is not entry] + [both]
            both.adopt(root)
            both.adopt(entry)
    return told(n for n in result if not n.parent)


# -------------------------------------------------------------------------------------------- tests

def fill(sandbox, rng, count):
    messages = [Message(rng, number) for number in range(count)]
    mbox = ""
    for message in messages:
        when = datetime.datetime.fromtimestamp(message.received, datetime.timezone.utc)
        mbox += f"From x@example.net {when:%a %b %e %H:%M:%S %Y}\n{message.text()}\n"
    harness.run(harness.program("quarantine"), "import", "-", "--store", sandbox.store, "--direction", "outgoing",
                stdin=mbox.encode())
    return messages


def ask(client, command):
    client.send(b"t " + command.encode() + b"\r\n")
    lines = client.until(b"\r\nt OK" if command != "SELECT Outgoing" else b"t OK").decode().split("\r\n")
    client.until(b"\r\n")
    return lines


def begin(sandbox, seed, count=300):
    rng = random.Random(seed)
    messages = fill(sandbox, rng, count)
    client = Raw(sandbox.server()).login()
    ask(client, "SELECT Outgoing")
    for line in ask(client, "FETCH 1:* (RFC822.SIZE INTERNALDATE)"):
        if found := re.match(r'\* (\d+) FETCH \(RFC822.SIZE (\d+) INTERNALDATE "([^"]+)"\)', line):
            when = datetime.datetime.strptime(found[3].strip(), "%d-%b-%Y %H:%M:%S %z")
            messages[int(found[1]) - 1].learn(int(found[2]), int(when.timestamp()))
    return rng, client, list(enumerate(messages, 1))


def test_sort(sandbox):
    keys = ["ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "DISPLAYFROM", "DISPLAYTO"]
    rng, client, messages = begin(sandbox, 5256)
    orders = [[(rng.random() < 0.5, key) for key in rng.sample(keys, rng.randrange(1, 5))] for _ in range(60)]
    for order in orders + [[(reverse, key)] for key in keys for reverse in (False, True)]:
        expected = messages
        for reverse, key in reversed(order):
            ranks = sorted({m.key(key) for _, m in messages}, reverse=reverse)
            expected = sorted(expected, key=lambda m, key=key, ranks=ranks: ranks.index(m[1].key(key)))
        named = " ".join(("REVERSE " if reverse else "") + key for reverse, key in order)
        lines = ask(client, f"SORT ({named}) UTF-8 ALL")
        assert lines[0] == "* SORT " + " ".join(str(n) for n, _ in expected), (named, lines)


def test_threads(sandbox):
    for seed in range(5):
        with harness.Sandbox().init() as own:
            _, client, messages = begin(own, seed)
            for count in (len(messages), 40, 3):
                some = messages[:count]
                for name, rule in (("ORDEREDSUBJECT", ordered_subject), ("REFERENCES", references)):
                    lines = ask(client, f"THREAD {name} UTF-8 1:{count}")
                    assert lines[0] == "* THREAD " + rule(some), (seed, name, count, lines[0], rule(some))


def test_hang_up_amid_a_search(sandbox):
    """The work ends, and its worker serves the next client."""
    fill(sandbox, random.Random(1), 4000)
    server = sandbox.server()
    for command in ("SEARCH TEXT nosuch", "ESEARCH IN (personal) TEXT nosuch", "SORT (SUBJECT) UTF-8 ALL",
                    "THREAD REFERENCES UTF-8 ALL") * 4:
        with Raw(server) as client:
            client.login()
            client.send(b"s SELECT Outgoing\r\n")
            assert b"s OK" in client.until(b"s OK")
            client.send(b"t " + command.encode() + b"\r\nu NOOP\r\n")
    probe(server)


if __name__ == "__main__":
    main(globals())
