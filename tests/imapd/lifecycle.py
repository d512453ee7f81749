#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Start, what refuses to start, many at once, the end."""
import contextlib
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading

from cases import LOGIN, Raw, certificate, eventually, harness, main, probe, settings


def start(*options):
    """Starts a server that is expected to refuse."""
    done = harness.run(harness.program("quarantine-imapd"), *options, check=False)
    assert done.returncode in (69, 78) and done.stderr.startswith(b"quarantine-imapd: "), done
    assert b"Sanitizer" not in done.stderr, done.stderr.decode()
    return done.stderr.decode()


def test_refuses_to_start(sandbox):
    cert, key = certificate(sandbox)
    store, here = ("--store", sandbox.store), ("--listen", "127.0.0.1:0")
    assert "quarantine init --store /nonexistent" in start("--store", "/nonexistent", *here)
    assert "no store" in start(*here)
    assert "nothing to listen on" in start(*store)
    assert "not ADDRESS:PORT" in start(*store, "--listen", "127.0.0.1")
    assert "does not have that address" in start(*store, "--listen", "192.0.2.1:1143")
    assert "needs a certificate" in start(*store, "--listen-tls", "127.0.0.1:0")
    assert "No such file" in start(*store, *here, "--cert", cert, "--key", key + "x")
    os.chmod(key, 0o644)
    assert "chmod o=" in start(*store, *here, "--cert", cert, "--key", key)
    option, conf = settings(sandbox, heartbeat=120, hearbeat=120)
    assert f"{conf}:2: " in start(*store, *here, option, conf)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "another program listens there" in start(*store, "--listen", "127.0.0.1:%d" % taken.getsockname()[1])
    plain = os.path.join(sandbox.path, "plain")
    with open(plain, "w", encoding="ascii"):
        pass
    assert "no socket" in start(*store, "--listen-unix", plain)


def test_example_configuration(sandbox):
    """The example that is installed is understood, and what it calls defaults are the defaults."""
    example = os.path.join(harness.ROOT, "imapd", "quarantine-imapd.conf.example")
    everything = os.path.join(sandbox.path, "everything.conf")
    with open(example, encoding="utf-8") as lines, open(everything, "w", encoding="utf-8") as out:
        out.writelines(line[1:] if line.startswith("#") and line[1] != " " and "certificate" not in line and
                       "-key" not in line and "listen" not in line and "accounts" not in line else line for line in lines)
    for config in (example, everything):
        server = harness.Server(sandbox, "--config", config)
        probe(server)
        assert server.stop() == 0


def test_hidden_capabilities(sandbox):
    server = sandbox.server(*settings(sandbox, hide_capabilities='{"IDLE", "literal+", "global:MOVE", "other:SORT"}'))
    with Raw(server) as client:
        client.send(b"a CAPABILITY\r\n")
        before = client.until(b"a OK CAPABILITY completed\r\n")
        client.login()
        client.send(b"b CAPABILITY\r\n")
        after = client.until(b"b OK")
    assert b"ID " in before and b"LITERAL+" not in before and b" IDLE" not in before + after, before + after
    assert b" MOVE " not in after and b" SORT " in after, after


def test_spool_is_taken_in(sandbox):
    """A filter could not have the store and left its message in the spool."""
    spool = os.path.join(sandbox.path, "spool")
    os.mkdir(spool)
    harness.run(harness.program("quarantine-deliver"), "--store", sandbox.path + "/nowhere", "--spool", spool,
                "--direction", "outgoing", "-f", "a@example.com", "--", "b@example.com", stdin=b"Subject: late\r\n\r\n")
    assert len(os.listdir(spool)) == 1
    server = sandbox.server("--spool", spool)
    with Raw(server) as client:
        client.login()
        client.send(b"a SELECT Outgoing\r\n")
        if b"* 1 EXISTS" not in client.until(b"a OK"):
            client.send(b"b IDLE\r\n")
            client.until(b"* 1 EXISTS\r\n")
    assert os.listdir(spool) == []


def test_listeners(sandbox):
    """IPv6, Unix sockets, one that a killed server left behind."""
    server = sandbox.server("--listen", "[::1]:0")
    with open(server.ready_file, encoding="ascii") as ready:
        lines = ready.read().split()
    assert any(word.startswith("[::1]:") for word in lines), lines
    address = next(word for word in lines if word.startswith("[::1]:"))
    with socket.create_connection(("::1", int(address.rpartition(":")[2])), harness.TIMEOUT) as six:
        assert six.recv(4) == b"* OK"
    server.process.kill()
    server.process.wait()
    second = harness.Server(sandbox)
    client = harness.Client(second)
    assert client.line().startswith(b"* OK")
    client.close()
    assert second.stop() == 0
    assert not os.path.exists(second.socket_path)
    server.stop = lambda: 0


def test_sockets_of_systemd(sandbox):
    """Listening sockets handed over, the second one for TLS."""
    cert, key = certificate(sandbox)
    with socket.create_server(("127.0.0.1", 0)) as plain, socket.create_server(("127.0.0.1", 0)) as tls:
        script = (f"exec 3<&{plain.fileno()} 4<&{tls.fileno()}; LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=imap:imaps "
                  'exec "$@"')
        ready = os.path.join(sandbox.path, "ready")
        process = subprocess.Popen(
            ["sh", "-c", script, "sh", harness.program("quarantine-imapd"), "--store", sandbox.store, "--cert", cert,
             "--key", key, "--ready-file", ready], pass_fds=(plain.fileno(), tls.fileno()), stderr=subprocess.DEVNULL)
        with socket.create_connection(plain.getsockname(), harness.TIMEOUT) as client:
            assert client.recv(4) == b"* OK"
        with socket.create_connection(tls.getsockname(), harness.TIMEOUT) as client:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(client) as secure:
                assert secure.recv(4) == b"* OK"
        process.terminate()
        assert process.wait(harness.TIMEOUT) == 0
        with open(ready, encoding="ascii") as lines:
            assert [line.split()[0] for line in lines] == ["tcp", "tls"]


def test_many_sessions(sandbox):
    server = sandbox.server()
    for n in range(50):
        sandbox.deliver(b"Subject: %d\r\n\r\nbody\r\n" % n, "-f", "a@example.com", "--", "b@example.com")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Raw(server, source=f"127.0.2.{n}")) for n in range(1, 201)]
        for client in clients:
            client.login()
            client.send(b"a SELECT Outgoing\r\n")
        for client in clients:
            client.until(b"a OK")
        for client in clients:
            client.send(b"b FETCH 1:* (FLAGS ENVELOPE)\r\nc SEARCH ALL\r\nd NOOP\r\n")
        for client in clients:
            assert client.until(b"d OK").count(b" FETCH (") == 50


def busy(server, ends):
    """Logs in and sends commands until the server ends."""
    answers = b""
    try:
        with Raw(server) as client:
            client.send(LOGIN + b"a SELECT Outgoing\r\n")
            answers = client.until(b"a OK")
            while True:
                client.send(b"b FETCH 1:* (FLAGS BODY.PEEK[])\r\nc STORE 1:* +FLAGS (\\Flagged)\r\n")
                answers = client.until(b"c OK")
    except (AssertionError, ConnectionError) as error:
        ends.append(b"BYE" in str(error).encode() or "Broken pipe" in str(error) or "reset" in str(error))


def test_ends_under_load(sandbox):
    server = sandbox.server()
    for n in range(20):
        sandbox.deliver(b"Subject: %d\r\n\r\n" % n + b"x" * 70 * 1000, "-f", "a@example.com", "--", "b@example.com")
    ends = []
    threads = [threading.Thread(target=busy, args=(server, ends)) for _ in range(8)]
    for thread in threads:
        thread.start()
    idle = Raw(server).login()
    idle.send(b"a IDLE\r\n")
    idle.until(b"+ ")
    assert server.stop(signal.SIGTERM) == 0
    assert b"* BYE" in idle.rest()
    idle.socket.close()
    for thread in threads:
        thread.join()
    assert len(ends) == 8
    assert server.log().count("event=connect ") == server.log().count("event=disconnect")
    check = harness.run(harness.program("quarantine"), "check", "--store", sandbox.store)
    assert check.returncode == 0


def test_ends_at_once_when_idle(sandbox):
    server = sandbox.server()
    clients = [Raw(server) for _ in range(3)]
    clients[1].login()
    clients[2].send(b"a LOGIN global ")
    for how in (signal.SIGINT,):
        assert server.stop(how) == 0
    for client in clients:
        assert b"* BYE" in client.rest()
        client.socket.close()


def test_store_goes_away(sandbox):
    """The store is moved away and comes back: NO meanwhile, then as before."""
    server = sandbox.server()
    with Raw(server) as client:
        client.login()
        os.rename(sandbox.store, sandbox.store + ".away")
        client.send(b"a STATUS Outgoing (MESSAGES)\r\n")
        answer = client.until(b"\r\n")
        client.send(b"b NOOP\r\n")
        client.until(b"b OK")
        os.rename(sandbox.store + ".away", sandbox.store)
        client.send(b"c STATUS Outgoing (MESSAGES)\r\n")
        client.until(b"c OK")
        assert answer.startswith((b"a NO [UNAVAILABLE]", b"* STATUS")), answer
    probe(server)


def test_no_core_dumps(sandbox):
    """Neither into a file nor to a program that the kernel would start."""
    server = sandbox.server()
    with open(f"/proc/{server.process.pid}/limits", encoding="ascii") as limits:
        assert any(line.split()[:6] == ["Max", "core", "file", "size", "1", "1"] for line in limits)


def test_expiry(sandbox):
    """The server itself removes what is too old, and tells the sessions."""
    for received in ("2025-01-31T12:00:00Z", "2026-01-31T12:00:00Z"):
        sandbox.deliver(b"Subject: old\r\n\r\n", "--received", received, "-f", "a@example.com", "--", "b@example.com")
    sandbox.deliver(b"Subject: new\r\n\r\n", "-f", "a@example.com", "--", "b@example.com")
    server = sandbox.server(*settings(sandbox, expire_every=1, keep='{"7d", "virus=never"}'))
    with Raw(server) as client:
        client.login()
        client.send(b"a SELECT Outgoing\r\nb IDLE\r\n")
        assert b"* 3 EXISTS" in client.until(b"+ ")
        client.until(b"EXPUNGE\r\n")
        client.until(b"EXPUNGE\r\n")
    eventually("the log says so", lambda: "expired=2" in server.log())
    status = harness.run(harness.program("quarantine-imapd"), "--store", sandbox.store, *settings(sandbox, keep='{"soon"}'), check=False)
    assert status.returncode == 78 and b"soon" in status.stderr, status


def test_no_expiry_by_a_doubtful_clock(sandbox):
    """Years since the last pass: rather a clock set wrongly than a server that stood still. Nothing goes for a day."""
    sandbox.deliver(b"Subject: old\r\n\r\n", "--received", "2025-01-31T12:00:00Z", "-f", "a@example.com", "--", "b@example.com")
    with sqlite3.connect(os.path.join(sandbox.store, "mail", "quarantine.db")) as db:
        db.execute("INSERT INTO expiry VALUES (1, strftime('%s', '2025-02-01'))")
    db.close()
    server = sandbox.server(*settings(sandbox, expire_every=1))
    eventually("the log says so", lambda: "event=clock-jumped" in server.log())
    with Raw(server) as client:
        client.login()
        client.send(b"a SELECT Outgoing\r\n")
        assert b"* 1 EXISTS" in client.until(b"a OK")


if __name__ == "__main__":
    main(globals())
