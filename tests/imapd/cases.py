# SPDX-License-Identifier: ISC
"""For the scripts beside this one: raw connections, settings, and a main that runs every test_ function."""
import os
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

LOGIN = b'l LOGIN global "' + harness.PASSWORD.encode() + b'"\r\n'
DEADLINE = 30  # seconds after which something that should happen counts as not happening


def settings(sandbox, **values):
    """A configuration file with these settings (max_connections=5 …) as options for the server."""
    path = os.path.join(sandbox.path, "conf")
    with open(path, "w", encoding="utf-8") as conf:
        for key, value in values.items():
            conf.write(f"{key.replace('_', '-')} = {value}\n")
    return "--config", path


def certificate(sandbox, name="cert"):
    """A fresh self-signed certificate: the paths of it and of its key."""
    cert, key = (os.path.join(sandbox.path, name + end) for end in (".pem", ".key"))
    harness.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                key, "-out", cert)
    os.chmod(key, 0o600)
    return cert, key


class Raw:
    """A TCP connection to the server, by bytes; the greeting is read unless told otherwise."""

    def __init__(self, server, greeting=True, kind="tcp", source=None, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(server.address(kind))
        self.pending = b""
        if greeting:
            self.until(b"\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def start_tls(self, context=None):
        assert not self.pending
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def until(self, end):
        """All up to and with `end`; fails when the connection ends first."""
        while end not in self.pending:
            data = self.socket.recv(65536)
            assert data, f"closed after {self.pending[-200:]!r}, {end!r} was expected"
            self.pending += data
        at = self.pending.index(end) + len(end)
        got, self.pending = self.pending[:at], self.pending[at:]
        return got

    def rest(self):
        """All that comes until the server closes."""
        got, self.pending = bytearray(self.pending), b""
        while True:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return bytes(got)
            if not data:
                return bytes(got)
            got += data

    def login(self):
        self.send(LOGIN)
        assert b"l OK" in self.until(b"\r\n")
        return self


def eventually(what, condition):
    """Waits for something outside that gives no event, such as a line in the log."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


def resident_kib(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def probe(server):
    """The server serves."""
    with Raw(server) as client:
        client.login()
        client.send(b"p NOOP\r\n")
        assert b"p OK" in client.until(b"p OK")


def main(functions):
    """Runs the test_ functions named on the command line, or all, each on a sandbox of its own."""
    names = sys.argv[1:] or [name for name in functions if name.startswith("test_")]
    for name in names:
        started = time.monotonic()
        with harness.Sandbox().init() as sandbox:
            functions[name](sandbox)
        print(f"{name}: {time.monotonic() - started:.1f} s", flush=True)
