"""Time of the longest nodes by plays, both axes by powers of ten, as an SVG."""

import math
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 900, 460, 60, 40, 290, 20
COLORS = ("#3366cc", "#dc3912", "#ff9900", "#109618", "#990099", "#0099c6", "#dd4477", "#66aa00")


def chart(sizes: list[dict[str, Any]]) -> str:
    """One line a node, the longest first; the grey one grows as plays x ln(plays)."""
    plays = [size["plays"] for size in sizes]
    last = sizes[-1]["nodes"]
    longest = sorted(last, key=lambda name: -last[name]["seconds"])[: len(COLORS)]
    times = {name: [size["nodes"][name]["seconds"] for size in sizes] for name in longest}
    top, bottom = max(times[longest[0]]), min(min(line) for line in times.values())
    reference = [top * one * math.log(one) / (plays[-1] * math.log(plays[-1])) for one in plays]

    def x(value: float) -> float:
        share = math.log(value / plays[0]) / math.log(plays[-1] / plays[0])
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        share = math.log(value / bottom) / math.log(top / bottom)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def line(values: list[float], style: str) -> str:
        points = " ".join(f"{x(a):.0f},{y(b):.0f}" for a, b in zip(plays, values, strict=True))
        return f'<polyline fill="none" points="{points}" {style}/>'

    parts = [line(reference, 'stroke="#999" stroke-dasharray="6"')]
    for place, (color, name) in enumerate(zip(COLORS, longest, strict=False)):
        parts.append(line(times[name], f'stroke="{color}" stroke-width="2"'))
        parts.append(text(WIDTH - RIGHT + 12, TOP + 20 + 22 * place, name, color))
    parts.append(text(WIDTH - RIGHT + 12, TOP + 200, "- - plays x ln(plays)", "#777"))
    parts += [text(x(one) - 30, HEIGHT - 14, f"{one:,} plays", "#777") for one in plays]
    powers = range(math.ceil(math.log10(bottom)), math.floor(math.log10(top)) + 1)
    parts += [text(4, y(10.0**power), f"{10.0**power:g} s", "#777") for power in powers]
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
    background = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    return "\n".join([opening, background, *parts, "</svg>\n"])


def text(x: float, y: float, words: str, color: str) -> str:
    """Words at a place."""
    style = f'fill="{color}" font-family="sans-serif" font-size="13"'
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{words}</text>'
