#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""cable.py: the cable between clients and server is cut. Both have a network of their own with a wire between them; the
clients' end forgets its address, so that what the server sends vanishes without an answer. Sessions of each kind end by
themselves within LIMIT seconds, and the server goes on. Some seven minutes; wants the right to make networks."""
import ctypes
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "imapd"), os.path.join(HERE, "..", "lib")]
from cases import LOGIN, Raw, certificate, harness  # noqa: E402

SKIPPED = 77
LIMIT = 6 * 60  # two minutes to the heartbeat of IDLE, and 220 s in which nothing answers it
SERVER, CLIENTS = "192.0.2.1", "192.0.2.2"
MAC = {SERVER: "02:00:00:00:00:01", CLIENTS: "02:00:00:00:00:02"}
FORK = multiprocessing.get_context("fork")


def own_network():
    """This process and what it starts see no other network from now on."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:  # CLONE_NEWNET
        raise PermissionError(os.strerror(ctypes.get_errno()))
    harness.run("ip", "link", "set", "lo", "up")


def plug_in(end, address, other):
    """Each end knows the other, so that a missing one is never asked for and nobody says that it is gone."""
    harness.run("ip", "link", "set", end, "address", MAC[address])
    harness.run("ip", "address", "add", f"{address}/24", "dev", end)
    harness.run("ip", "link", "set", end, "up")
    harness.run("ip", "neighbour", "replace", other, "lladdr", MAC[other], "dev", end, "nud", "permanent")


def session(server, text, wanted, receive_buffer=None):
    client = Raw(server, greeting=False, kind="tls", receive_buffer=receive_buffer)
    client.start_tls()
    client.until(b"\r\n")
    client.send(text)
    client.until(wanted)
    return client


def clients_main(pipe):
    """The other end of the wire: connects a session of each kind, then cuts when told."""
    own_network()
    pipe.send(os.getpid())
    port = pipe.recv()
    plug_in("clients", CLIENTS, SERVER)
    server = type("There", (), {"address": staticmethod(lambda kind: (SERVER, port))})
    select = LOGIN + b"s SELECT Outgoing\r\n"
    open_ones = {
        "before login": session(server, b"c NOOP\r\n", b"c OK"),
        "silent": session(server, select, b"s OK"),
        "in IDLE": session(server, select + b"i IDLE\r\n", b"+ idling"),
        "with an answer on its way": session(server, select + b"f FETCH 1:* BODY.PEEK[]\r\n", b"FETCH", 4096),
    }
    pipe.send({client.socket.getsockname()[1]: what for what, client in open_ones.items()})
    pipe.recv()
    harness.run("ip", "address", "flush", "dev", "clients")
    pipe.send(None)
    signal.pause()


def ended(server):
    """Of the sessions that ended, by their port: why."""
    log = server.log()
    ports = dict(re.findall(r"session=(\d+) event=connect address=\S*?" + re.escape(CLIENTS) + r"[^ ]*?:(\d+)", log))
    reasons = dict(re.findall(r'session=(\d+) event=disconnect .*?reason=("[^"]*"|\S+)', log))
    return {int(port): reasons[number] for number, port in ports.items() if number in reasons}


def cut(sandbox, clients, pipe):
    harness.run("ip", "link", "add", "server", "type", "veth", "peer", "name", "clients")
    harness.run("ip", "link", "set", "clients", "netns", str(clients))
    plug_in("server", SERVER, CLIENTS)
    cert, key = certificate(sandbox)
    sandbox.import_messages(b"Subject: %d\r\n\r\n" % n + b"0123456789abcde\r\n" * 20000 for n in range(100))
    server = sandbox.server("--listen-tls", f"{SERVER}:0", "--cert", cert, "--key", key)
    pipe.send(server.address("tls")[1])
    sessions = pipe.recv()
    pipe.send(None)
    pipe.recv()
    started = time.monotonic()
    waiting = dict(sessions)
    while waiting and time.monotonic() - started < LIMIT:
        for port, reason in ended(server).items():
            if port in waiting:
                print(f"{waiting.pop(port)}: ended after {time.monotonic() - started:.0f} s, {reason}", flush=True)
        time.sleep(1)  # a log tells nobody that it has grown
    assert not waiting, f"still there after {LIMIT} s: {list(waiting.values())}"
    with Raw(server) as client:
        client.login()


def main():
    try:
        own_network()
    except (PermissionError, subprocess.CalledProcessError) as error:
        print(f"no networks of our own can be made here: {error}")
        sys.exit(SKIPPED)
    pipe, inner = FORK.Pipe()
    clients = FORK.Process(target=clients_main, args=(inner,), daemon=True)
    clients.start()
    try:
        with harness.Sandbox().init() as sandbox:
            cut(sandbox, pipe.recv(), pipe)
    finally:
        clients.kill()


if __name__ == "__main__":
    main()
