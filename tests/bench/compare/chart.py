# SPDX-License-Identifier: ISC
"""Charts as SVG: ratios as bars on a logarithmic scale; costs against the number of messages as lines."""
import math
from xml.sax.saxutils import escape

LEFT, WIDTH, ROW, TOP = 480, 420, 18, 44
LOWEST, HIGHEST = 0.1, 1000
MET, MISSED = "#3b7d4f", "#c0504d"


def across(ratio):
    """Where a ratio lies."""
    ratio = min(max(ratio, LOWEST), HIGHEST)
    return LEFT + WIDTH * math.log(ratio / LOWEST) / math.log(HIGHEST / LOWEST)


def label(x, y, text, more=""):
    return f'<text x="{x:.1f}" y="{y}" {more}>{escape(text)}</text>'


def short(text, most=70):
    return text if len(text) <= most else text[:most - 1] + "…"


def row(result, y):
    """Title, bar from 1 to the ratio, a tick at the goal."""
    ratio, goal = result.ratio(), result.operation.goal.ratio
    begin, end = sorted((across(1), across(ratio)))
    parts = [label(LEFT - 8, y + 11, short(result.operation.title), 'text-anchor="end"'),
             f'<rect x="{begin:.1f}" y="{y + 2}" width="{max(end - begin, 1):.1f}" height="{ROW - 6}" '
             f'fill="{MET if result.met() else MISSED}"/>',
             label(max(end, across(goal or LOWEST)) + 5, y + 11, f"{ratio:.1f}")]
    if goal:
        parts.append(f'<path d="M{across(goal):.1f} {y} v{ROW - 2}" stroke="black" stroke-width="2"/>')
    return "".join(parts)


def draw(results):
    shown = [result for result in results if "ours" in result.figures and result.ratio() is not None]
    bottom = TOP + ROW * len(shown)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" height="{bottom + 12}" '
             'font-family="sans-serif" font-size="11">',
             '<rect width="100%" height="100%" fill="white"/>',
             label(LEFT, 16, "times as good as Dovecot's best; black: the goal", 'font-size="13"')]
    power = LOWEST
    while power <= HIGHEST:
        parts.append(f'<path d="M{across(power):.1f} {TOP - 6} V{bottom}" stroke="{"#555" if power == 1 else "#ccc"}"/>')
        parts.append(label(across(power), TOP - 10, f"{power:g}", 'text-anchor="middle"'))
        power = round(power * 10, 6)
    parts += [row(result, TOP + ROW * i) for i, result in enumerate(shown)]
    return "\n".join(parts) + "\n</svg>\n"


COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#555555"]


def growth(results):
    """Cost of a message, as a share of that in the smallest mailbox, against the number of messages."""
    shown = [result for result in results if len(result.figures) > 2]
    left, top, width, height = 50, 40, 420, 240

    def point(step, share):
        return f"{left + width * step / 2:.1f},{top + height - height * min(share, 3) / 3:.1f}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 300}" height="{top + height + 40}" '
             'font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="white"/>',
             label(left, 16, "cost of a message, against the smallest mailbox", 'font-size="13"')]
    for share in (0, 1, 2, 3):
        parts.append(f'<path d="M{point(0, share)} L{point(2, share)}" stroke="#ccc"/>')
        parts.append(label(left - 8, top + height - height * share / 3 + 4, str(share), 'text-anchor="end"'))
    for i, result in enumerate(shown):
        sides = [side for side in result.figures if side != "ours"] + ["ours"]
        base = result.figure(sides[0])
        line = " ".join(point(step, result.figure(side) / base) for step, side in enumerate(sides))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="2"/>')
        parts.append(f'<rect x="{left + width + 12}" y="{top + 4 + 18 * i}" width="10" height="8" '
                     f'fill="{COLOURS[i % len(COLOURS)]}"/>')
        parts.append(label(left + width + 28, top + 12 + 18 * i, f"{result.operation.title}: {result.figure('ours'):.2f} µs"))
    for step, text in enumerate(("a hundredth", "a tenth", "all messages")):
        parts.append(label(left + width * step / 2, top + height + 20, text, 'text-anchor="middle"'))
    return "\n".join(parts) + "\n</svg>\n"
