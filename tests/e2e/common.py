# SPDX-License-Identifier: ISC
"""Ports, daemons and patience for the end-to-end test."""
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXAMPLES = os.path.join(ROOT, "tools", "deliver", "examples")
PATIENCE = 60  # seconds

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, what):
    """For what other people's programs do not tell."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s for {what}")
        time.sleep(0.05)


def is_open(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_for_port(port):
    wait_until(lambda: is_open(port), f"port {port}")


def daemon(*command):
    """Starts a program that stays in the foreground; it dies with the namespace."""
    log = open(f"/var/log/e2e-{os.path.basename(command[0])}.log", "ab")  # pylint: disable=consider-using-with
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
