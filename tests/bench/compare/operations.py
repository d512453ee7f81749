# SPDX-License-Identifier: ISC
"""What an operation is, and how its figures are taken: interleaved, several times, with the answers compared."""
import statistics
import time
from dataclasses import dataclass, field

LAGGARD = 1.5  # who was so many times slower than the best in the first round is not asked again


@dataclass(frozen=True)
class Goal:
    """At least so many times as good as Dovecot's best, or at most a figure of our own."""
    ratio: float = 0.0
    limit: float = 0.0

    def text(self, unit):
        return f"≥ {self.ratio:.3g}" if self.ratio else f"≤ {self.limit:g} {unit}"


@dataclass(frozen=True)
class Operation:
    """`sides(bench)` gives what is measured: name → Side; "ours" is ours."""
    name: str
    title: str
    goal: Goal
    sides: object
    unit: str = "ms"      # ms, /s, KiB …; rates are better when higher
    rounds: int = 5
    writes: bool = False  # changes what was loaded
    full: bool = False    # not in a quick run
    named: bool = False   # only when it is named: takes very long

    @property
    def rate(self):
        return self.unit.endswith("/s")


@dataclass(frozen=True)
class Side:
    """One that is measured. `check` warms up and says what must be the same for all; `verify` says so afterwards."""
    measure: object  # round → figure
    check: object = None
    verify: object = None


@dataclass
class Result:
    operation: Operation
    figures: dict = field(default_factory=dict)  # side → list
    failure: str = ""

    def figure(self, side):
        return statistics.median(self.figures[side])

    def spread(self, side):
        figures = self.figures[side]
        return (max(figures) - min(figures)) / statistics.median(figures) if len(figures) > 1 else 0.0

    def best(self):
        """Dovecot's best side, or None when the operation is ours alone."""
        others = [side for side in self.figures if side != "ours"]
        pick = max if self.operation.rate else min
        return pick(others, key=self.figure) if others else None

    def ratio(self):
        best = self.best()
        if best is None:
            return None
        ours, theirs = self.figure("ours"), self.figure(best)
        return ours / theirs if self.operation.rate else theirs / ours

    def met(self):
        goal = self.operation.goal
        if self.failure:
            return False
        if goal.ratio:
            return self.ratio() is not None and self.ratio() >= goal.ratio
        return self.figure("ours") <= goal.limit


def differences(sides, question):
    """What differs from ours, in words, when all sides are asked "check" or "verify"."""
    said = {name: getattr(side, question)() for name, side in sides.items() if getattr(side, question)}
    return [f"{name} answers otherwise: {what} instead of {said['ours']}" for name, what in said.items()
            if what != said["ours"]]


def drop_laggards(sides, result):
    rate = result.operation.rate
    best = result.best()
    if best is None:
        return
    for name in list(sides):
        if name != "ours":
            worse = result.figure(best) / result.figure(name) if rate else result.figure(name) / result.figure(best)
            if worse > LAGGARD:
                del sides[name]


def perform(operation, bench):
    """One row. Whatever goes wrong is in the result, and the next row goes on."""
    result = Result(operation)
    try:
        sides = dict(operation.sides(bench))
        odd = differences(sides, "check")
        began = time.monotonic()
        for number in range(min(operation.rounds, bench.rounds)):
            for name, side in sides.items():
                figure = side.measure(number)  # which may fail
                result.figures.setdefault(name, []).append(figure)
            if number == 0:
                drop_laggards(sides, result)
            elif time.monotonic() - began > bench.patience:
                break
        odd += differences(sides, "verify")
        result.failure = "; ".join(odd)
    except Exception as why:  # pylint: disable=broad-except
        result.failure = f"{type(why).__name__}: {why}"
    return result
