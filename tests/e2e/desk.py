#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The abuse desk's morning with other people's programs: retrieve_quarantine_info on Dovecot, its file in LibreOffice.

desk.py dovecot|libreoffice. Where the program is not installed the test is skipped (exit status 77)."""
import csv
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

SKIPPED = 77
TOOL = harness.program("retrieve_quarantine_info")
CONFIG = """
base_dir = {0}/run
state_dir = {0}/run
log_path = {0}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{0}/cert.pem
ssl_key = <{0}/key.pem
first_valid_uid = 1
mail_location = maildir:{0}/mail
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={0}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {1}
  }}
  inet_listener imaps {{
    port = {2}
    ssl = yes
  }}
}}
"""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def answers(port):
    """Waits until somebody listens."""
    until = time.monotonic() + harness.TIMEOUT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "Dovecot does not answer"


def fill_maildir(path, count):
    """Mail of today, in the folder Caught (Outgoing)."""
    folder = os.path.join(path, ".Caught (Outgoing)")
    for name in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, name))
    for n in range(count):
        with open(os.path.join(folder, "cur", f"{n}.M{n}.host:2,"), "w", encoding="ascii") as file:
            file.write(f"From: u{n}@b.example\nTo: c@d.example\nX-AuthUser: user{n % 3}\n\nhello\n")
    subprocess.run(["chown", "-R", "nobody:nogroup", path], check=True)


def dovecot(folder):
    if os.geteuid() != 0 or not shutil.which("dovecot"):
        print("skipped: wants root and dovecot-imapd")
        return SKIPPED
    os.chmod(folder, 0o755)
    port, tls_port = free_ports(2)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "2", "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out",
                    f"{folder}/cert.pem"], check=True, capture_output=True)
    fill_maildir(os.path.join(folder, "mail"), 1200)
    with open(os.path.join(folder, "conf"), "w", encoding="ascii") as file:
        file.write(CONFIG.format(folder, port, tls_port))
    server = subprocess.Popen(["dovecot", "-F", "-c", os.path.join(folder, "conf")])
    try:
        answers(tls_port)
        common = ["-p", "secret", "--ca", f"{folder}/cert.pem"]
        for how in (["-o", "-t", "-s", f"imaps://127.0.0.1:{tls_port}"],
                    ["-o", "-t", "-s", f"127.0.0.1:{port}", "--starttls"],
                    ["-o", "--last-hour", "-s", f"127.0.0.1:{port}", "--starttls", "--mailbox", "Caught (Outgoing)"]):
            rows = list(csv.DictReader(harness.run(TOOL, *how, *common).stdout.decode().splitlines()))
            assert [row["From"] for row in rows] == [f"u{n}@b.example" for n in range(1200)] or (
                sorted(row["From"] for row in rows) == sorted(f"u{n}@b.example" for n in range(1200))), len(rows)
        counted = harness.run(TOOL, "-o", "-t", "--group-by", "identity", "-s", f"imaps://127.0.0.1:{tls_port}", *common)
        assert [line.split(",")[0::3] for line in counted.stdout.decode().splitlines()[1:]] == [
            ["400", f"user{n}"] for n in range(3)], counted.stdout
        follow(folder, tls_port, common)
    except BaseException:
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as log:
            print(log.read()[-3000:])
        raise
    finally:
        server.terminate()
        server.wait(harness.TIMEOUT)
    return 0


def follow(folder, port, common):
    """A message that arrives is printed at once."""
    import imaplib
    import ssl
    child = subprocess.Popen([TOOL, "-o", "--follow", "--format", "tsv", "-s", f"imaps://127.0.0.1:{port}", *common],
                             stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline().startswith(b"#\tFrom")
        imap = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=ssl.create_default_context(cafile=f"{folder}/cert.pem"))
        imap.login("global", "secret")
        imap.append('"Caught (Outgoing)"', None, None, b"From: new@b.example\r\nTo: c@d.example\r\n\r\nhello\r\n")
        assert child.stdout.readline().startswith(b"1\tnew@b.example"), "another line"
        imap.logout()
    finally:
        child.terminate()
        assert child.wait(harness.TIMEOUT) == 0
        child.stdout.close()


def convert(folder, path, to, *options):
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", *options, "--convert-to", to,
                    "--outdir", os.path.join(folder, "out"), path], check=True, capture_output=True, timeout=240,
                   env={**os.environ, "HOME": folder})


def libreoffice(folder):
    if not shutil.which("soffice"):
        print("skipped: wants soffice (libreoffice-calc-nogui)")
        return SKIPPED
    senders = ['"=1+1" <a@b.example>', "=cmd|' /C calc'!A0", "+1 <x@y.example>", "@SUM(A1:A9) <x@y.example>", '"a;b, ""c" <d@e.example>',
               "=?utf-8?b?w4TDtsO8IOKCrCDph43luoY=?= <x@y.example>", "-2 <x@y.example>", "=?utf-8?q?=3D1=0A=3D2?= <x@y.example>"]
    path = os.path.join(folder, "report.csv")
    with harness.Sandbox().init() as sandbox:
        for n in range(40):
            sandbox.deliver(f"From: {senders[n % len(senders)]}\nTo: c{n}@d.example\nX-AuthUser: u{n}\n\nhello\n".encode())
        host, port = sandbox.server().address()
        harness.run(TOOL, "-c", "-o", "-t", "--output", path, "-s", f"{host}:{port}", "-p", harness.PASSWORD)
    with open(path, newline="", encoding="utf-8") as file:
        ours = list(csv.reader(file))
    convert(folder, path, "ods", "--infilter=CSV:44,34,76")
    convert(folder, os.path.join(folder, "out", "report.ods"), "csv:Text - txt - csv (StarCalc):44,34,76")
    with open(os.path.join(folder, "out", "report.csv"), newline="", encoding="utf-8") as file:
        theirs = list(csv.reader(file))
    assert len(ours) == 41, len(ours)
    assert ours == theirs, next((a, b) for a, b in zip(ours, theirs) if a != b)
    return 0


def main():
    folder = tempfile.mkdtemp(prefix="desk-")
    try:
        return {"dovecot": dovecot, "libreoffice": libreoffice}[sys.argv[1]](folder)
    finally:
        shutil.rmtree(folder)


sys.exit(main())
