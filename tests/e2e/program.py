#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""quarantine-deliver as a mail server sees it: exit status, output, the spool. Needs no mail server."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import harness  # pylint: disable=wrong-import-position

MESSAGE = b"Subject: x\n\nbody\n"
BATCH = b"MAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n" + MESSAGE + b".\n"


def deliver(box, *options, stdin=MESSAGE, store=None, **environment):
    return harness.run(harness.program("quarantine-deliver"), "--store", store or box.store, *options, stdin=stdin,
                       check=False, env={**os.environ, **environment})


def expect(done, status, output=rb"\d+\n", error=b""):
    """Exit status, and what the two outputs match as a whole."""
    for text, pattern in ((done.stdout, output), (done.stderr, error)):
        if done.returncode != status or not re.fullmatch(pattern, text, re.S):
            raise AssertionError(f"{done.args}: {done.returncode} {done.stdout!r} {done.stderr!r}")
    return done.stdout.strip()


def failure(code, text):
    """One line, which begins with an enhanced status code."""
    return re.escape(code) + rb" quarantine-deliver: [^\n]*" + text + rb"[^\n]*\n"


def test_stored(box):
    out = ("--direction", "outgoing")
    first = expect(deliver(box, *out), 0)
    assert expect(deliver(box, *out), 0) != first, "equal messages without a queue id are two"
    for options in (("--key", "k"), ("--queue-id", "q", "--", "a@b", "c@d")):
        first = expect(deliver(box, *out, *options), 0)
        assert expect(deliver(box, *out, *options), 0) == first, "a retry is one message"
    assert expect(deliver(box, *out, "--queue-id", "q", "--", "e@f"), 0) != first, "another batch is another message"
    expect(deliver(box, *out, stdin=b""), 0)
    expect(deliver(box, *out, stdin=bytes(range(256)) * 9), 0)
    expect(deliver(box, *out, "--bsmtp", "--from-env", stdin=BATCH, SCORE="nonsense", SENDER=""), 0)
    expect(deliver(box, *out, "-f", "", "--client-name", "unknown", "--auth-user", "", "--", ""), 0)


def test_refused(box):
    out = ("--direction", "outgoing")
    expect(deliver(box, *out, "--bsmtp"), 65, b"", failure(b"5.6.0", b"MAIL FROM"))
    expect(deliver(box, *out, "--bsmtp", stdin=BATCH[:-2]), 65, b"", failure(b"5.6.0", b"one dot"))
    expect(deliver(box, *out, stdin=b"x" * (64 * 1024 * 1024 + 1)), 65, b"", failure(b"5.3.4", b""))
    expect(deliver(box), 64, b"", failure(b"4.3.5", b"--direction"))
    for options in (("--direction", "sideways"), (*out, "--score", "x"), (*out, "--received", "x"), (*out, "--key", "k" * 201),
                    ("--nonsense",)):
        expect(deliver(box, *options), 64, b"", rb"4\.3\.5 .*")
    expect(deliver(box, *out, store=box.path + "/none\n\x1b[31m"), 75, b"", failure(b"4.3.0", b""))


def test_spool(box):
    spool = os.path.join(box.path, "spool")
    os.mkdir(spool)
    options = ("--direction", "outgoing", "--spool", spool)
    missing = os.path.join(box.path, "none")
    for _ in range(3):
        expect(deliver(box, *options, store=missing), 0, rb"spooled [^/\n]+\.msg\n")
    assert len(os.listdir(spool)) == 3
    with open(os.path.join(spool, "0.msg"), "wb") as poison:
        poison.write(b"no message")
    expect(deliver(box, *options), 0, rb"\d+\n", rb"spooled file 0\.msg was set aside: [^\n]*\n")
    assert os.listdir(spool) == ["0.bad"], os.listdir(spool)
    expect(deliver(box, *options, "--bsmtp", store=missing), 65, b"", failure(b"5.6.0", b""))
    expect(deliver(box, "--direction", "outgoing", "--spool", missing, store=missing), 75, b"", failure(b"4.3.0", b"spool"))


for test in (test_stored, test_refused, test_spool):
    with harness.Sandbox() as sandbox:
        test(sandbox.init(account=False))
    print("ok", test.__name__)
