# SPDX-License-Identifier: ISC
"""An IMAP client that believes nothing: each answer has to be valid by the grammar."""
import socket

import grammar
import harness


class Strict:
    """A connection. nul: stored content may hold NUL, which the server gives back as it was."""

    def __init__(self, server, nul=False):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(harness.TIMEOUT)
        self.socket.connect(server.socket_path)
        self.file = self.socket.makefile("rb")
        self.reader = grammar.Reader(self.file, nul=nul)
        self.number = self.exists = 0
        self.greeting = self.reader.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def start(self, text):
        """Sends a command; returns its tag."""
        self.number += 1
        tag = f"s{self.number}"
        self.send(tag.encode() + b" " + text + b"\r\n")
        return tag

    def until(self, tag):
        """Each answer up to the tagged one, as it comes."""
        while True:
            answer = self.reader.answer()
            if answer is not None and answer.kind == "EXISTS":
                self.exists = answer.number
            if answer is None:
                raise AssertionError(f"the server closed the connection before {tag}")
            yield answer
            if answer.tag == tag:
                return

    def command(self, text):
        """All answers to a command that has to succeed, without the tagged one."""
        answers = list(self.until(self.start(text)))
        assert answers[-1].kind == "OK", (text, answers[-1])
        return answers[:-1]

    def login(self, user="global", password=harness.PASSWORD):
        self.command(f'LOGIN {user} "{password}"'.encode())

    def fetch(self, numbers, items):
        """The dict of each message, as they come, by its number."""
        tag = self.start(b"FETCH %s %s" % (numbers, items))
        for answer in self.until(tag):
            if answer.kind == "FETCH":
                yield answer.number, answer.data
            elif answer.tag == tag:
                assert answer.kind == "OK", (items, answer)
