# SPDX-License-Identifier: ISC
"""A small IMAP server for one test: it answers from a dictionary of mailboxes, or as a test tells it to."""
import contextlib
import datetime
import re
import socket
import ssl
import threading


class Message:
    def __init__(self, uid, arrived, header):
        self.uid = uid
        self.arrived = arrived  # a datetime with a zone: the one that the server writes it in
        self.header = header

    def internaldate(self):
        return self.arrived.strftime("%d-%b-%Y %H:%M:%S %z")


class Server:
    """`answers`: a first word of a command → a function (server, tag, line) that returns what is sent for
    it; None sends nothing and closes."""

    def __init__(self, mailboxes=None, user="global", password="secret", greeting=b"* OK hello\r\n", answers=None,
                 tls=None):
        self.mailboxes = mailboxes or {}
        self.user, self.password = user, password
        self.greeting = greeting
        self.answers = answers or {}
        self.tls = tls  # (certificate file, key file)
        self.commands = []
        self.messages = []
        self.uidvalidity = 1
        self.starttls = False  # offered: with the files of `tls`
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()

    def _serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            with client, contextlib.suppress(OSError):
                if self.tls and not self.starttls:
                    with self._wrap(client) as wrapped:
                        self._talk(wrapped)
                else:
                    self._talk(client)

    def _wrap(self, client):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.tls)
        return context.wrap_socket(client, server_side=True)

    def _talk(self, client, greeting=True):
        if greeting:
            client.sendall(self.greeting)
        for line in client.makefile("rb"):
            tag, _, command = line.rstrip(b"\r\n").partition(b" ")
            if tag == b"DONE":
                tag, command = b"", b"DONE"
            self.commands.append(command)
            word = command.removeprefix(b"UID ").split(b" ")[0].decode("ascii", "replace").upper()
            answer = self.answers.get(word) or getattr(self, "do_" + word.lower(), None)
            if answer is None:
                return
            reply = answer(self, tag, command) if word in self.answers else answer(tag, command)
            if reply is None:
                return
            for piece in [reply] if isinstance(reply, bytes) else reply:
                client.sendall(piece)
            if word == "LOGOUT":
                return
            if word == "STARTTLS" and self.starttls:
                with self._wrap(client) as wrapped:
                    self._talk(wrapped, greeting=False)
                return

    def do_login(self, tag, command):
        user, password = re.fullmatch(rb'LOGIN "?(.*?)"? "?(.*?)"?', command).groups()
        good = (user.decode(), password.decode()) == (self.user, self.password)
        return tag + (b" OK in\r\n" if good else b" NO [AUTHENTICATIONFAILED] wrong\r\n")

    def do_examine(self, tag, command):
        name = command[len("EXAMINE "):].strip(b'"').decode()
        if name not in self.mailboxes:
            return tag + b" NO no such mailbox\r\n"
        self.messages = self.mailboxes[name]
        return b"* FLAGS ()\r\n* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n%s OK [READ-ONLY] open\r\n" % (
            len(self.messages), self.uidvalidity, max((m.uid for m in self.messages), default=0) + 1, tag)

    def do_search(self, tag, command):
        """By UID, or by the day as the server writes it, as RFC 3501 says."""
        if newer := re.search(rb"SEARCH UID (\d+):\*", command):
            last = [m.uid for m in self.messages[-1:]]
            hits = [m.uid for m in self.messages if m.uid >= int(newer[1])] or last
        else:
            since, before = (self.day(command, word) for word in (b"SINCE", b"BEFORE"))
            hits = [m.uid for m in self.messages if since <= m.arrived.date() < (before or datetime.date.max)]
        return b"* SEARCH" + b"".join(b" %d" % uid for uid in hits) + b"\r\n" + tag + b" OK done\r\n"

    @staticmethod
    def day(command, word):
        found = re.search(word + rb' "?(\S+?)"?\)?(?: |$)', command)
        return found and datetime.datetime.strptime(found[1].decode(), "%d-%b-%Y").date()

    def do_fetch(self, tag, command):
        wanted, items = re.fullmatch(rb"UID FETCH (\S+) \((.*)\)", command).groups()
        ranges = [tuple(map(int, (r.split(b":") * 2)[:2])) for r in wanted.split(b",")]
        section = re.search(rb"BODY\.PEEK(\[.*\])<0\.(\d+)>", items)
        for i, message in enumerate(self.messages):
            if not any(low <= message.uid <= high for low, high in ranges):
                continue
            said = b"UID %d" % message.uid
            if b"INTERNALDATE" in items:
                said += b' INTERNALDATE "%s" RFC822.SIZE %d' % (message.internaldate().encode(),
                                                                len(message.header) + 100)
            if section:
                header = message.header[:int(section[2])]
                said += b" BODY%s<0> {%d}\r\n%s" % (section[1], len(header), header)
            yield b"* %d FETCH (%s)\r\n" % (i + 1, said)
        yield tag + b" OK fetched\r\n"

    def do_starttls(self, tag, _):
        return tag + (b" OK go on\r\n" if self.starttls else b" NO there is no TLS here\r\n")

    def do_idle(self, tag, _):
        self.idle_tag = tag
        return b"+ idling\r\n"

    def do_done(self, *_):
        return self.idle_tag + b" OK idled\r\n"

    def do_noop(self, tag, _):
        return tag + b" OK nothing\r\n"

    def do_logout(self, tag, _):
        return b"* BYE\r\n" + tag + b" OK bye\r\n"
