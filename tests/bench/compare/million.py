# SPDX-License-Identifier: ISC
"""Our server alone, with mailboxes of a hundredth, a tenth and all of the messages: does the cost of an operation grow
faster than the messages that it touches?"""
import concurrent.futures
import os
import shutil

from .bench import Timed
from .operations import Goal, Operation, Side
from .peers import MAILBOX, Ours

SELECT = f"SELECT {MAILBOX}"


class Bench(Timed):
    """Three servers, one for each size. A context; everything is gone at its end."""

    def __init__(self, count, rounds, patience, how):
        super().__init__(count, rounds, patience, how)
        self.sizes = {size: Ours(os.path.join(self.folder, str(size))) for size in (count // 100, count // 10, count)}
        self.ours = self.sizes[count]

    def __enter__(self):
        for ours in self.sizes.values():
            ours.start()
        return self

    def __exit__(self, *_):
        for ours in self.sizes.values():
            ours.stop()
        shutil.rmtree(self.folder)

    def load(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda item: item[1].load(item[0]), self.sizes.items()))
        print(f"loaded {self.count:,} messages in {self.seconds():.0f} s", flush=True)
        self.size = sum(answer.size for answer in self.ours.ask(SELECT, "=UID FETCH 1:* BODY.PEEK[]"))


def seconds(ours, commands, times=1):
    return sum(answer.seconds for answer in ours.ask(*commands, times=times)) / times


def absolute(name, title, limit, *commands, times=1, restart=False):
    """A figure of the largest mailbox, in ms: the sum of the commands with "="."""
    def measure(bench):
        newest = f"{bench.count - 49}:{bench.count}"
        if restart:
            bench.ours.restart()
        return 1000 * seconds(bench.ours, [command.replace("NEWEST", newest) for command in commands], times)
    return Operation(name, title, Goal(limit=limit), lambda bench: {"ours": Side(lambda _: measure(bench))}, rounds=3)


def growth(name, title, command):
    """Microseconds a message, for each size. The largest may not cost a fifth more than the cheapest."""
    def side(ours, size):
        return Side(lambda _: 1e6 * seconds(ours, [SELECT, "=" + command]) / size)

    def sides(bench):
        return {"ours" if size == bench.count else f"{size:,}": side(ours, size) for size, ours in bench.sizes.items()}
    return Operation(name, title, Goal(0.8), sides, unit="µs", rounds=3)


ABSOLUTE = [
    absolute("select-fresh", "SELECT in a fresh server", 100, "=" + SELECT, restart=True),
    absolute("select-open", "SELECT when open elsewhere", 5, "=" + SELECT, times=50),
    absolute("fetch-all-flags", "UID FETCH 1:* (UID FLAGS)", 1500, SELECT, "=UID FETCH 1:* (UID FLAGS)"),
    absolute("search-all-from", "UID SEARCH FROM shop77@", 300, SELECT, "=UID SEARCH FROM shop77@"),
    absolute("search-all-header", "UID SEARCH HEADER X-AuthUser user77@", 300, SELECT, "=UID SEARCH HEADER X-AuthUser user77@"),
    absolute("newest", "the newest 50: SORT REVERSE ARRIVAL PARTIAL 1:50, then ENVELOPE FLAGS", 10, SELECT,
             "=UID SORT RETURN (PARTIAL 1:50) (REVERSE ARRIVAL) UTF-8 ALL", "=FETCH NEWEST (ENVELOPE FLAGS)"),
]
GROWTH = [
    growth("grow-flags", "FETCH FLAGS", "UID FETCH 1:* (FLAGS)"),
    growth("grow-envelopes", "FETCH ENVELOPE BODYSTRUCTURE", "UID FETCH 1:* (ENVELOPE BODYSTRUCTURE)"),
    growth("grow-headers", "FETCH HEADER.FIELDS", "UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])"),
    growth("grow-bodies", "FETCH BODY[]", "UID FETCH 1:* (BODY.PEEK[])"),
    growth("grow-from", "SEARCH FROM", "UID SEARCH FROM shop77@"),
    growth("grow-header", "SEARCH HEADER", "UID SEARCH HEADER X-AuthUser user77@"),
    growth("grow-sort", "SORT SUBJECT", "UID SORT (SUBJECT) UTF-8 ALL"),
    growth("grow-thread", "THREAD REFERENCES", "UID THREAD REFERENCES UTF-8 ALL"),
]
ALL = [*ABSOLUTE, *GROWTH]
