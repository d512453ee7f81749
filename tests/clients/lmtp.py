# SPDX-License-Identifier: ISC
"""Where a client may hand over by LMTP (RFC 2033) what it has fetched."""
import contextlib
import socketserver
import threading


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.answer(b"220 here")
        while line := self.rfile.readline():
            word = line.strip().upper()
            if word == b"DATA":
                self.answer(b"354 go on")
                self.server.messages.append(b"".join(self.lines()))
            self.answer(b"250 done")
            if word == b"QUIT":
                return

    def answer(self, text):
        self.wfile.write(text + b"\r\n")

    def lines(self):
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            yield line.removeprefix(b".")


@contextlib.contextmanager
def listen(path):
    """A server on a Unix socket; yields the list of the messages that it has got."""
    with socketserver.ThreadingUnixStreamServer(path, Session) as server:
        server.daemon_threads, server.messages = True, []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.messages
        finally:
            server.shutdown()
