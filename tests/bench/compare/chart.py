# SPDX-License-Identifier: ISC
"""The ratios as bars on a logarithmic scale, as SVG."""
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
             label(end + 5, y + 11, f"{ratio:.1f}")]
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
