# SPDX-License-Identifier: ISC
"""Mail comes in. Into stores and users of their own, so that the corpus stays as it is."""
import tempfile
import time

import harness

from . import peers, programs
from .operations import Goal, Operation, Side

FORMATS = ("maildir", "sdbox", "mdbox")
LDA = "/usr/lib/dovecot/dovecot-lda"
DELIVER = ("--direction", "outgoing", "--class", "spam", "-f", "shop@customer.example", "--", "victim@example.net")


def handing(bench, *how, **more):
    """A side that hands over messages that nobody had before."""
    return Side(lambda _: programs.deliver(bench.batch, *how, first=bench.fresh(bench.batch), **more))


def dovecot_doors(bench, connections):
    """LMTP and APPEND into each format."""
    sides = {}
    for name in FORMATS:
        user = name + "-in"
        if bench.dovecot.has_lmtp:
            sides[f"LMTP {name}"] = handing(bench, "lmtp", bench.dovecot.lmtp, user, processes=connections)
        sides[f"APPEND {name}"] = handing(bench, "append", bench.dovecot.imap, user, "secret", "INBOX", processes=connections)
    return sides


def local_delivery_agent(bench):
    """dovecot-lda, a process for each message, 8 at once."""
    return {f"lda {name}": handing(bench, "program", LDA, "-c", bench.dovecot.config, "-d", name + "-in", "-f",
                                   "shop@customer.example", processes=8)
            for name in FORMATS}


def library_alone(bench):
    return {"ours": handing(bench, "library", bench.alone.store), **dovecot_doors(bench, 1)}


def library_beside_server(bench):
    return {"ours": handing(bench, "library", bench.arrivals.store, processes=8), **dovecot_doors(bench, 16)}


def program_beside_server(bench):
    return {"ours": handing(bench, "program", harness.program("quarantine-deliver"), "--store", bench.arrivals.store, *DELIVER,
                            processes=8), **local_delivery_agent(bench)}


def program_alone(bench):
    return {"ours": handing(bench, "program", harness.program("quarantine-deliver"), "--store", bench.alone.store, *DELIVER,
                            processes=8), **local_delivery_agent(bench)}


def bulk(bench):
    """`quarantine import` of an mbox, and MULTIAPPEND of 100 messages at a time into sdbox."""
    count = 5 * bench.batch

    def run_import(_):
        with tempfile.TemporaryFile(dir=bench.folder) as mbox:
            mbox.write(programs.run(programs.path("bench_deliver"), "-f", bench.fresh(count), count, "mbox").encode())
            mbox.seek(0)
            began = time.monotonic()
            programs.run(harness.program("quarantine"), "import", "-", "--direction", "outgoing", "--store", bench.alone.store,
                         stdin=mbox)
            return count / (time.monotonic() - began)

    def append(_):
        return programs.deliver(count, "append", bench.dovecot.imap, "sdbox-in", "secret", "INBOX", group=100,
                                first=bench.fresh(count))
    return {"ours": Side(run_import), "MULTIAPPEND sdbox": Side(append)}


def disk(bench):
    """What a message takes, everything counted."""
    return {peer.name: Side(lambda _, peer=peer: peers.disk_use(peer.folder) / bench.count / 1024)
            for peer in bench.chosen("ours", "zstd")}


def disk_share(bench):
    return {"ours": Side(lambda _: peers.disk_use(bench.ours.folder) / bench.size)}


def delivery(name, title, goal, sides):
    return Operation(name, title, Goal(goal), sides, unit="/s", rounds=3)


DISK = [
    Operation("disk", "disk per message, everything counted, against mdbox with zstd", Goal(1 / 0.3), disk, unit="KiB", rounds=1),
    Operation("disk-share", "disk as a share of the mail's size", Goal(limit=0.15), disk_share, unit="", rounds=1),
]
DELIVERIES = [
    delivery("deliver-1", "library, one message a transaction, one process, no server", 3, library_alone),
    delivery("deliver-8", "library, 8 processes, with the server; LMTP and APPEND: 16 connections", 3, library_beside_server),
    delivery("program-server", "quarantine-deliver for each message, 8 at once, with the server", 3, program_beside_server),
    delivery("program-alone", "quarantine-deliver for each message, 8 at once, no server", 1, program_alone),
    delivery("import", "bulk import, against sdbox and MULTIAPPEND", 2, bulk),
]
