#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A real mail program against the server: lists, downloads everything byte for byte, marks, sees a new message.

    tests/clients/run.py mbsync [plain|tls]

by_NAME.py has for each program:

    read(place)    all messages, as bytes; where the program keeps LF line ends, with these
    mark(place)    where it can: sets MARK (or \\Flagged) on the message with UID 1
    follow(place)  where it keeps a copy: what place.change() does on the server comes into it
    wait(place)    is there when a message arrives (place.deliver()) and returns when the program has noticed
    move(place)    where it can: moves the message with UID 3 to Trash; with MOVES_BY_APPEND the program expunges it and appends
                   its own copy
    remove(place)  where it can: deletes the message with UID 2"""
import importlib
import sys
import time

sys.dont_write_bytecode = True

from place import MAILBOX, Place, harness  # pylint: disable=wrong-import-position


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
        if hasattr(program, "mark"):
            program.mark(place)
            flag = getattr(program, "MARK", b"\\Flagged")
            assert flag in place.flags(1), (flag, place.flags(1))
        if hasattr(program, "follow"):
            program.follow(place)
        program.wait(place)
        if hasattr(program, "move"):
            program.move(place)
            assert 3 not in place.contents(MAILBOX)
            same(place.contents("Trash").values(), place.messages[2:3])
            if getattr(program, "MOVES_BY_APPEND", False):
                place.take_back()
        if hasattr(program, "remove"):
            program.remove(place)
            assert 2 not in place.contents(MAILBOX)


def main():
    name, *ways = sys.argv[1:]
    for way in ways or ("plain", "tls"):
        began = time.monotonic()
        play(importlib.import_module("by_" + name), way == "tls")
        print(f"{name}, {way}: passed in {time.monotonic() - began:.0f} s", flush=True)


main()
