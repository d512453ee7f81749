#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""TLS on both ways, and the way to it."""
import re
import signal
import socket
import ssl
import warnings

from cases import LOGIN, Raw, certificate, eventually, main, probe, settings


def tls_server(sandbox, *options):
    cert, key = certificate(sandbox)
    return sandbox.server("--listen-tls", "127.0.0.1:0", "--cert", cert, "--key", key, *options)


def secured(server, context=None):
    client = Raw(server, greeting=False, kind="tls")
    client.start_tls(context)
    client.until(b"\r\n")
    return client


def test_starttls(sandbox):
    server = tls_server(sandbox)
    with Raw(server) as client:
        client.send(b"a CAPABILITY\r\n")
        assert b"STARTTLS" in client.until(b"a OK")
        client.until(b"\r\n")
        client.send(b"b STARTTLS\r\n")
        assert client.until(b"\r\n").startswith(b"b OK")
        client.start_tls()
        client.send(b"c CAPABILITY\r\n")
        assert b"STARTTLS" not in client.until(b"c OK")
        client.send(b"d STARTTLS\r\n")
        client.until(b"d BAD")
        client.until(b"\r\n")
        client.login()
    assert re.search(r"result=accepted .*tls=yes", server.log())


def test_injected_commands_are_dropped(sandbox):
    server = tls_server(sandbox)
    with Raw(server) as client:
        client.send(b"a STARTTLS\r\nb NOOP\r\n" + LOGIN)
        assert client.until(b"\r\n").startswith(b"a OK")
        client.start_tls()
        client.send(b"c NOOP\r\n")
        assert client.until(b"\r\n").startswith(b"c OK")
    assert "event=starttls-injection" in server.log()
    assert "event=login" not in server.log()


def test_implicit_tls(sandbox):
    server = tls_server(sandbox)
    with secured(server) as client:
        client.login()
        assert client.socket.version() == "TLSv1.3"
        message = b"Subject: x\r\n\r\n" + b"0123456789abcde\r\n" * 200000
        sandbox.deliver(message, "-f", "a@example.com", "--", "b@example.com")
        client.send(b"a SELECT Outgoing\r\nb FETCH 1 BODY.PEEK[]\r\nc LOGOUT\r\n")
        assert b"0123456789abcde\r\n" * 200000 in client.rest()


def test_old_versions_and_other_protocols(sandbox):
    server = tls_server(sandbox)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    web = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    web.check_hostname, web.verify_mode = False, ssl.CERT_NONE
    web.set_alpn_protocols(["http/1.1"])
    for context in (old, web):
        with Raw(server, greeting=False, kind="tls") as client:
            try:
                client.start_tls(context)
                raise AssertionError("the handshake went through")
            except (ssl.SSLError, ConnectionError):
                pass
    with Raw(server, greeting=False, kind="tls") as client:
        client.send(b"a LOGIN global secret\r\n")
        assert b"OK" not in client.rest()
    probe(server)


def test_no_login_in_clear(sandbox):
    server = tls_server(sandbox, *settings(sandbox, allow_plaintext_login="never"))
    with Raw(server) as client:
        client.send(b"a CAPABILITY\r\n" + LOGIN)
        answer = client.until(b"l NO")
        assert b"LOGINDISABLED" in answer and b"AUTH=PLAIN" not in answer
        assert b"[PRIVACYREQUIRED]" in client.until(b"\r\n")
    with secured(server) as client:
        client.login()


def test_unfinished_handshakes_end(sandbox):
    server = tls_server(sandbox, *settings(sandbox, handshake_timeout=1))
    clients = [Raw(server, greeting=False, kind="tls") for _ in range(20)]
    for n, client in enumerate(clients):
        client.send(b"\x16\x03\x01\x02\x00\x01"[:n % 6])
    for client in clients:
        assert client.rest() == b""
        client.socket.close()


def test_certificate_is_read_again(sandbox):
    server = tls_server(sandbox)
    with secured(server) as before:
        first = before.socket.getpeercert(True)
        certificate(sandbox)
        server.process.send_signal(signal.SIGHUP)
        eventually("reloaded", lambda: "event=reloaded" in server.log())
        with secured(server) as after:
            assert after.socket.getpeercert(True) != first
        before.login()
    with open(sandbox.path + "/cert.key", "w", encoding="ascii") as key:
        key.write("broken")
    server.process.send_signal(signal.SIGHUP)
    eventually("refused", lambda: "event=reload-failed" in server.log())
    with secured(server) as client:
        client.login()


def test_closed_in_the_middle(sandbox):
    """Hang-ups with and without TLS's good-bye, in and after the handshake."""
    server = tls_server(sandbox)
    for n in range(30):
        client = secured(server)
        client.send(LOGIN[:n])
        if n % 2:
            client.socket.unwrap()
        elif n % 4:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.socket.close()
    with secured(server) as client:
        client.login()


if __name__ == "__main__":
    main(globals())
