#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What the log says of who did what, that nobody can forge it, and that fail2ban understands it."""
import os
import re
import shutil

from cases import Raw, eventually, harness, main

FILTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "imapd", "fail2ban", "quarantine-imapd.conf")
NASTY = (b'x" address=203.0.113.9:1 result=denied y="', b"a event=login result=denied address=203.0.113.9:1 tls=no user=b",
         b"\\\\\\\"", b"x" * 900, "ü\u202e".encode())


def events(server, name):
    return [line for line in server.log().splitlines() if f" event={name} " in line]


def run_commands(server, *commands):
    with Raw(server) as client:
        client.login()
        for n, command in enumerate(commands):
            client.send(b"t%d " % n + command + b"\r\n")
            client.until(b"t%d " % n)
            client.until(b"\r\n")
        client.send(b"z LOGOUT\r\n")
        client.rest()


def test_who_did_what(sandbox):
    for n in range(40):
        sandbox.deliver(b"Subject: %d\r\n\r\nbody\r\n" % n, "-f", "a@example.com", "--", "b@example.com")
    server = sandbox.server()
    run_commands(server, b"SELECT Outgoing", b"FETCH 1:* (FLAGS ENVELOPE BODY.PEEK[HEADER])")
    assert not events(server, "read")
    assert re.search(r"session=\w+ event=select user=global mailbox=Outgoing$", events(server, "select")[0])
    run_commands(server, b"EXAMINE Outgoing", b"FETCH 1:5,9 BODY.PEEK[]", b"UID FETCH 7,100 (UID BODY[TEXT])")
    assert [line.split("event=")[1] for line in events(server, "read")] == [
        "read user=global messages=6 uids=\"1:5,9\" mailbox=Outgoing".replace('"', ""),
        "read user=global messages=1 uids=7 mailbox=Outgoing"]
    assert len(events(server, "examine")) == 1
    run_commands(server, b"SELECT Outgoing", b"STORE 2:3 +FLAGS (\\Deleted $Junk)", b"STORE 4 -FLAGS.SILENT (\\Seen)",
                 b"UID EXPUNGE 2", b"EXPUNGE")
    said = [line.split("event=")[1] for line in events(server, "flags") + events(server, "expunge")]
    assert said == ['flags user=global messages=2 uids=2:3 flags="+(\\\\Deleted $Junk)" mailbox=Outgoing',
                    'flags user=global messages=1 uids=4 flags="-(\\\\Seen)" mailbox=Outgoing',
                    "expunge user=global messages=1 uids=2 mailbox=Outgoing",
                    "expunge user=global messages=1 uids=3 mailbox=Outgoing"], said
    run_commands(server, b"SELECT Outgoing", b"FETCH " + b",".join(b"%d" % n for n in range(1, 38, 2)) + b" BODY.PEEK[1]")
    uids = [u for line in events(server, "read")[2:] for u in re.search(r"uids=(\S+)", line)[1].split(",")]
    assert uids == ["1"] + [str(n) for n in range(5, 40, 2)], uids
    run_commands(server, b"SELECT Outgoing", b"STORE 1:* +FLAGS (\\Deleted)", b"CLOSE")
    assert "messages=38 uids=1,4:40 " in events(server, "expunge")[-1]


def test_failed_logins_cannot_be_forged(sandbox):
    server = sandbox.server()
    for n, name in enumerate(NASTY):
        with Raw(server, source=f"127.0.0.{n + 20}") as client:
            client.send(b"a LOGIN {%d+}\r\n%s wrong\r\n" % (len(name), name))
            client.until(b"a NO")
    lines = events(server, "login")
    assert len(lines) == len(NASTY)
    for n, line in enumerate(lines):
        assert re.match(rf'(<6>)?session=\w+ event=login result=denied address=127\.0\.0\.{n + 20}:\d+ tls=no user=', line), line
        assert line.isascii() and line.isprintable()
    with Raw(server) as client:
        client.login()
    found = fail2ban(sandbox, server.log())
    assert found is None or found == [f"127.0.0.{n + 20}" for n in range(len(NASTY))], found


def fail2ban(sandbox, log):
    """The addresses that the filter finds, in order; None where fail2ban is not there."""
    if not shutil.which("fail2ban-regex"):
        print("fail2ban-regex is not there")
        return None
    path = os.path.join(sandbox.path, "syslog")
    with open(path, "w", encoding="ascii") as syslog:
        for line in log.splitlines():
            syslog.write("Nov 23 15:00:00 host quarantine-imapd[42]: " + line.removeprefix("<6>") + "\n")
        syslog.write("Nov 23 15:00:00 host other[42]: session=1 event=login result=denied address=203.0.113.1:1 tls=no\n")
    out = harness.run("fail2ban-regex", "--out", "ip", path, FILTER, env={**os.environ, "LC_ALL": "C"})
    return out.stdout.decode().split()


def test_what_a_client_asks_in_vain_is_no_error(sandbox):
    server = sandbox.server()
    with Raw(server) as client:
        client.login()
        client.send(b"a CREATE x\r\nb CREATE x\r\nc DELETE Trash\r\nd RENAME nothing y\r\n")
        assert b"b NO [ALREADYEXISTS]" in client.until(b"d NO")
    server.stop()
    assert not events(server, "command-failed"), server.log()


def test_filter_knows_all_forms_of_addresses(sandbox):
    line = "<6>session=1f event=login result=denied address={}:143 tls=yes user=global\n"
    found = fail2ban(sandbox, "".join(line.format(a) for a in ("192.0.2.1", "[2001:db8::1]", "[::ffff:192.0.2.7]")))
    assert found is None or found[:2] == ["192.0.2.1", "2001:db8::1"] and found[2].endswith("192.0.2.7"), found


if __name__ == "__main__":
    main(globals())
