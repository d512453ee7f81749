#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What the running server may still do, and what it keeps in its memory."""
import glob
import os
import re
import signal
import subprocess
import tempfile

from cases import LOGIN, Raw, certificate, eventually, harness, main, probe

TEXT = "\u65e5\u672c\u8a9e\u306e\u4ef6\u540d"


def statuses(server):
    """The status of every thread."""
    for path in glob.glob(f"/proc/{server.process.pid}/task/*/status"):
        with open(path, encoding="utf-8") as status:
            yield dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)


def test_every_thread_is_confined(sandbox):
    server = sandbox.server("--sandbox", "required")
    probe(server)
    threads = list(statuses(server))
    assert len(threads) >= 6, threads
    for thread in threads:
        assert thread["Seccomp"] == "2" and thread["NoNewPrivs"] == "1", thread
    assert re.search(r"event=confined landlock=[1-9]\d* seccomp=yes ", server.log())
    server.stop()
    server = sandbox.server("--sandbox", "no")
    probe(server)
    assert all(thread["Seccomp"] == "0" for thread in statuses(server))
    assert "event=confined sandbox=no" in server.log()


def test_files_elsewhere_are_out_of_reach(sandbox):
    """A link is turned to a certificate that the server was not told of; within its folder it may change."""
    for how, wanted in (("yes", "event=reload-failed"), ("no", "event=reloaded")):
        with tempfile.TemporaryDirectory(prefix="qt-") as elsewhere:
            cert, key = certificate(sandbox, "live-" + how)
            server = sandbox.server("--cert", cert, "--key", key, "--sandbox", how)
            os.rename(cert, cert + ".2")
            os.symlink(cert + ".2", cert)
            server.process.send_signal(signal.SIGHUP)
            eventually("read by a link", lambda: "event=reloaded" in server.log())
            os.rename(cert + ".2", os.path.join(elsewhere, "cert"))
            os.unlink(cert)
            os.symlink(os.path.join(elsewhere, "cert"), cert)
            before = server.log().count(wanted)
            server.process.send_signal(signal.SIGHUP)
            eventually(wanted, lambda: server.log().count(wanted) > before)
            server.stop()


def test_charsets_are_loaded_inside(sandbox):
    """The tables of a charset are a library, loaded when the first message wants it."""
    server = sandbox.server("--sandbox", "required")
    with Raw(server) as client:
        client.send(LOGIN + b"s SELECT Outgoing\r\ni IDLE\r\n")
        client.until(b"+ ")
        subject = b"=?ISO-2022-JP?B?GyRCRnxLXDhsJE43b0w+GyhC?="
        sandbox.deliver(b"Subject: " + subject + b"\r\n\r\n", "-f", "a@example.com", "--", "b@example.com")
        client.until(b"* 1 EXISTS\r\n")
        needle = TEXT.encode()
        client.send(b"DONE\r\nf SEARCH CHARSET UTF-8 SUBJECT {%d+}\r\n%s\r\n" % (len(needle), needle))
        assert b"* SEARCH 1\r\n" in client.until(b"f OK")
    server.stop()
    assert "event=handed-over" in server.log()


def test_capabilities_are_dropped(sandbox):
    """The right to bind a low port is gone when it has been used."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    program = harness.program("quarantine-imapd")
    if os.geteuid() != 0 or subprocess.run([*nobody, "test", "-x", program], check=False).returncode != 0:
        print("not root: skipped")
        return
    for folder, _, names in os.walk(sandbox.path):
        for name in (".", *names):
            os.chown(os.path.join(folder, name), 65534, 65534, follow_symlinks=False)
    ready = os.path.join(sandbox.path, "ready")
    with subprocess.Popen([*nobody, "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service", program, "--store",
                           sandbox.store, "--listen", "127.0.0.77:143", "--ready-file", ready],
                          stderr=subprocess.DEVNULL) as process:
        server = type("Started", (), {"process": process})
        eventually("ready", lambda: os.path.exists(ready) or process.poll() is not None)
        threads = list(statuses(server))
        owner = os.stat(f"/proc/{process.pid}/environ").st_uid
        process.terminate()
    assert process.returncode == 0 and threads
    for thread in threads:
        assert [int(thread[which], 16) for which in ("CapEff", "CapPrm", "CapInh", "CapAmb")] == [0] * 4, thread
    assert owner == 0   # no debugger of the same user: the process counts as not dumpable


def test_passwords_leave_the_memory(sandbox):
    """Nothing of a password is left when its login is over, nor of one that was refused."""
    if os.geteuid() != 0:
        print("not root: skipped")
        return
    server = sandbox.server()
    wrong = b"a wrong horse battery"
    with Raw(server) as client:
        client.send(b'a LOGIN global "' + wrong + b'"\r\n')
        assert client.until(b"\r\n").startswith(b"a NO")
        client.login()
        client.send(b"b NOOP\r\n")
        client.until(b"b OK")
        memory = bytearray()
        with open(f"/proc/{server.process.pid}/maps", encoding="utf-8") as maps, \
                open(f"/proc/{server.process.pid}/mem", "rb", 0) as mem:
            for line in maps:
                span, rights, _, _, inode = line.split()[:5]
                start, end = (int(number, 16) for number in span.split("-"))
                if rights.startswith("rw") and inode == "0" and end - start < 1 << 28:
                    mem.seek(start)
                    memory += mem.read(end - start)
    assert b"NOOP" in memory
    for secret in (wrong, harness.PASSWORD.encode()):
        assert secret not in memory, secret


def test_a_demand_that_cannot_be_met(sandbox):
    done = subprocess.run([harness.program("quarantine-imapd"), "--store", sandbox.store, "--listen", "127.0.0.1:0",
                           "--sandbox", "perhaps"], capture_output=True, check=False, timeout=60)
    assert done.returncode == 78 and b"yes no required" in done.stderr, done


if __name__ == "__main__":
    main(globals())
