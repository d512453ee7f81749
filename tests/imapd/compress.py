#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""COMPRESS=DEFLATE (RFC 4978) at the socket: both directions, over TLS, and clients that mean no good."""
import socket
import zlib

from cases import LOGIN, Raw, certificate, eventually, harness, main, resident_kib


def deflate(data):
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def login(server, tls=False):
    client = harness.Client(server, tls)
    client.line()
    assert client.command(LOGIN.rstrip()[2:])[-1].startswith(b"t OK")
    return client


def compressed(server):
    """A connection by bytes on which COMPRESS has just begun."""
    client = Raw(server)
    client.login()
    client.send(b"z COMPRESS DEFLATE\r\n")
    client.until(b"z OK DEFLATE active\r\n")
    return client


def fetch_all(client, message):
    assert b"COMPRESS=DEFLATE" in b"".join(client.command(b"CAPABILITY"))
    client.compress()
    assert b"COMPRESS=DEFLATE" not in b"".join(client.command(b"CAPABILITY"))
    assert client.command(b"COMPRESS DEFLATE")[-1].startswith(b"t NO [COMPRESSIONACTIVE]")
    assert client.command(b"STARTTLS")[-1].startswith(b"t BAD")
    assert client.command(b"SELECT Outgoing")[-1].startswith(b"t OK")
    for _ in range(3):
        lines = client.command(b"FETCH 1 BODY.PEEK[]")
        assert b"\r\n".join(lines[1:-1]) == message + b")", len(lines)


def test_all_is_the_same(sandbox):
    cert, key = certificate(sandbox)
    server = sandbox.server("--listen-tls", "127.0.0.1:0", "--cert", cert, "--key", key)
    message = b"Subject: x\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(100000))
    sandbox.deliver(message)
    for tls in (False, True):
        client = login(server, tls)
        assert client.command(b"COMPRESS LZ4")[-1].startswith(b"t BAD")
        fetch_all(client, message)
        client.send(b"i IDLE\r\n")
        assert client.line().startswith(b"+ ")
        sandbox.deliver(b"Subject: new\r\n\r\n")
        assert client.line().endswith(b" EXISTS")
        client.line()
        client.send(b"DONE\r\n")
        assert client.line().startswith(b"i OK")
        client.close()


def test_not_before_login(sandbox):
    with Raw(sandbox.server()) as client:
        client.send(b"a COMPRESS DEFLATE\r\n")
        client.until(b"a BAD")


def test_any_cut_will_do(sandbox):
    with compressed(sandbox.server()) as client:
        for byte in deflate(b"a NOOP\r\nb CAPABILITY\r\nc LOGOUT\r\n"):
            client.send(bytes([byte]))
        inflate = zlib.decompressobj(wbits=-15)
        answer = b""
        while chunk := client.socket.recv(4096):
            answer += inflate.decompress(chunk)
        assert answer.startswith(b"a OK") and b"\r\nc OK" in answer, answer


def test_sent_with_the_command(sandbox):
    with Raw(sandbox.server()) as client:
        client.login()
        client.send(b"a COMPRESS DEFLATE\r\n" + deflate(b"b NOOP\r\n"))
        client.until(b"a OK DEFLATE active\r\n")
        answer = client.pending or client.socket.recv(4096)
        assert zlib.decompressobj(wbits=-15).decompress(answer).startswith(b"b OK")


def test_an_end_in_the_middle_is_a_hang_up(sandbox):
    server = sandbox.server()
    with compressed(server) as client:
        client.send(deflate(b"a NOOP\r\n" * 100)[:-9])
        client.socket.shutdown(socket.SHUT_WR)
        client.rest()
    eventually("the end in the log", lambda: 'reason="client hung up"' in server.log())


def test_what_is_no_deflate_ends_the_connection(sandbox):
    with compressed(sandbox.server()) as client:
        client.send(b"\xff" * 100)
        while client.socket.recv(4096):
            pass


def test_a_bomb_takes_no_memory(sandbox):
    server = sandbox.server()
    with compressed(server) as client, Raw(server) as other:
        other.login()
        before = resident_kib(server)
        size = 300 * 1000 * 1000
        packer = zlib.compressobj(9, wbits=-15)
        bomb = packer.compress(b"a NOOP {%d+}\r\n" % size)
        for _ in range(size // 1000000):
            bomb += packer.compress(b"a" * 1000000)
        bomb += packer.compress(b"\r\nb NOOP\r\n") + packer.flush(zlib.Z_SYNC_FLUSH)
        assert size > 500 * len(bomb)
        try:
            client.send(bomb)
        except OSError:
            pass  # the server may hang up first
        other.send(b"o NOOP\r\n")
        other.until(b"o OK")
        assert resident_kib(server) < before + 40 * 1000, (before, resident_kib(server))


if __name__ == "__main__":
    main(globals())
