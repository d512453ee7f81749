#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A real mail program against the server: lists, downloads everything byte for byte, marks, sees a new message.

    tests/clients/run.py mbsync [plain|tls]

by_NAME.py has for each program:

    read(place)    all messages, as bytes; where the program keeps LF line ends, with these
    mark(place)    sets MARK (or \\Flagged) on the message with UID 1
    wait(place)    is there when a message arrives (place.deliver()) and returns when the program has noticed"""
import importlib
import sys
import time

sys.dont_write_bytecode = True

from place import Place, harness  # pylint: disable=wrong-import-position


def same(got, wanted):
    """Byte for byte, but for the line ends, and in any order."""
    got, wanted = (sorted(m.replace(b"\r\n", b"\n") for m in messages) for messages in (got, wanted))
    for one, other in zip(got, wanted):
        assert one == other, f"got {one!r:.700}, not {other!r:.700}"
    assert len(got) == len(wanted), f"{len(got)} messages, not {len(wanted)}"


def play(program, secure):
    with harness.Sandbox() as sandbox:
        place = Place(sandbox, secure)
        same(program.read(place), place.messages)
        program.mark(place)
        flag = getattr(program, "MARK", b"\\Flagged")
        assert flag in place.flags(1), (flag, place.flags(1))
        program.wait(place)


def main():
    name, *ways = sys.argv[1:]
    for way in ways or ("plain", "tls"):
        began = time.monotonic()
        play(importlib.import_module("by_" + name), way == "tls")
        print(f"{name}, {way}: passed in {time.monotonic() - began:.0f} s", flush=True)


main()
