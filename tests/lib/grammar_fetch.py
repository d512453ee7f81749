# SPDX-License-Identifier: ISC
"""msg-att of IMAP's formal syntax: what a FETCH response holds, as a dict from the item's label to its value.

    FLAGS [b"\\Seen"] · UID 7 · INTERNALDATE b"…" · RFC822.SIZE 99 · ENVELOPE a list of ten · BODY and BODYSTRUCTURE a
    Part · BODY[1.TEXT]<0> the bytes, or None"""
import re

from grammar_cursor import INT63, OBJECT_ID, PART

DEPTH = 200  # of parts; deeper nesting is the server's fault
SECTION = re.compile(rb"(?:(?P<part>[1-9]\d*(?:\.[1-9]\d*)*)(?:\.(?P<sub>HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT|MIME))?"
                     rb"|(?P<top>HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT))?(?=[ \]])", re.I)


class Part:
    """One body of a structure. kind: b"TEXT/PLAIN" in capitals; parts: those of a multipart or the one of a message."""

    def __init__(self, kind, parts=(), octets=None, lines=None, encoding=None, parameters=None, envelope=None):
        self.kind, self.parts, self.octets, self.lines = kind, list(parts), octets, lines
        self.encoding, self.parameters, self.envelope = encoding, parameters, envelope


def address(c):
    """ "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")" """
    return c.list(c.nstring, empty=False)


def addresses(c):
    """ "(" 1*address ")" / nil; a group's start and end have to be balanced."""
    if c.takes(b"NIL"):
        return None
    c.need(b"(")
    found, group = [], False
    while not found or not c.takes(b")"):
        found.append(address(c))
        if len(found[-1]) != 4:
            c.fail("an address of four strings")
        if found[-1][3] is None:
            starts = found[-1][2] is not None
            if starts == group:
                c.fail("groups that begin and end in turn")
            group = starts
    if group:
        c.fail("the end of a group")
    return found


def envelope(c):
    readers = [c.nstring, c.nstring] + [lambda: addresses(c)] * 6 + [c.nstring, c.nstring]
    c.need(b"(")
    values = [readers[0]()]
    for read in readers[1:]:
        c.need(b" ")
        values.append(read())
    c.need(b")")
    return values


def parameters(c):
    """body-fld-param = "(" string SP string *(SP string SP string) ")" / nil"""
    if c.takes(b"NIL"):
        return None
    values = c.list(c.string, empty=False)
    if len(values) % 2:
        c.fail("parameters in pairs")
    return dict(zip([v.upper() for v in values[::2]], values[1::2]))


def disposition(c):
    if c.takes(b"NIL"):
        return
    c.need(b"(")
    c.string()
    c.need(b" ")
    parameters(c)
    c.need(b")")


def language(c):
    return c.list(c.string, empty=False) if c.sees(b"(") else c.nstring()


def extension(c, depth=0):
    """body-extension = nstring / number / "(" body-extension *(SP body-extension) ")" """
    if depth > DEPTH:
        c.fail("less depth")
    if c.sees(b"("):
        c.list(lambda: extension(c, depth + 1), empty=False)
    elif c.data[c.at:c.at + 1].isdigit():
        c.number(0, INT63)
    else:
        c.nstring()


def extensions(c, first):
    """[SP first [SP disposition [SP language [SP location *(SP extension)]]]]"""
    for read in (first, lambda: disposition(c), lambda: language(c), c.nstring):
        if not c.takes(b" "):
            return
        read()
    while c.takes(b" "):
        extension(c)


def multipart(c, extended, depth):
    parts = []
    while c.sees(b"("):
        parts.append(body(c, extended, depth + 1))
    c.need(b" ")
    kind = b"MULTIPART/" + c.string().upper()
    if extended:
        extensions(c, lambda: parameters(c))
    return Part(kind, parts)


def single(c, extended, depth):
    kind = c.string().upper()
    c.need(b" ")
    kind += b"/" + c.string().upper()
    c.need(b" ")
    part = Part(kind, parameters=parameters(c))
    for _ in range(2):  # id, description
        c.need(b" ")
        c.nstring()
    c.need(b" ")
    part.encoding = c.string()
    c.need(b" ")
    part.octets = c.number()
    if kind in (b"MESSAGE/RFC822", b"MESSAGE/GLOBAL") and c.sees(b" ("):
        c.need(b" ")
        part.envelope = envelope(c)
        c.need(b" ")
        part.parts = [body(c, extended, depth + 1)]
    elif kind == b"MESSAGE/RFC822":
        c.fail("the envelope of a message")
    if kind.startswith(b"TEXT/") or part.envelope:
        c.need(b" ")
        part.lines = c.number(0, INT63)
    if extended:
        extensions(c, c.nstring)  # MD5
    return part


def body(c, extended, depth=0):
    if depth > DEPTH:
        c.fail("less depth")
    c.need(b"(")
    part = (multipart if c.sees(b"(") else single)(c, extended, depth)
    c.need(b")")
    return part


def section(c, label):
    """BODY "[" section-spec "]" ["<" number ">"], with the label as it was sent"""
    start = c.at
    c.need(b"[")
    found = SECTION.match(c.data, c.at)
    if not found:
        c.fail("a section")
    c.at = found.end()
    if (found.group("top") or found.group("sub") or b"").upper().startswith(b"HEADER.FIELDS"):
        c.need(b" ")
        c.list(c.astring, empty=False)
    c.need(b"]")
    if c.takes(b"<"):
        c.number()
        c.need(b">")
    return label + c.data[start:c.at]


def binary(c, label):
    start = c.at
    c.need(b"[")
    if not c.sees(b"]"):
        c.match(PART, "a part")
    c.need(b"]")
    if label == b"BINARY" and c.takes(b"<"):
        c.number()
        c.need(b">")
    return label + c.data[start:c.at]


def one_object(c):
    (value,) = c.list(lambda: c.match(OBJECT_ID, "an object id").group(), empty=False)
    return value


def flags(c):
    found = c.list(c.flag)
    if len({f.upper() for f in found}) != len(found):
        c.fail("each flag once")
    return found


def modseq(c):
    (value,) = c.list(lambda: c.number(1, INT63), empty=False)
    return value


def nil_or(read):
    return lambda c: None if c.takes(b"NIL") else read(c)


ITEMS = {
    b"FLAGS": flags, b"UID": lambda c: c.number(1), b"INTERNALDATE": lambda c: c.date_time(),
    b"RFC822.SIZE": lambda c: c.number(0, INT63), b"ENVELOPE": envelope, b"BODY": lambda c: body(c, False),
    b"BODYSTRUCTURE": lambda c: body(c, True), b"MODSEQ": modseq, b"SAVEDATE": nil_or(lambda c: c.date_time()),
    b"EMAILID": one_object, b"THREADID": nil_or(one_object), b"PREVIEW": lambda c: c.nstring(),
    b"RFC822": lambda c: c.nstring(c.nul), b"RFC822.HEADER": lambda c: c.nstring(c.nul),
    b"RFC822.TEXT": lambda c: c.nstring(c.nul),
}
WORD = re.compile(rb"[A-Z0-9.]+", re.I)


def nstring_or_literal8(c):
    return c.literal() if c.sees(b"~") else c.nstring(c.nul)


def item(c, values):
    word = c.match(WORD, "an item").group().upper()
    if word == b"BODY" and c.sees(b"["):
        label, read = section(c, word), lambda c: c.nstring(c.nul)
    elif word == b"BINARY":
        label, read = binary(c, word), nstring_or_literal8
    elif word == b"BINARY.SIZE":
        label, read = binary(c, word), lambda c: c.number(0, INT63)
    elif word in ITEMS:
        label, read = word, ITEMS[word]
    else:
        c.fail(f"an item, not {word!r}")
    c.need(b" ")
    values[label] = read(c)


def fetch(c):
    """ SP "(" msg-att *(SP msg-att) ")" """
    values = {}
    c.need(b" ")
    c.list(lambda: item(c, values), empty=False)
    return values
