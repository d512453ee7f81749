# SPDX-License-Identifier: ISC
"""The table, on the terminal and in RESULTS.md."""
import datetime
import os
import platform
import re
import subprocess

from . import chart

def number(value, unit):
    """Three figures that count, with the unit."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:,.{digits}f} {unit}"


def cells(result):
    """Operation, ours, the best other one and which, ratio, goal, spread, verdict."""
    operation = result.operation
    goal = operation.goal.text(operation.unit)
    if result.failure and "ours" not in result.figures:
        return [operation.title, "-", "-", "-", goal, "-", "FAILED: " + result.failure]
    best, ratio = result.best(), result.ratio()
    verdict = "FAILED: " + result.failure if result.failure else "yes" if result.met() else "no"
    return [operation.title, number(result.figure("ours"), operation.unit),
            f"{number(result.figure(best), operation.unit)} {best}" if best else "-",
            f"{ratio:.2f}" if ratio is not None else "-", goal,
            f"{result.spread('ours'):.0%}" + (f", {result.spread(best):.0%}" if best else ""), verdict]


TITLES = ["operation", "ours", "best other", "ratio", "goal", "spread", "met"]


def line(result):
    """One row for the terminal."""
    title, ours, theirs, ratio, goal, spread, verdict = cells(result)
    return f"{title[:66]:66} {ours:>14} {theirs:>20} {ratio:>8} {goal:>10} {spread:>11}  {verdict}"


def heading():
    return f"{TITLES[0]:66} {TITLES[1]:>14} {TITLES[2]:>20} {TITLES[3]:>8} {TITLES[4]:>10} {TITLES[5]:>11}  {TITLES[6]}"


def table(results):
    escape = [[cell.replace("|", "\\|") for cell in cells(result)] for result in results]
    rows = ["| " + " | ".join(row) + " |" for row in [TITLES, ["---", "---:", "---:", "---:", "---:", "---:", "---"], *escape]]
    return "\n".join(rows)


def version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False)
    return done.stdout or "absent"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        model = re.search(r"model name\s*: (.*)", cpuinfo.read())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{os.cpu_count()} processors ({model.group(1) if model else platform.machine()}), {memory:.0f} GiB, "
            f"Linux {platform.release()}")


SIDE_BY_SIDE = ("Side by side with Dovecot", """\
Ratio: how many times better ours is than Dovecot's best of Maildir, sdbox and mdbox, or what the row names.""")
MILLION = ("A million messages", """\
Figures of our server alone. Rows in µs are the time for each message, beside the cheapest of mailboxes with a hundredth and a tenth of
the messages; ratio: above 0.8 the cost grows no faster than the messages.""")


def section(about, bench, results, picture):
    """The part of RESULTS.md that a run writes."""
    met = sum(result.met() for result in results)
    loads = " and ".join(f"{load:.1f}" for load in bench.loads)
    return f"""## {about[0]}

`tests/bench/run{bench.how}`, {datetime.date.today()}, {bench.seconds() / 60:.0f} minutes; {bench.count:,} messages, {bench.size / 1e6:,.0f} MB.
{machine()}; load {loads} at the start and the end.
Dovecot {version("dovecot-core")}, fts-xapian {version("dovecot-fts-xapian")}; libsqlite3 {version("libsqlite3-0")}; ours gcc -O3.
{met} of {len(results)} rows meet their goal; NOTES.md says what bounds those that do not.

{about[1]} Figures are medians of up to {bench.rounds} interleaved rounds; spread is (highest - lowest) / median, ours and the other's.

![{about[0]}]({picture})

{table(results)}
"""


def write(path, about, bench, results):
    """Puts the section into the file, in place of the one of an earlier run, and the chart beside it."""
    try:
        with open(path, encoding="utf-8") as file:
            old = file.read()
    except FileNotFoundError:
        old = "# Measurements\n"
    before, _, rest = old.partition(f"## {about[0]}\n")
    after = rest.find("\n## ")
    picture = os.path.splitext(path)[0] + ("-million" if about is MILLION else "") + ".svg"
    with open(path, "w", encoding="utf-8") as file:
        file.write(before.rstrip() + "\n\n" + section(about, bench, results, os.path.basename(picture)) +
                   (rest[after:] if after >= 0 else ""))
    with open(picture, "w", encoding="utf-8") as file:
        file.write(chart.growth(results) if about is MILLION else chart.draw(results))
