#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""AUTHENTICATE SCRAM-SHA-256 against stored keys, by a client that shares no code with the server (RFC 5802, 7677)."""
import base64
import hashlib
import hmac
import os

from cases import Raw, harness, main, settings


def first_message(name):
    nonce = base64.b64encode(os.urandom(15)).decode()
    return f"n={name},r={nonce}", nonce


def encoded(text):
    return base64.b64encode(text.encode())


def mac(key, text):
    return hmac.digest(key, text.encode(), "sha256")


class Talk:
    """A conversation up to the server's first message."""

    def __init__(self, client, name="global"):
        self.client = client
        self.bare, nonce = first_message(name)
        client.send(b"a AUTHENTICATE SCRAM-SHA-256 %s\r\n" % encoded("n,," + self.bare))
        self.first = self.answer()
        values = dict(item.split("=", 1) for item in self.first.split(","))
        assert values["r"].startswith(nonce) and len(values["r"]) >= len(nonce) + 18
        self.nonce, self.iterations = values["r"], int(values["i"])
        self.salt = base64.b64decode(values["s"])
        assert self.iterations >= 4096 and len(self.salt) == 16

    def answer(self):
        line = self.client.until(b"\r\n")
        assert line.startswith(b"+ "), line
        return base64.b64decode(line[2:]).decode()

    def final(self, password):
        """Sends the proof; returns what the server has to prove."""
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), self.salt, self.iterations)
        without = f"c=biws,r={self.nonce}"
        text = f"{self.bare},{self.first},{without}"
        key = mac(salted, "Client Key")
        proof = bytes(a ^ b for a, b in zip(key, mac(hashlib.sha256(key).digest(), text)))
        self.client.send(encoded(f"{without},p={base64.b64encode(proof).decode()}") + b"\r\n")
        return "v=" + base64.b64encode(mac(mac(salted, "Server Key"), text)).decode()


def test_both_prove_themselves(sandbox):
    server = sandbox.server()
    with Raw(server) as client:
        client.send(b"a CAPABILITY\r\n")
        assert b" AUTH=SCRAM-SHA-256" in client.until(b"a OK")
        client.until(b"\r\n")
        talk = Talk(client)
        wanted = talk.final(harness.PASSWORD)
        assert talk.answer() == wanted
        client.send(b"\r\n")
        assert b"a OK [CAPABILITY " in client.until(b"\r\n")
        client.send(b"b SELECT Outgoing\r\n")
        client.until(b"b OK")


def test_wrong_ones_look_alike(sandbox):
    server = sandbox.server(*settings(sandbox, bad_commands_before_login=10))
    salts = set()
    for name, password in (("global", "wrong password"), ("nobody", harness.PASSWORD), ("nobody", "x")):
        with Raw(server) as client:
            talk = Talk(client, name)
            salts.add(talk.salt)
            talk.final(password)
            assert client.until(b"\r\n") == b"a NO [AUTHENTICATIONFAILED] Wrong name or password\r\n"
    assert len(salts) == 2
    server.stop()
    with Raw(sandbox.server()) as client:
        assert Talk(client, "nobody").salt in salts
    assert server.log().count("result=denied") == 3


def test_one_account_without_keys(sandbox):
    server = sandbox.server()
    harness.run(harness.program("quarantine"), "account", "set", "other", "--no-scram", "--password-file", "-", "--store", sandbox.store,
                stdin=b"correct horse\n")
    with Raw(server) as client:
        client.send(b"a CAPABILITY\r\nb AUTHENTICATE SCRAM-SHA-256\r\n")
        assert b"SCRAM" not in client.until(b"a OK")
        client.until(b"b NO [CANNOT]")


if __name__ == "__main__":
    main(globals())
