# SPDX-License-Identifier: ISC
"""The terminals of IMAP's formal syntax (RFC 3501, 9051), for grammar.py."""
import re


class GrammarError(Exception):
    """The server answered something that the formal syntax does not have."""


ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')  # "]" is a resp-special, allowed in an astring
TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00\x80-\xff]|\\["\\])*)"')
QUOTED_UTF8 = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*)"')
LITERAL = re.compile(rb"(~?)\{(\d+)\}\r\n")
NUMBER = re.compile(rb"\d+")
FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
SET = re.compile(rb"(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*")
DATE = re.compile(rb'"[ 0-3]\d-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{4} [0-2]\d:[0-5]\d:[0-6]\d [+-]\d{4}"')
TEXT = re.compile(rb"[^\x00\r\n]+")
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
PART = re.compile(rb"[1-9]\d*(?:\.[1-9]\d*)*")
OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
UINT32, INT63 = 2**32 - 1, 2**63 - 1


class Cursor:
    """A place in one response, and the terminals of the grammar."""

    def __init__(self, data, utf8=False, nul=False):
        self.data, self.at, self.utf8, self.nul = data, 0, utf8, nul

    def fail(self, wanted):
        raise GrammarError(f"wanted {wanted} at byte {self.at} of "
                           f"{self.data[max(0, self.at - 200):self.at]!r} >>> {self.data[self.at:self.at + 100]!r}")

    def sees(self, text):
        return self.data.startswith(text, self.at)

    def takes(self, text):
        """Whether the text, given in capitals, comes next in any case; takes it."""
        end = self.at + len(text)
        found = self.data[self.at:end]
        if found == text or found.upper() == text:
            self.at = end
            return True
        return False

    def need(self, text):
        if not self.takes(text):
            self.fail(repr(text))

    def match(self, pattern, name):
        found = pattern.match(self.data, self.at)
        if not found:
            self.fail(name)
        self.at = found.end()
        return found

    def end(self):
        self.need(b"\r\n")
        if self.at != len(self.data):
            self.fail("the end of the response")

    def number(self, least=0, most=UINT32):
        digits = self.match(NUMBER, "a number").group()
        value = int(digits)
        if not least <= value <= most:
            self.fail(f"a number from {least} to {most}, not {value}")
        return value

    def atom(self):
        return self.match(ATOM, "an atom").group()

    def literal(self, nul=False):
        found = self.match(LITERAL, "a literal")
        size = int(found.group(2))
        value = self.data[self.at:self.at + size]
        if len(value) < size:
            self.fail(f"{size} octets")
        if b"\0" in value and not found.group(1) and not nul:
            self.fail("a literal without NUL")
        self.at += size
        return value

    def string(self, nul=False):
        if self.sees(b'"'):
            text = self.match(QUOTED_UTF8 if self.utf8 else QUOTED, "a quoted string").group(1)
            if self.utf8:
                self.decode(text)
            return re.sub(rb"\\(.)", rb"\1", text) if b"\\" in text else text
        if self.sees(b"~"):
            self.fail("a string, not a literal8")
        return self.literal(nul)

    def decode(self, text):
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            self.fail("UTF-8")

    def nstring(self, nul=False):
        return None if self.takes(b"NIL") else self.string(nul)

    def astring(self):
        if self.sees(b'"') or self.sees(b"{"):
            return self.string()
        return self.match(ASTRING, "an astring").group()

    def mailbox(self):
        name = self.astring()
        if not self.utf8 and any(c > 126 for c in name):
            self.fail("a mailbox name in modified UTF-7")
        return b"INBOX" if name.upper() == b"INBOX" else name

    def flag(self):
        return self.match(FLAG, "a flag").group()

    def list(self, item, empty=True):
        """ "(" [item *(SP item)] ")" """
        self.need(b"(")
        items = []
        if not (empty and self.sees(b")")):
            items.append(item())
            while self.takes(b" "):
                items.append(item())
        self.need(b")")
        return items

    def set(self):
        text = self.match(SET, "a sequence set").group()
        if re.search(rb"(?<!\d)0", text):
            self.fail("numbers that are not 0")
        return text

    def date_time(self):
        return self.match(DATE, "a date-time").group().strip(b'"')

    def text(self):
        text = self.match(TEXT, "text").group()
        if any(c > 127 for c in text):
            if not self.utf8:
                self.fail("text of seven bits")
            self.decode(text)
        return text
