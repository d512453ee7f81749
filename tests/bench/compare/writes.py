# SPDX-License-Identifier: ISC
"""Operations that change what was loaded: each round takes another tenth of the messages."""
from . import programs
from .operations import Goal, Operation, Side
from .peers import MAILBOX

SELECT = f"SELECT {MAILBOX}"
MOVED = "Moved"


def tenth(bench, number):
    """The UIDs of a tenth of the mailbox."""
    size = bench.count // 10
    return f"{number * size + 1}:{(number + 1) * size}"


def write(name, title, goal, commands, rounds):
    """`commands(uids)`: what is done in one connection; what is measured begins with "="."""
    def side(bench, peer):
        def measure(number):
            answers = peer.ask(*commands(tenth(bench, number)), digest=True)
            return 1000 * programs.median_seconds(answers)

        def verify():
            return peer.ask(f"=STATUS {MAILBOX} (MESSAGES UNSEEN)", digest=True)[0].digest[:2]
        return Side(measure, verify=verify)

    def sides(bench):
        return {peer.name: side(bench, peer) for peer in bench.chosen("ours", "sdbox")}
    return Operation(name, title, goal, sides, rounds=rounds)


def move(uids):
    # The mailbox is made once; afterwards its creation would be refused.
    return ([f"CREATE {MOVED}"] if uids.startswith("1:") else []) + [SELECT, f"=UID MOVE {uids} {MOVED}"]


def store(uids):
    return [SELECT, f"=UID STORE {uids} +FLAGS (\\Flagged)", f"UID STORE {uids} -FLAGS.SILENT (\\Flagged)"]


def expunge(uids):
    first, last = (int(uid) for uid in uids.split(":"))
    size = 3 * (last - first + 1)  # behind what was moved
    return [SELECT, f"UID STORE {first + size}:{last + size} +FLAGS.SILENT (\\Deleted)", "=EXPUNGE"]


WRITES = [
    write("store", "STORE +FLAGS on a tenth, against sdbox", Goal(1), store, rounds=5),
    write("move", "MOVE of a tenth, against sdbox", Goal(3), move, rounds=3),
    write("expunge", "EXPUNGE of a tenth, against sdbox", Goal(5), expunge, rounds=3),
]
