# SPDX-License-Identifier: ISC
"""A strict parser of what an IMAP server answers, by the formal syntax of RFC 3501, RFC 9051 and the extensions
whose words stand in the tables below. It shares nothing with the server. What the syntax does not have is a
GrammarError.

    reader = Reader(socket.makefile("rb"))
    answer = reader.answer()                 an Answer, or None at the end

Strings are bytes, NIL is None, lists are lists, a FETCH is a dict of its items (grammar_fetch.py)."""
import re

from grammar_cursor import INT63, OBJECT_ID, TAG, Cursor, GrammarError
from grammar_fetch import fetch, flags, nstring_or_literal8


class Answer:
    """One response. kind: "OK", "NO", "BAD", "BYE", "PREAUTH", "+", or the name of the data, as "FETCH"."""

    def __init__(self, tag, kind, data=None, number=None, code=None, text=None):
        self.tag, self.kind, self.data, self.number, self.code, self.text = tag, kind, data, number, code, text

    def __repr__(self):
        return f"<{self.tag} {self.number or ''} {self.kind} [{self.code}] {self.text or self.data!r}>"


def capabilities(c):
    names = []
    while c.takes(b" "):
        names.append(c.atom().upper())
    if not {b"IMAP4REV1", b"IMAP4REV2"} & set(names):
        c.fail("IMAP4rev1 or IMAP4rev2 among the capabilities")
    if len(names) != len(set(names)):
        c.fail("each capability once")
    return names


def after_space(read):
    """A reader of one thing after SP."""
    def take(c):
        c.need(b" ")
        return read(c)
    return take


def nz_number(c):
    return c.number(1)


def modseq(c):
    return c.number(1, INT63)


def uid_set(c):
    text = c.set()
    if b"*" in text:
        c.fail("UIDs without *")
    return text


def flags_permanent(c):
    return c.list(lambda: b"\\*" if c.takes(b"\\*") else c.flag())


def object_id(c):
    return c.match(OBJECT_ID, "an object id").group()


def object_list(c):
    (one,) = c.list(lambda: object_id(c), empty=False)
    return one


def charsets(c):
    return c.list(c.astring, empty=False) if c.takes(b" ") else []


def sets(count):
    def take(c):
        values = [c.need(b" ") or nz_number(c)]
        return values + [c.need(b" ") or uid_set(c) for _ in range(count)]
    return take


def metadata_code(c):
    for word in (b" LONGENTRIES ", b" MAXSIZE "):
        if c.takes(word):
            return word.strip(), c.number()
    for word in (b" TOOMANY", b" NOPRIVATE"):
        if c.takes(word):
            return word.strip(), None
    return c.fail("LONGENTRIES, MAXSIZE, TOOMANY or NOPRIVATE")


def progress(c):
    """RFC 9585: [SP "(" tag SP (number / NIL) SP (number / NIL) ")"]"""
    if not c.takes(b" ("):
        return None
    values = [c.nstring()]
    for _ in range(2):
        c.need(b" ")
        values.append(None if c.takes(b"NIL") else c.number())
    c.need(b")")
    return values


CODES = {word: None for word in b"""ALERT PARSE READ-ONLY READ-WRITE TRYCREATE UIDNOTSTICKY UNAVAILABLE AUTHENTICATIONFAILED
    AUTHORIZATIONFAILED EXPIRED PRIVACYREQUIRED CONTACTADMIN NOPERM INUSE EXPUNGEISSUED CORRUPTION SERVERBUG CLIENTBUG CANNOT
    LIMIT OVERQUOTA ALREADYEXISTS NONEXISTENT NOMODSEQ CLOSED NOTSAVED HASCHILDREN NOTIFICATIONOVERFLOW COMPRESSIONACTIVE
    UNKNOWN-CTE TOOBIG USEATTR""".split()}
CODES.update({
    b"BADCHARSET": charsets, b"CAPABILITY": capabilities, b"PERMANENTFLAGS": after_space(flags_permanent),
    b"UIDNEXT": after_space(nz_number), b"UIDVALIDITY": after_space(nz_number), b"UNSEEN": after_space(nz_number),
    b"APPENDUID": sets(1), b"COPYUID": sets(2), b"HIGHESTMODSEQ": after_space(modseq), b"MODIFIED": after_space(uid_set),
    b"MAILBOXID": after_space(object_list), b"METADATA": metadata_code, b"INPROGRESS": progress,
    b"BADEVENT": after_space(lambda c: c.list(c.atom)), b"NOUPDATE": after_space(lambda c: c.string()),
})


def response_text(c):
    """["[" resp-text-code "]" SP] text: (code, its arguments, text)"""
    word = arguments = None
    if c.takes(b"["):
        word = c.atom().upper()
        if word not in CODES:
            c.fail(f"a known response code, not {word!r}")
        arguments = CODES[word](c) if CODES[word] else None
        c.need(b"] ")
    return word, arguments, c.text()


def anything(c):
    """tagged-ext-val: a number or set, or parentheses around strings and more of them."""
    if not c.takes(b"("):
        return c.astring()
    values = []
    while not c.takes(b")"):
        if values:
            c.need(b" ")
        values.append(anything(c))
    return values


def delimiter(c):
    if c.takes(b"NIL"):
        return None
    value = c.string()
    if len(value) != 1:
        c.fail("one character as delimiter")
    return value


def list_data(c):
    c.need(b" ")
    attributes = c.list(c.flag)
    c.need(b" ")
    between = delimiter(c)
    c.need(b" ")
    name = c.mailbox()
    extended = {}
    if c.takes(b" "):
        def item():
            word = c.astring().upper()
            c.need(b" ")
            extended[word] = anything(c)
        c.list(item, empty=False)
    return attributes, between, name, extended


STATUS_ITEMS = {b"MESSAGES": Cursor.number, b"RECENT": Cursor.number, b"UIDNEXT": nz_number, b"UIDVALIDITY": nz_number,
                b"UNSEEN": Cursor.number, b"DELETED": Cursor.number, b"SIZE": lambda c: c.number(0, INT63),
                b"HIGHESTMODSEQ": lambda c: c.number(0, INT63), b"MAILBOXID": object_list,
                b"APPENDLIMIT": lambda c: None if c.takes(b"NIL") else c.number()}


def status_data(c):
    c.need(b" ")
    name = c.mailbox()
    c.need(b" ")
    values = {}

    def item():
        word = c.atom().upper()
        if word not in STATUS_ITEMS or word in values:
            c.fail(f"a STATUS item once, not {word!r}")
        c.need(b" ")
        values[word] = STATUS_ITEMS[word](c)
    c.list(item)
    return name, values


def numbers(c):
    """SEARCH and SORT: *(SP nz-number) [SP "(MODSEQ" SP mod-sequence-value ")"]"""
    found = []
    while c.sees(b" ") and not c.sees(b" ("):
        c.need(b" ")
        found.append(c.number(1))
    if c.takes(b" (MODSEQ "):
        modseq(c)
        c.need(b")")
    return found


def partial(c):
    c.need(b"(")
    found = c.match(re.compile(rb"-?[1-9]\d*:-?[1-9]\d*"), "a range").group()
    c.need(b" ")
    values = None if c.takes(b"NIL") else uid_set(c)
    c.need(b")")
    return found, values


def positions(c):
    """ADDTO and REMOVEFROM of RFC 5267: "(" position SP set *(SP position SP set) ")" """
    return c.list(lambda: (c.number(), c.need(b" "), uid_set(c)), empty=False)


RETURN_DATA = {b"MIN": nz_number, b"MAX": nz_number, b"ALL": uid_set, b"COUNT": Cursor.number, b"MODSEQ": modseq,
               b"PARTIAL": partial, b"ADDTO": positions, b"REMOVEFROM": positions}


def esearch(c):
    """The correlator's TAG has to be a quoted string: a client of Microsoft's takes nothing else."""
    values = {}
    if c.takes(b" ("):
        c.need(b"TAG ")
        if not c.sees(b'"'):
            c.fail("a quoted tag")
        values[b"TAG"] = c.string()
        if c.takes(b" MAILBOX "):
            values[b"MAILBOX"] = c.mailbox()
            c.need(b" UIDVALIDITY ")
            values[b"UIDVALIDITY"] = nz_number(c)
        c.need(b")")
    values[b"UID"] = bool(c.sees(b" UID") and c.takes(b" UID"))
    while c.takes(b" "):
        word = c.atom().upper()
        if word not in RETURN_DATA or word in values and word not in (b"ADDTO", b"REMOVEFROM"):
            c.fail(f"what ESEARCH returns once, not {word!r}")
        c.need(b" ")
        values[word] = RETURN_DATA[word](c)
    return values


def thread(c):
    """thread-list = "(" (thread-members / thread-nested) ")", thread-nested = 2*thread-list: without recursion."""
    if not c.sees(b"\r\n"):
        c.need(b" ")
    found, open_lists = [], []
    while not c.sees(b"\r\n"):
        if c.takes(b"("):
            open_lists.append(0)
            if not c.sees(b"("):
                found.append(c.number(1))
                while c.takes(b" ") and not c.sees(b"("):
                    found.append(c.number(1))
        else:
            c.need(b")")
            if not open_lists or open_lists.pop() == 1:
                c.fail("two nested threads or none")
            if open_lists:
                open_lists[-1] += 1
    if open_lists or len(found) != len(set(found)):
        c.fail("closed parentheses and each message once")
    return found


def namespace(c):
    def one():
        c.need(b"(")
        prefix = c.string()
        c.need(b" ")
        between = delimiter(c)
        c.need(b")")
        return prefix, between

    def some():
        c.need(b" ")
        if c.takes(b"NIL"):
            return None
        c.need(b"(")
        found = [one()]
        while not c.takes(b")"):
            found.append(one())
        return found
    return [some() for _ in range(3)]


def pairs(c, key, value):
    return c.list(lambda: (key(), c.need(b" "), value()))


def id_data(c):
    c.need(b" ")
    return None if c.takes(b"NIL") else pairs(c, c.string, c.nstring)


def metadata(c):
    c.need(b" ")
    name = c.mailbox()
    c.need(b" ")
    if c.sees(b"("):
        return name, pairs(c, c.astring, lambda: nstring_or_literal8(c))
    entries = [c.astring()]
    while c.takes(b" "):
        entries.append(c.astring())
    return name, entries


def vanished(c):
    earlier = c.takes(b" (EARLIER)")
    c.need(b" ")
    return earlier, uid_set(c)


def enabled(c):
    names = []
    while c.takes(b" "):
        names.append(c.atom().upper())
    return names


DATA = {b"CAPABILITY": capabilities, b"ENABLED": enabled, b"ESEARCH": esearch, b"FLAGS": after_space(flags), b"ID": id_data,
        b"LIST": list_data, b"LSUB": list_data, b"METADATA": metadata, b"NAMESPACE": namespace, b"SEARCH": numbers,
        b"SORT": numbers, b"STATUS": status_data, b"THREAD": thread, b"VANISHED": vanished}
NUMBERED = {b"EXISTS": None, b"RECENT": None, b"EXPUNGE": None, b"FETCH": fetch}


def response(c):
    """response = continue-req / response-data / response-tagged"""
    if c.takes(b"+ "):
        return Answer("+", "+", text=c.data[c.at:-2])
    tag = "*" if c.takes(b"*") else c.match(TAG, "a tag").group().decode()
    c.need(b" ")
    answer = Answer(tag, None)
    if tag == "*" and c.data[c.at:c.at + 1].isdigit():
        answer.number = c.number()
        c.need(b" ")
    word = c.atom().upper()
    answer.kind = word.decode()
    if answer.number is not None:
        if word not in NUMBERED or answer.number == 0 and word in (b"EXPUNGE", b"FETCH"):
            c.fail("data of a number")
        answer.data = NUMBERED[word](c) if NUMBERED[word] else None
    elif word in (b"OK", b"NO", b"BAD") or tag == "*" and word in (b"BYE", b"PREAUTH"):
        c.need(b" ")
        answer.code, answer.data, answer.text = response_text(c)
    elif tag == "*" and word in DATA:
        answer.data = DATA[word](c)
    else:
        c.fail("a response")
    c.end()
    return answer


def modern(answer):
    """IMAP4rev2 has no SEARCH and RECENT responses and no \\Recent."""
    found = answer.data.get(b"FLAGS", []) if answer.kind == "FETCH" else answer.data if answer.kind == "FLAGS" else []
    if answer.kind in ("SEARCH", "RECENT") or b"\\Recent" in found or answer.code == b"UNSEEN":
        raise GrammarError(f"not of IMAP4rev2: {answer}")


class Reader:
    """The responses of one connection. utf8: after ENABLE UTF8=ACCEPT or IMAP4rev2, which it sees. nul: content may hold NUL,
    because what was stored is given back untouched."""

    def __init__(self, file, utf8=False, nul=False):
        self.file, self.utf8, self.nul, self.rev2 = file, utf8, nul, False

    def _line(self):
        line = self.file.readline()
        if line and not line.endswith(b"\r\n"):
            raise GrammarError(f"a line that does not end in CRLF: {line[-200:]!r}")
        return line

    def frame(self):
        """The bytes of one response, with its literals; b"" at the end."""
        pieces = [self._line()]
        if re.match(rb"\+|\S+ (OK|NO|BAD|BYE|PREAUTH) ", pieces[0], re.I):
            return pieces[0]  # text may look as if a literal followed
        while found := re.search(rb"~?\{(\d+)\}\r\n\Z", pieces[-1]):
            pieces.append(self.file.read(int(found.group(1))))
            pieces.append(self._line())
        return b"".join(pieces)

    def answer(self):
        data = self.frame()
        answer = response(Cursor(data, self.utf8, self.nul)) if data else None
        if answer is not None and answer.kind == "ENABLED":
            self.rev2 |= b"IMAP4REV2" in answer.data
            self.utf8 |= self.rev2 or b"UTF8=ACCEPT" in answer.data
        if answer is not None and self.rev2:
            modern(answer)
        return answer
