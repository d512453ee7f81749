#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Plays transcripts (*.imap, see README.md) against a real server with a fresh store each."""
import re
import shlex
import shutil
import sys
import os

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402


class Failure(Exception):
    pass


def pattern(text):
    """A line to expect: literal but for {{regular expression}} pieces."""
    pieces = re.split(r"\{\{(.*?)\}\}", text)
    return re.compile("".join(piece if i % 2 else re.escape(piece) for i, piece in enumerate(pieces)).encode(), re.S)


class Play:
    def __init__(self, sandbox):
        self.sandbox, self.server, self.clients, self.options = sandbox, None, {}, []
        self.raw = {}

    def client(self, number, greet=True):
        if self.server is None:
            self.server = self.sandbox.server(*self.options)
        if number not in self.clients:
            self.clients[number] = harness.Client(self.server, tls=number >= 90)
            if greet:
                self.expect(number, "* OK {{.*}}")
        return self.clients[number]

    def expect(self, number, text, skip=False):
        seen = []
        while True:
            line = self.client(number).line()
            if line is None:
                raise Failure(f"wanted {text!r}, but the server closed the connection; before that: {seen[-5:]}")
            if pattern(text).fullmatch(line):
                return
            seen.append(line)
            if not skip:
                raise Failure(f"wanted {text!r}, got {line!r}")

    def step(self, line, here):
        words = line.split(None, 1)
        number = 1
        if words[0].isdigit():
            number, line = int(words[0]), words[1]
        verb, _, rest = line.partition(" ")
        if verb == "C:":
            self.client(number).send(rest.encode("utf-8", "surrogateescape") + b"\r\n")
        elif verb == "C=":  # with escapes, no line end added
            self.client(number).send(rest.encode().decode("unicode_escape").encode("latin-1"))
        elif verb == "S:":
            self.expect(number, rest)
        elif verb == "S+":  # any lines before
            self.expect(number, rest, skip=True)
        elif verb == "connect":
            self.client(number, greet=False)
        elif verb == "closed":
            left = self.client(number).line()
            if left is not None:
                raise Failure(f"wanted the end of the connection, got {left!r}")
        elif verb == "hangup":
            self.clients.pop(number).close()
        elif verb == "login":
            self.client(number)
            self.step(f'{number} C: login{number} LOGIN global "{harness.PASSWORD}"', "")
            self.expect(number, f"login{number} OK {{{{.*}}}}", skip=True)
        elif verb == "server":  # options, before the first client
            self.options = shlex.split(rest)
        elif verb == "deliver":
            direction, _, options = rest.partition(" ")
            message = here.encode("utf-8", "surrogateescape").replace(b"\n", b"\r\n")
            if "--escapes" in options:
                options = options.replace("--escapes", "")
                message = here.encode().decode("unicode_escape").encode("latin-1")
            self.sandbox.deliver(message, *shlex.split(options), direction=direction)
        elif verb == "deliver-many":  # COUNT DIRECTION: small messages "Subject: many N"
            count, direction = rest.split()
            mbox = "".join(f"From x@example.net Thu Jan  1 00:00:00 1970\nFrom: <s{i}@example.net>\nSubject: many {i}\n\n"
                           f"body {i}\n\n" for i in range(1, int(count) + 1))
            harness.run(harness.program("quarantine"), "import", "-", "--store", self.sandbox.store, "--direction",
                        direction, stdin=mbox.encode())
        else:
            raise Failure(f"no such step: {line!r}")


def play(path, template):
    with harness.Sandbox() as sandbox, open(path, encoding="utf-8", errors="surrogateescape") as script:
        shutil.copytree(template, sandbox.store, symlinks=True)
        scene = Play(sandbox)
        lines = iter(enumerate(script.read().split("\n"), 1))
        for number, line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            here = []
            if " <<" in line and "deliver" in line.split(" <<")[0].split():
                line, _, mark = line.rpartition(" <<")
                for _, text in lines:
                    if text == mark:
                        break
                    here.append(text)
            try:
                scene.step(line, "\n".join(here) + ("\n" if here else ""))
            except Exception as problem:
                log = scene.server.log()[-3000:] if scene.server else ""
                raise Failure(f"{path}:{number}: {line}\n    {problem}\n{log}") from problem
        for client in scene.clients.values():
            client.close()


def main():
    failures = 0
    with harness.Sandbox() as template:
        template.init()
        for path in sys.argv[1:]:
            try:
                play(path, template.store)
                print(f"ok   {path}")
            except (Failure, AssertionError, OSError) as problem:
                failures += 1
                print(f"FAIL {problem}")
    sys.exit(bool(failures))


main()
