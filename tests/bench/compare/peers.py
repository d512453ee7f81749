# SPDX-License-Identifier: ISC
"""Who is compared: our server, and Dovecot with each of its formats as a user of its own."""
import abc
import os
import socket
import subprocess
import time

import harness

from . import programs

MAILBOX = "Outgoing"
FORMATS = {"maildir": "maildir:~/maildir", "sdbox": "sdbox:~/sdbox", "mdbox": "mdbox:~/mdbox", "zstd": "mdbox:~/mdbox"}

INDEXED = "fts-xapian"  # the same mail as mdbox, with a full text index


def drop_pages(folder):
    """Takes a folder's files out of the page cache."""
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                fd = os.open(os.path.join(base, name), os.O_RDONLY | os.O_NONBLOCK)
            except OSError:  # a socket, or gone
                continue
            os.fdatasync(fd)  # what is not written yet stays
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


def disk_use(folder):
    """Bytes that a folder takes on the disk."""
    seen = 0
    for base, _, names in os.walk(folder):
        seen += sum(os.lstat(os.path.join(base, name)).st_blocks * 512 for name in names + [""])
    return seen


class Peer(abc.ABC):
    """A server with the corpus in one mailbox, as one user sees it."""
    name = user = password = ""
    port = tls_port = 0
    folder = ""  # where its mail lies

    def ask(self, *commands, **options):
        return programs.ask(self, *commands, **options)

    @abc.abstractmethod
    def load(self, count):
        """Fills the mailbox."""

    @abc.abstractmethod
    def door(self):
        """How bench_deliver puts a message into the mailbox from another process."""

    @abc.abstractmethod
    def restart(self):
        """The server anew."""

    @abc.abstractmethod
    def pids(self):
        """The server's processes."""

    def forget(self):
        """Drops what the server remembers only because it was asked before."""

    def chill(self):
        """Nothing in memory."""
        self.restart()
        drop_pages(self.folder)


class Ours(Peer):
    name, user, password = "ours", "global", harness.PASSWORD

    def __init__(self, folder):
        self.path = self.folder = folder
        self.store = os.path.join(folder, "store")
        self.server = None

    def door(self):
        return "library", self.store

    def make(self):
        if not os.path.isdir(self.store):
            os.makedirs(self.folder, exist_ok=True)
            harness.run(harness.program("quarantine"), "init", "--store", self.store)
            harness.run(harness.program("quarantine"), "account", "set", self.user, "--password-file", "-", "--store",
                        self.store, stdin=self.password.encode() + b"\n")
            make_certificate(self.folder)

    def start(self):
        self.make()
        config = os.path.join(self.folder, "conf")
        with open(config, "w", encoding="ascii") as file:
            file.write('keep = {"never"}\nmax-connections = 20000\n')
        self.server = harness.Server(self, "--config", config, "--log-level", "error", "--listen-tls", "127.0.0.1:0",
                                     "--cert", os.path.join(self.folder, "cert.pem"), "--key", os.path.join(self.folder, "key.pem"))
        self.port = self.server.address()[1]
        self.tls_port = self.server.address("tls")[1]

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None

    def restart(self):
        self.stop()
        self.start()

    def load(self, count):
        with subprocess.Popen([programs.path("bench_deliver"), str(count), "mbox"], stdout=subprocess.PIPE) as corpus:
            programs.run(harness.program("quarantine"), "import", "-", "--direction", "outgoing", "--received-from-header",
                         "--store", self.store, stdin=corpus.stdout)

    def pids(self):
        return [self.server.process.pid]


class Dovecot:
    """One Dovecot, at its best: defaults for durability, no limits on processes in the way."""
    CONFIG = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/log
protocols = {protocols}
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_fsync = {fsync}
mail_plugins = zlib
mail_max_userip_connections = 20000
default_vsz_limit = 4G
default_client_limit = 20000
default_process_limit = 20000
lmtp_save_to_detail_mailbox = yes
recipient_delimiter = +
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  process_limit = 8
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service imap {{
  process_min_avail = 4
}}
plugin {{
  fts = xapian
  fts_xapian = partial=3 full=20
}}
service auth {{
  client_limit = 50000
}}
service anvil {{
  client_limit = 50000
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
    LMTP = """
service lmtp {{
  process_min_avail = 4
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""

    def __init__(self, folder):
        self.folder = folder
        self.has_lmtp = os.path.exists("/usr/lib/dovecot/lmtp")
        self.process = None
        self.imap, self.lmtp = free_ports(2)
        self.config = os.path.join(folder, "conf")

    def write_config(self, fsync):
        os.makedirs(self.folder, exist_ok=True)
        text = self.CONFIG + (self.LMTP if self.has_lmtp else "")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(text.format(folder=self.folder, run=os.path.join(self.folder, "run"), imap=self.imap, lmtp=self.lmtp, fsync=fsync,
                                   protocols="imap lmtp" if self.has_lmtp else "imap"))
        with open(os.path.join(self.folder, "users"), "w", encoding="ascii") as file:
            for name, mail in FORMATS.items():
                more = " userdb_zlib_save=zstd" if name == "zstd" else ""
                for user in self.users(name):
                    file.write(f"{user}:secret:65534:65534::{self.folder}/{user}::userdb_mail={mail}{more}\n")
            file.write(f"{INDEXED}:secret:65534:65534::{self.folder}/mdbox::userdb_mail=mdbox:~/mdbox "
                       "userdb_mail_plugins=zlib,fts,fts_xapian\n")

    @staticmethod
    def users(name):
        """Each format has a user with the corpus and one into whom mail is delivered."""
        return name, name + "-in"

    def start(self, fsync="optimized"):
        """"optimized" is Dovecot's default; "never" is for filling it."""
        self.write_config(fsync)
        for user in (user for name in FORMATS for user in self.users(name)):
            home = os.path.join(self.folder, user)
            os.makedirs(home, exist_ok=True)
            os.chown(home, 65534, 65534)
        self.spawn()
        until = time.monotonic() + 2 * harness.TIMEOUT
        while not all(is_open(port) for port in self.ports()):
            if self.process.poll() is not None:  # a process of the last one still had the port
                self.spawn()
            if time.monotonic() > until:
                raise RuntimeError("Dovecot does not answer: " + self.log())
            time.sleep(0.02)

    def spawn(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(["dovecot", "-F", "-c", self.config], stdout=log, stderr=log)

    def ports(self):
        return [self.imap] + ([self.lmtp] if self.has_lmtp else [])

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-300:]

    def stop(self):
        if not self.process:
            return
        self.process.terminate()
        self.process.wait(harness.TIMEOUT)
        self.process = None
        until = time.monotonic() + harness.TIMEOUT
        while any(is_open(port) for port in self.ports()) and time.monotonic() < until:
            time.sleep(0.02)

    def pids(self):
        """The processes below the one that we started."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                        parents.setdefault(int(stat.read().rpartition(")")[2].split()[1]), []).append(int(entry))
                except OSError:  # it has ended
                    continue
        return [self.process.pid, *parents.get(self.process.pid, [])]


class Format(Peer):
    """A user of Dovecot."""
    password = "secret"

    def __init__(self, dovecot, name, folder=None):
        self.dovecot, self.name, self.user = dovecot, name, name
        self.port = dovecot.imap
        self.folder = os.path.join(dovecot.folder, folder or name)

    def load(self, count):
        self.ask(f"CREATE {MAILBOX}")
        programs.deliver(count, "append", self.port, self.user, self.password, MAILBOX, group=100)

    def door(self):
        if not self.dovecot.has_lmtp:
            return "append", self.port, self.user, self.password, MAILBOX
        return "lmtp", self.dovecot.lmtp, f"{self.user}+{MAILBOX}"

    def restart(self):
        self.dovecot.stop()
        self.dovecot.start()

    def pids(self):
        return self.dovecot.pids()

    def forget(self):
        for base, _, names in os.walk(self.folder):
            if "dovecot.index.cache" in names:
                os.unlink(os.path.join(base, "dovecot.index.cache"))


class Indexed(Format):
    """The user whose mail, that of mdbox, is indexed the first time that it is asked for."""

    def __init__(self, dovecot):
        super().__init__(dovecot, INDEXED, "mdbox")
        self.indexed = False

    def ask(self, *commands, **options):
        if not self.indexed:
            if not os.path.exists("/usr/lib/dovecot/modules/lib21_fts_xapian_plugin.so"):
                raise RuntimeError("there is no dovecot-fts-xapian")
            programs.run("doveadm", "-c", self.dovecot.config, "index", "-u", self.user, MAILBOX)
            self.indexed = True
        return super().ask(*commands, **options)


def make_certificate(folder):
    harness.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem")


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def is_open(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0
