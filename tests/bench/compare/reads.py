# SPDX-License-Identifier: ISC
"""Operations that change nothing."""
from . import programs
from .operations import Goal, Operation, Side
from .peers import INDEXED, MAILBOX

PLAIN = ("maildir", "sdbox", "mdbox")
# What of the digest must be the same.
NUMBERS, ORDER, LITERALS = (0, 1), (0, 1, 2), (0, 1, 3)
SELECT = f"SELECT {MAILBOX}"


def imap(name, title, goal, *commands, same=NUMBERS, times=1, prepare=None, peers=PLAIN, slow=False, **more):
    """Commands in one connection; the figure is the median time of those with "=", in ms. `prepare` is done to a
    peer before each measurement. A slow operation with a short answer is not done once more to see what it says."""
    def side(peer, said):
        digests = []

        def check():
            answer = peer.ask(*said, digest=True)[-1]
            return [answer.digest[i] for i in same]

        def measure(_):
            if prepare:
                prepare(peer)
            answers = peer.ask(*said, times=times, digest=slow)
            digests.append([answers[-1].digest[i] for i in same if slow])
            return 1000 * programs.median_seconds(answers)
        return Side(measure, verify=lambda: digests[-1]) if slow else Side(measure, check)

    def sides(bench):
        said = [command.replace("RARE", bench.rare) for command in commands]
        return {peer.name: side(peer, said) for peer in bench.chosen("ours", *peers)}
    return Operation(name, title, goal, sides, **more)


def fetch(name, items, goal, title=None, **more):
    return imap(name, title or f"UID FETCH 1:* {items}", goal, SELECT, f"=UID FETCH 1:* {items}", **more)


def search(name, keys, goal, title=None, **more):
    return imap(name, title or f"UID SEARCH {keys}", goal, SELECT, f"=UID SEARCH {keys}", **more)


def sort(name, how, goal, **more):
    return imap(name, f"UID {how}", goal, SELECT, f"=UID {how} UTF-8 ALL", same=ORDER, **more)


def chill(peer):
    peer.chill()


def forget(peer):
    peer.forget()


def first_time(peer):
    """As it was when the mail had just come: nothing asked before, nothing in memory."""
    peer.restart()
    peer.forget()
    peer.chill()


SIX = "(BODY.PEEK[HEADER.FIELDS (FROM TO REPLY-TO RECEIVED SUBJECT DATE)])"
LEAST = Goal(1)

READS = [
    imap("select", "SELECT, warm", LEAST, f"=SELECT {MAILBOX}", times=100),
    imap("status", "STATUS", LEAST, f"=STATUS {MAILBOX} (MESSAGES UIDNEXT UNSEEN)", times=100),
    imap("noop", "NOOP", LEAST, SELECT, "=NOOP", times=500),
    imap("select-first", "SELECT, first in a fresh server", LEAST, f"=SELECT {MAILBOX}", prepare=lambda peer: peer.restart(), rounds=3),
    fetch("fetch-flags", "(FLAGS)", Goal(2)),
    fetch("fetch-envelope", "(UID FLAGS RFC822.SIZE INTERNALDATE ENVELOPE BODYSTRUCTURE)", Goal(6),
          title="UID FETCH 1:* (… SIZE INTERNALDATE ENVELOPE BODYSTRUCTURE)"),
    fetch("fetch-headers", SIX, Goal(2), same=LITERALS,
          title="UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (six of them)])"),
    fetch("fetch-unseen-header", "(BODY.PEEK[HEADER.FIELDS (X-AUTHUSER)])", Goal(10), same=LITERALS, prepare=forget, rounds=2,
          title="the same with a header that nobody asked for before"),
    fetch("fetch-bodies", "BODY.PEEK[]", LEAST, same=LITERALS, rounds=3),
    fetch("fetch-bodies-zstd", "BODY.PEEK[]", Goal(3), title="UID FETCH 1:* BODY.PEEK[], against mdbox with zstd", same=LITERALS,
          peers=("zstd",), rounds=3),
    fetch("fetch-bodies-cold", "BODY.PEEK[]", Goal(2), title="UID FETCH 1:* BODY.PEEK[], caches dropped", same=LITERALS,
          prepare=chill, rounds=2),
    search("search-from", "FROM shop77@", Goal(5)),
    search("search-subject", "SUBJECT offer", Goal(5)),
    search("search-header", "HEADER X-AuthUser user77@", Goal(5)),
    search("search-since", "SINCE 20-Jan-2024", Goal(5)),
    imap("search-from-cold", "UID SEARCH FROM shop77@, for the first time, caches dropped", Goal(20), SELECT,
         "=UID SEARCH FROM shop77@", prepare=first_time, rounds=2, slow=True),
    search("search-body-rare", "BODY RARE", Goal(20), slow=True, title="UID SEARCH BODY, a word of one message", rounds=2),
    search("search-body-common", "BODY unsubscribe", Goal(20), slow=True, title="UID SEARCH BODY, a word of nearly all", rounds=2),
    search("search-text-rare", "TEXT RARE", Goal(20), slow=True, title="UID SEARCH TEXT, a word of one message", rounds=1, full=True),
    search("search-text-common", "TEXT unsubscribe", Goal(20), slow=True, title="UID SEARCH TEXT, a word of nearly all", rounds=1, full=True),
    search("search-rare-indexed", "BODY RARE", Goal(0.2), title="UID SEARCH BODY, a word of one message, against fts-xapian",
           peers=(INDEXED,), named=True),
    search("search-common-indexed", "BODY unsubscribe", Goal(0.2), title="UID SEARCH BODY, a word of nearly all, against fts-xapian",
           peers=(INDEXED,), named=True),
    sort("sort-arrival", "SORT (ARRIVAL)", Goal(2)),
    sort("sort-subject", "SORT (SUBJECT)", Goal(2)),
    sort("sort-from", "SORT (FROM)", Goal(2)),
    sort("thread", "THREAD REFERENCES", Goal(5)),
]
