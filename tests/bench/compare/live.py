# SPDX-License-Identifier: ISC
"""Many clients at once: idle, waiting for mail, or all of them fetching."""
import statistics
import subprocess

from . import programs
from .operations import Goal, Operation, Side
from .peers import MAILBOX

SELECT = f"SELECT {MAILBOX}"
CROWD = 50
ARRIVALS = 5  # the same for all: they stay in the mailbox, and Dovecot takes a second for each


def percentile(figures, share):
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * share))]


def proportional_kib(pids):
    """The sum of the processes' PSS."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
                total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        except OSError:  # it has ended
            continue
    return total


class Idlers:
    """Clients in IDLE, a context. `arrivals` messages come in as `how` says when they are told to go on."""

    def __init__(self, peer, clients, arrivals, how, first=0, tls=False):
        port = peer.tls_port if tls else peer.port
        command = [programs.path("bench_idle"), *(["-t"] if tls else []), "-f", first, port, peer.user, peer.password, MAILBOX,
                   clients, arrivals, *how]
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        if self.process.stdout.readline() != "idle\n":
            raise RuntimeError(self.process.stderr.read().strip())
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.process.terminate()
        self.process.stdin.close()
        try:
            self.process.wait(programs.PATIENCE)
        finally:
            self.process.stdout.close()
            self.process.stderr.close()

    def seconds(self):
        """From before each delivery to EXISTS, for each client."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        figures = [float(line) for line in self.process.stdout]
        if self.process.wait(programs.PATIENCE) != 0:
            raise RuntimeError(self.process.stderr.read().strip())
        return figures


def memory(clients, names, tls=False):
    """PSS of an idle connection, in KiB."""
    def side(bench, peer):
        def measure(_):
            peer.restart()
            peer.ask(SELECT)
            before = proportional_kib(peer.pids())
            number = bench.clients(clients)
            with Idlers(peer, number, 0, ["mbox"], tls=tls):
                return (proportional_kib(peer.pids()) - before) / number
        return Side(measure)
    return lambda bench: {peer.name: side(bench, peer) for peer in bench.chosen(*names)}


def arrivals(share):
    """Milliseconds from before a delivery to EXISTS on a thousand connections."""
    def side(bench, peer):
        def measure(_):
            with Idlers(peer, bench.clients(1000), ARRIVALS, peer.door(), first=bench.fresh(ARRIVALS)) as idlers:
                return 1000 * percentile(idlers.seconds(), share)
        return Side(measure)
    return lambda bench: {peer.name: side(bench, peer) for peer in bench.chosen("ours", "sdbox")}


def crowd_seconds(bench, peer, items):
    """Each of 50 clients fetches a fiftieth of the mailbox: what each took."""
    size = max(1, bench.count // CROWD)
    commands = [f"UID FETCH {i * size + 1}:{(i + 1) * size} {items}" for i in range(CROWD)]
    output = programs.run(programs.path("bench_crowd"), peer.port, peer.user, peer.password, SELECT, *commands)
    return [float(line) for line in output.split()]


def crowd(items):
    return lambda bench: {peer.name: Side(lambda _, peer=peer: 1000 * max(crowd_seconds(bench, peer, items)))
                          for peer in bench.chosen("ours", "maildir", "sdbox", "mdbox")}


def unfairness(bench):
    """How many times longer the slowest of 50 takes than the median, all fetching as much."""
    def measure(_):
        seconds = crowd_seconds(bench, bench.ours, "BODY.PEEK[]")
        return max(seconds) / statistics.median(seconds)
    return {"ours": Side(measure)}


def beside_stalled(bench):
    """NOOP, while another client fetches all messages and never reads: milliseconds at p99."""
    def measure(_):
        output = programs.run(programs.path("bench_stalled"), bench.ours.port, bench.ours.user, bench.ours.password, SELECT,
                              "UID FETCH 1:* BODY.PEEK[]", "NOOP", 1000)
        return 1000 * percentile([float(line) for line in output.split()], 0.99)
    return {"ours": Side(measure)}


ENVELOPES = "(UID FLAGS RFC822.SIZE INTERNALDATE ENVELOPE BODYSTRUCTURE)"
LIVE = [
    Operation("crowd-envelopes", "50 clients at once, each a fiftieth of the envelopes", Goal(2), crowd(ENVELOPES), rounds=3),
    Operation("crowd-bodies", "50 clients at once, each a fiftieth of the bodies", Goal(1), crowd("BODY.PEEK[]"), rounds=3),
    Operation("fairness", "50 clients, bodies: slowest to median", Goal(limit=2), unfairness, unit="", rounds=3),
    Operation("stalled", "NOOP at p99 beside a client that fetches everything and never reads", Goal(limit=20), beside_stalled,
              rounds=2),
    Operation("idle-1000", "memory of an idle connection, 1,000 of them, plain", Goal(limit=16), memory(1000, ("ours", "sdbox")),
              unit="KiB", rounds=1),
    Operation("idle-1000-tls", "memory of an idle connection, 1,000 of them, TLS", Goal(limit=48), memory(1000, ("ours",), True),
              unit="KiB", rounds=1),
    Operation("idle-5000", "memory of an idle connection, 5,000 of them, plain", Goal(limit=16), memory(5000, ("ours",)),
              unit="KiB", rounds=1, full=True),
    Operation("exists", "delivery by another process to EXISTS on 1,000 idle clients, p50", Goal(limit=10), arrivals(0.5), rounds=1),
    Operation("exists-p99", "delivery by another process to EXISTS on 1,000 idle clients, p99", Goal(limit=25), arrivals(0.99), rounds=1),
]
