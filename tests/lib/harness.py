# SPDX-License-Identifier: ISC
"""What every test that runs the real programs needs: a folder that goes away, the tools, a server.

Nothing here sleeps or uses a fixed port: servers listen on Unix sockets or ports that the kernel picks,
and say when they are ready."""
import contextlib
import io
import os
import pwd
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("QUARANTINE_BUILD_DIR", os.path.join(ROOT, "build", "test")))
PASSWORD = "correct horse battery"
TIMEOUT = 60  # seconds that anything may take before the test fails


def program(name):
    """The path of one of our programs in the build directory."""
    folders = {"quarantine-imapd": "imapd", "quarantine": "tools/quarantine", "quarantine-deliver": "tools/deliver",
               "retrieve_quarantine_info": "tools/retrieve"}
    return os.path.join(BUILD, folders[name], name)


def confinement():
    """QUARANTINE_SANDBOX=no, for tools that count or inject inside the server."""
    how = os.environ.get("QUARANTINE_SANDBOX")
    return ["--sandbox", how] if how else []


def run(*command, check=True, stdin=b"", timeout=TIMEOUT, **options):
    """Runs a program to its end; what it printed is in .stdout and .stderr, as bytes."""
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done


class Sandbox:
    """A temporary folder, and in it a store with the account `global`."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="qt-")
        self.store = os.path.join(self.path, "store")
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()
        shutil.rmtree(self.path)

    def init(self, account=True):
        run(program("quarantine"), "init", "--store", self.store)
        if account:
            self.account("global", PASSWORD)
        return self

    def account(self, name, password):
        run(program("quarantine"), "account", "set", name, "--password-file", "-", "--store", self.store,
            stdin=password.encode() + b"\n")

    def deliver(self, message, *options, direction="outgoing", check=True):
        """Delivers bytes; returns the finished process, whose output holds the id."""
        return run(program("quarantine-deliver"), "--store", self.store, "--direction", direction, *options,
                   stdin=message, check=check)

    def import_messages(self, messages, direction="outgoing"):
        """Stores many messages in one import, in this order."""
        folder = os.path.join(self.path, "maildir")
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(folder, name))
        for i, message in enumerate(messages):
            with open(os.path.join(folder, "new", f"{1000000 + i}.M1P1.host"), "wb") as file:
                file.write(message)
        run(program("quarantine"), "import", "--maildir", folder, "--direction", direction, "--store", self.store)
        shutil.rmtree(folder)

    def server(self, *options):
        return self._stack.enter_context(Server(self, *options))


class Server:
    """A quarantine-imapd of its own, ready when the constructor returns, gone after the with block."""

    def __init__(self, sandbox, *options, user=None):
        self.sandbox = sandbox
        self.socket_path = os.path.join(sandbox.path, "imap.sock")
        self.ready_file = os.path.join(sandbox.path, "ready")
        self.log_path = os.path.join(sandbox.path, "imapd.log")
        notify_path = os.path.join(sandbox.path, "notify")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(notify_path)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(notify_path)
        notify.settimeout(TIMEOUT)
        os.chmod(notify_path, 0o777)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [program("quarantine-imapd"), "--store", sandbox.store, "--listen-unix", self.socket_path,
                 "--listen", "127.0.0.1:0", "--ready-file", self.ready_file, *confinement(), *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "NOTIFY_SOCKET": notify_path},
                user=user, group=user, extra_groups=None if user is None else os.getgrouplist(user, pwd.getpwnam(user).pw_gid))
        with contextlib.closing(notify):
            if not self._ready(notify):
                self.process.kill()
                self.process.wait()
                raise AssertionError("the server did not become ready:\n" + self.log())

    def _ready(self, notify):
        """Waits for the readiness datagram; False when the server ends or the time is over."""
        ended = os.pidfd_open(self.process.pid)
        try:
            while True:
                readable, _, _ = select.select([notify, ended], [], [], TIMEOUT)
                if notify not in readable:
                    return False
                if b"READY=1" in notify.recv(4096):
                    return True
        finally:
            os.close(ended)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        status = self.stop()
        if kind is None and status != 0:
            raise AssertionError(f"the server ended with {status}:\n" + self.log())

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server did not end:\n" + self.log()) from None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def address(self, kind="tcp"):
        """(host, port) of a listener, from the ready file: lines of "tcp ADDRESS:PORT", "tls …", "unix PATH"."""
        with open(self.ready_file, encoding="utf-8") as ready:
            for line in ready:
                word, _, where = line.strip().partition(" ")
                if word == kind:
                    host, _, port = where.rpartition(":")
                    return host.strip("[]"), int(port)
        raise AssertionError(f"no {kind} listener in {self.ready_file}")


class Inflated(io.RawIOBase):
    """What comes compressed from a socket, as a file."""

    def __init__(self, source):
        super().__init__()
        self.source, self.inflate, self.ready = source, zlib.decompressobj(wbits=-15), b""

    def readable(self):
        return True

    def readinto(self, into):
        while not self.ready:
            data = self.source.recv(65536)
            if not data:
                return 0
            self.ready = self.inflate.decompress(data)
        size = min(len(into), len(self.ready))
        into[:size], self.ready = self.ready[:size], self.ready[size:]
        return size


class Client:
    """One IMAP connection, by lines."""

    def __init__(self, server, tls=False):
        if tls:
            raw = socket.create_connection(server.address("tls"), TIMEOUT)
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(raw)
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(TIMEOUT)
            self.socket.connect(server.socket_path)
        self.file = self.socket.makefile("rb")
        self.deflate = None

    def send(self, data):
        if self.deflate:
            data = self.deflate.compress(data) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
        self.socket.sendall(data)

    def compress(self):
        """COMPRESS DEFLATE (RFC 4978)."""
        assert self.command(b"COMPRESS DEFLATE")[-1].startswith(b"t OK")
        self.deflate = zlib.compressobj(wbits=-15)
        self.file = io.BufferedReader(Inflated(self.socket))

    def line(self):
        """The next line without its end; None when the server has closed."""
        line = self.file.readline()
        return line.rstrip(b"\r\n") if line else None

    def command(self, text, tag=b"t"):
        """Sends a command and returns all lines up to the tagged one, which is the last."""
        self.send(tag + b" " + text + b"\r\n")
        lines = []
        while True:
            line = self.line()
            if line is None:
                raise AssertionError(f"the server closed the connection after {text!r}: {lines[-3:]}")
            lines.append(line)
            if line.startswith(tag + b" "):
                return lines

    def close(self):
        self.file.close()
        self.socket.close()
